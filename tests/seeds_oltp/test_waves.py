"""Waves: each kind of change happens, the same each time, whole or not at all."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import checks, demand, store, waves
from tests.seeds_oltp.conftest import ORDERS, apply, content, seed

UTC_OFFSET = timedelta(hours=3)


def rows_by_key(engine: sa.Engine) -> dict[str, dict[object, dict[str, object]]]:
    with engine.connect() as connection:
        return {
            table.name: {row[0]: dict(row._mapping) for row in connection.execute(sa.select(table))}
            for table in tables.metadata.sorted_tables
        }


def test_every_kind_of_change_happens(waved: tuple[sa.Engine, list[waves.Changes]]) -> None:
    _, changes = waved
    silent = {kind for kind in changes[0] if not any(change[kind] for change in changes)}
    # No month ends within the first eight days of the year.
    assert silent == {"seller_targets_monthly: closed"}
    for change in changes:
        assert change["orders: new"] > 0 and change["orders: late commit"] > 0
        assert change["orders: Entregue"] > 0


def test_what_is_said_is_what_changed(copy: sa.Engine) -> None:
    before = rows_by_key(copy)
    changes = apply(copy, 1)
    assert changes is not None
    after = rows_by_key(copy)

    new = {name: set(after[name]) - set(before[name]) for name in after}
    assert len(new["orders"]) == changes["orders: new"] + changes["orders: late commit"]
    assert len(new["order_items"]) == changes["order_items: new"]
    assert len(new["customers"]) == changes["customers: new"]
    assert len(new["seller_targets_monthly"]) == changes["seller_targets_monthly: new"] > 0
    assert all(set(before[name]) <= set(after[name]) for name in before)

    def changed(table: str, column: str) -> int:
        return sum(row[column] != after[table][key][column] for key, row in before[table].items())

    assert changed("customers", "segment") == changes["customers: segment"] > 0
    assert changed("sellers", "team_id") == changes["sellers: team"] > 0
    assert changed("products", "cost_price") > 0
    assert changed("products", "list_price") > 0
    assert changed("discount_campaigns", "max_uses_total") == changes["discount_campaigns: limit"]
    assert changed("order_items", "return_quantity") == changes["order_items: returned"]
    for table in ("orders", "order_items", "order_item_discounts"):
        assert changed(table, "deleted_at") >= 1
    moved = sum(changes[f"orders: {status}"] for status in tables.STATUS_PEDIDO[1:])
    assert changed("orders", "order_status") == moved > 0


def test_changed_rows_carry_the_day(copy: sa.Engine) -> None:
    """What changed has an updated_at of the day, but for late commits of the hour before."""
    before = rows_by_key(copy)
    watermark = max(row["updated_at"] for row in before["orders"].values())
    apply(copy, 1)
    start = datetime.combine(demand.END + timedelta(days=1), datetime.min.time()) + UTC_OFFSET
    late = 0
    for table, rows in rows_by_key(copy).items():
        for key, row in rows.items():
            if before[table].get(key) == row:
                continue
            assert row["updated_at"] < start + timedelta(days=1), (table, key)
            if row["updated_at"] < start:
                late += 1
                newest = max(r["updated_at"] for r in before[table].values())
                assert table in ("orders", "order_items", "order_item_discounts", "customers")
                assert row["updated_at"] > min(newest, watermark) - timedelta(minutes=60)
    assert late >= 3


def test_an_order_goes_through_its_life(
    waved: tuple[sa.Engine, list[waves.Changes]], base: sa.Engine
) -> None:
    """What was open at the end of the base load has moved on after eight days, and never back."""
    phases = {status: place for place, status in enumerate(tables.STATUS_PEDIDO)}
    before, after = rows_by_key(base)["orders"], rows_by_key(waved[0])["orders"]
    paid = [
        (row, after[key])
        for key, row in before.items()
        if row["order_status"] == "Pago" and after[key]["deleted_at"] is None
    ]
    assert paid and all(now["order_status"] != "Pago" for _, now in paid)
    for key, row in before.items():
        assert phases[str(after[key]["order_status"])] >= phases[str(row["order_status"])]
        if row["approved_at"] is not None:
            assert after[key]["approved_at"] == row["approved_at"]


def test_the_source_stays_sound(waved: tuple[sa.Engine, list[waves.Changes]]) -> None:
    with waved[0].connect() as connection:
        broken = [finding for finding in checks.run(connection) if finding.rows]
    assert [f.check.rule for f in broken if f.check.severity == "error"] == []
    # Every other deleted order leaves its items behind, on purpose.
    assert "none alive in deleted orders" in {finding.check.rule for finding in broken}


def test_again_it_changes_nothing(copy: sa.Engine) -> None:
    assert apply(copy, 1) is not None
    once = content(copy)
    assert apply(copy, 1) is None
    assert content(copy) == once


def test_out_of_turn_it_is_refused(copy: sa.Engine) -> None:
    before = content(copy)
    with pytest.raises(store.RefusedError, match="apply 1 first"):
        apply(copy, 2)
    assert content(copy) == before


def test_without_a_company_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(store.RefusedError, match="seed it first"):
        apply(tables.engine(f"sqlite:///{tmp_path / 'empty.sqlite'}"), 1)


def test_interrupted_it_changes_nothing(copy: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(copy)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("seeds_oltp.waves.targets.change", interrupt)
        with pytest.raises(KeyboardInterrupt):
            apply(copy, 1)
    assert content(copy) == before
    assert apply(copy, 1) is not None


@pytest.mark.slow
def test_the_same_waves_on_postgres(
    postgres: sa.URL, waved: tuple[sa.Engine, list[waves.Changes]]
) -> None:
    """Another database, the same rows: waves depend on the seed and on nothing else."""
    engine = tables.engine(postgres)
    seed(postgres)
    for number, changes in enumerate(waved[1], start=1):
        assert apply(engine, number) == changes
    assert content(engine) == content(waved[0])


def test_a_small_company_lives_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'small.sqlite'}"
    seed(url, 200)
    engine = tables.engine(url)
    for number in range(1, 41):
        changes = apply(engine, number)
        assert changes is not None and changes["orders: new"] >= 1
    with engine.connect() as connection:
        errors = [f for f in checks.run(connection) if f.rows and f.check.severity == "error"]
    assert errors == []
    assert changes["orders: new"] < ORDERS / 365
