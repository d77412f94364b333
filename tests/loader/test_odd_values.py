"""Values of every odd kind: each costs itself, and the row stays wherever it can."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.contract.entities import ENTITIES
from core.settings import Settings
from loader.load import load
from tests.loader.shop import Shop
from tests.loader.staging import content


def _spoil(shop: Shop, *statements: str) -> None:
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("pragma ignore_check_constraints = on")
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("pragma ignore_check_constraints = off")


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("full_name", "cast(x'4a6fe36f' as text)", "não é texto em UTF-8"),
        ("full_name", "cast(x'eda080' as text)", "não é texto em UTF-8"),
        ("full_name", "cast(x'410042' as text)", "não é texto em UTF-8"),
        ("full_name", "x'ff00'", "binário em vez de texto"),
        ("city", "printf('%.300c', 'x')", "texto com mais de 255 caracteres"),
        ("birth_date", "'0000-00-00'", "vazio"),
        ("birth_date", "''", "vazio"),
        ("birth_date", "'31/12/1980'", "data inválida"),
        ("credit_score", "'n/a'", "texto em vez de número inteiro"),
        ("credit_score", "1e400", "número decimal em vez de número inteiro"),
        ("is_vip", "'S'", "texto em vez de verdadeiro ou falso"),
        ("created_at", "cast(x'e9' as text)", "data inválida"),
    ],
)
def test_an_odd_value_is_null_with_its_reason_and_the_row_stays(
    shop: Shop, settings: Settings, column: str, value: str, why: str
) -> None:
    shop.add("customers", 2)
    load(settings)
    _spoil(shop, f"update customers set {column} = {value} where customer_id = 1")
    load(settings)
    row = content(settings)["customers"]["1"]
    assert (row[column], row["_quarantine"]) == (None, None)
    assert str(row["_odd_values"]).startswith(f"{column}: {why}")
    assert load(settings).load_id is None


def test_two_names_that_begin_alike_stay_two(shop: Shop, settings: Settings) -> None:
    names = ["Rio Grande do Sul", "Rio Grande do Norte"]
    shop.add("regions", 2)
    for key, name in enumerate(names, start=1):
        _spoil(shop, f"update regions set state = '{name}' where region_id = {key}")
    load(settings)
    regions = content(settings)["regions"]
    assert [regions[key]["state"] for key in ("1", "2")] == names


def test_an_order_of_tomorrow_waits_until_its_day(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on(day: date) -> None:
        monkeypatch.setattr("loader.plan.today", lambda: day)

    on(date(2026, 1, 1))
    _spoil(
        shop,
        "update orders set order_date = '2026-01-02 00:00:00' where order_id = 1",
        "update orders set order_date = '2026-01-01 23:59:59' where order_id = 2",
        "update orders set order_date = '2035-05-05 10:00:00' where order_id = 3",
    )
    load(settings)
    waits = "order_date: dia que ainda não chegou"

    def reasons() -> list[Any]:
        return [row["_quarantine"] for _, row in sorted(content(settings)["orders"].items())]

    assert reasons() == [waits, None, waits]
    assert load(settings).load_id is None
    on(date(2026, 1, 2))
    # No row has changed at the source, and those of its cursor's window are not read again.
    assert load(settings).total("updated") == 1
    assert reasons() == [None, None, waits]
    on(date(2035, 5, 5) + timedelta(days=1))
    shop.change("orders", 3, order_status="Enviado")
    load(settings)
    assert reasons() == [None, None, None]
    assert content(settings)["orders"]["3"]["order_status"] == "Enviado"


@pytest.mark.parametrize("given", ["gross_amount", "discount_amount", "net_amount"])
def test_any_two_amounts_make_the_third_exactly(
    shop: Shop, settings: Settings, tmp_path: Path, given: str
) -> None:
    """Of binary numbers with long decimals, as Northwind's."""
    expressions = {
        "gross_amount": "q * p",
        "discount_amount": "q * p * off",
        "net_amount": "q * p * (1 - off)",
    }
    del expressions[given]
    shop.run("create table line (id integer, q real, p real, off real)")
    for key in range(200):
        price = key * 1.137 + 0.005
        shop.run(f"insert into line values ({key}, {key % 7 + 1}, {price}, {key % 4 * 0.05})")
    columns = {"order_id": "1", "product_id": "1", "quantity": "q", "unit_price": "p"} | expressions
    mapping = "description: x\nentities:\n" + "".join(
        f"  {name}: absent\n" for name in ENTITIES if name != "order_items"
    )
    mapping += "  order_items:\n    {table: line, key: id, cursor: none, columns: {"
    mapping += ", ".join(f"{name}: {sql!r}" for name, sql in columns.items()) + "}}\n"
    (tmp_path / "x.yml").write_text(mapping)
    settings = settings.model_copy(update={"source": str(tmp_path / "x.yml")})
    load(settings)
    assert load(settings).load_id is None
    rows = content(settings)["order_items"].values()
    assert len(rows) == 200
    for row in rows:
        assert row["gross_amount"] - row["discount_amount"] == row["net_amount"]
        assert isinstance(row[given], Decimal)
        assert (row["_quarantine"], row["_odd_values"]) == (None, None)
