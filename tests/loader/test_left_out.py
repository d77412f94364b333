"""What is left out is told, with rows, amount and share; too much of it is not published."""

from decimal import Decimal
from pathlib import Path

import pytest

from core.audit import Audit
from core.errors import ExitCode, UsageError
from core.settings import Settings
from loader.load import load
from pipeline import acceptance, steps
from pipeline.acceptance import TooMuchLeftOutError, accept, shares
from pipeline.acceptance import check as cleared
from pipeline.left_out import Findings, LeftOut, check, in_staging
from tests.loader.shop import Shop

NEGATIVE = "quantidade ausente, não positiva ou grande demais"


@pytest.fixture
def odd(shop: Shop) -> Shop:
    """Six items of 9.00, of which one is negative, one has no amount, and one order no status."""
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("pragma ignore_check_constraints = on")
        connection.exec_driver_sql("update order_items set quantity = -1 where order_item_id = 11")
        connection.exec_driver_sql(
            "update order_items set net_amount = 'x' where order_item_id = 12"
        )
        connection.exec_driver_sql(
            "update order_items set cost_amount = -1 where order_item_id = 21"
        )
        connection.exec_driver_sql("update orders set order_status = 'Novo' where order_id = 2")
        connection.exec_driver_sql(
            "update orders set approved_at = '0000-00-00' where order_id = 3"
        )
        connection.exec_driver_sql("pragma ignore_check_constraints = off")
    return shop


EXPECTED = [
    "waiting: order_items, net_amount: texto em vez de número decimal: 1 rows, 0.00, 0.00 % of"
    " revenue; the amount of 1 cannot be believed",
    f"waiting: order_items, {NEGATIVE}: 1 rows, 9.00, 20.00 % of revenue (2025-03 9.00)",
    "waiting: orders, status do pedido desconhecido: 1 rows, 18.00, 40.00 % of revenue"
    " (2025-03 18.00)",
    "left null: order_items, cost_amount: negativo ou grande demais: 1 rows stay without the value",
    "left null: orders, approved_at: vazio: 1 rows stay without the value",
]


def test_source_and_staging_tell_the_same(odd: Shop, settings: Settings) -> None:
    counts, findings, told = check(settings)
    assert (counts["order_items"], told) == (6, [])
    assert list(findings.lines()) == EXPECTED
    assert (
        not (Path(settings.data_dir) / "dw_ecommerce.duckdb").exists()
        or not in_staging(settings).left_out
    )
    load(settings)
    assert list(in_staging(settings).lines()) == EXPECTED


def test_too_much_is_refused_until_somebody_accepts_it(odd: Shop, settings: Settings) -> None:
    load(settings)
    with pytest.raises(TooMuchLeftOutError, match="of the revenue of 2025-03") as refused:
        cleared(settings, Audit(settings))
    assert refused.value.exit_code is ExitCode.TOO_MUCH_LEFT_OUT
    for line in EXPECTED:
        assert line in str(refused.value)
    with pytest.raises(UsageError, match="no row waits for 'typo'"):
        accept(settings, "typo", "Ana")
    for reason in (
        NEGATIVE, "status do pedido desconhecido", "net_amount: texto em vez de número decimal",
    ):  # fmt: skip
        with pytest.raises(TooMuchLeftOutError):
            cleared(settings, Audit(settings))
        (part,) = accept(settings, reason, "Ana")
        assert part.rows == 1
    assert cleared(settings, Audit(settings)).revenue == {202503: Decimal(18)}
    odd.run("pragma ignore_check_constraints = on")
    with odd.engine.begin() as connection:
        connection.exec_driver_sql("pragma ignore_check_constraints = on")
        connection.exec_driver_sql("update order_items set quantity = -1 where order_item_id = 31")
    load(settings, full=True)
    with pytest.raises(TooMuchLeftOutError):
        cleared(settings, Audit(settings))


def test_a_little_is_published(odd: Shop, settings: Settings) -> None:
    load(settings)
    generous = settings.model_copy(update={"max_quarantine_percent": 80})
    assert cleared(generous, Audit(generous)).left_out


@pytest.mark.parametrize(
    ("month", "refused"),
    [(202501, True), (202502, True), (202503, False), (203501, False), (0, False)],
)
def test_a_month_that_has_begun_and_a_month_that_is_none_count_as_the_mean(
    month: int, refused: bool
) -> None:
    revenue = {202501: Decimal(500), 202502: Decimal(2400), 202503: Decimal(100)}
    waits = LeftOut("orders", "x", 1, True, Decimal(30) if month == 202502 else Decimal(9), month)
    assert (shares(Findings([waits], revenue), {})[month] > 1) is refused


def test_the_months_in_which_most_waits_are_told() -> None:
    amounts = {202501: 5, 202502: 7, 202503: 0, 202504: 9, 0: 8, 202506: 1}
    parts = [LeftOut("orders", "x", 2, True, Decimal(a), month) for month, a in amounts.items()]
    (line,) = Findings(parts, {202501: Decimal(30)}).lines()
    assert line == (
        "waiting: orders, x: 12 rows, 30.00, 50.00 % of revenue"
        " (2025-04 9.00; no month 8.00; 2025-02 7.00; 2 other months)"
    )


def test_nothing_left_out_is_nothing_told(shop: Shop, settings: Settings) -> None:
    load(settings)
    assert list(in_staging(settings).lines()) == []
    assert list(check(settings)[1].lines()) == []


def test_what_the_load_has_told_is_not_asked_for_again(
    odd: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = steps.load(settings)
    assert list(found.lines()) == EXPECTED
    for module in (acceptance, steps):
        monkeypatch.setattr(module, "in_staging", lambda _: pytest.fail("asked again"))
    assert steps.tell_left_out(settings, found) is found
    with pytest.raises(TooMuchLeftOutError):
        cleared(settings, Audit(settings), found)
