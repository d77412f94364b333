"""A load ends with staging equal to the source, whatever happened there, or it fails."""

from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from core.clock import now
from core.errors import ExitCode, MismatchError
from core.settings import Settings
from core.totals import months_back
from core.warehouse import STAGING
from loader.load import backfill, load
from loader.repair import TooManyGoneError
from loader.source.databases.sqlite import SQLite
from loader.source.query import Query
from tests.loader.adding_up import assert_both_see_one_moment, assert_ends_with_the_load
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, rows, without_load_ids

DAY = timedelta(days=1)
GONE = "_hard_deleted_at"


def _live(settings: Settings) -> dict[str, dict[str, dict[str, object]]]:
    """What staging holds and does not know to be gone, without load ids."""
    return {
        name: {key: row for key, row in found.items() if row[GONE] is None}
        for name, found in without_load_ids(content(settings)).items()
    }


def _assert_as_the_source(settings: Settings) -> None:
    """Staging holds what a first load would, and the next load has nothing to do."""
    fresh = settings.model_copy(update={"data_dir": settings.data_dir / "fresh"})
    load(fresh)
    assert _live(settings) == _live(fresh)
    assert load(settings).load_id is None


def _delete(shop: Shop, order: int) -> None:
    for table in ("order_item_discounts", "order_items", "orders"):
        shop.run(f"delete from {table} where order_id = {order}")


def test_totals_of_both_sides_are_recorded(shop: Shop, settings: Settings) -> None:
    run = load(settings)
    found = rows(settings, "select * from audit.control_total where entity = 'order_items'")
    assert {row["run_id"] for row in found} == {run.run_id}
    assert {row["month"] for row in found} == {"2025-03"}
    assert all(row["source_value"] == row["staging_value"] for row in found)
    totals = {row["measure"]: row["source_value"] for row in found}
    assert (totals["rows"], totals["quantity"]) == (6, 6)
    assert (totals["gross_amount"], totals["net_amount"]) == (Decimal("60"), Decimal("54"))
    assert totals["updated_at"] == 6 * int((BASE - datetime(1970, 1, 1)).total_seconds())
    months = rows(settings, "select distinct entity from audit.control_total where month = ''")
    assert "customers" in {row["entity"] for row in months}


def test_totals_are_added_up_by_two_connections_that_see_one_moment(shop: Shop) -> None:
    shop.run("pragma journal_mode = wal")
    assert_both_see_one_moment(shop)


def test_adding_up_ends_with_the_load_that_fails(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = Barrier(3)
    endless = (
        "with recursive n(i) as (select begun() union all select i from n) select max(i) from n"
    )

    def add_up(connection: sa.Connection, query: Query) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.create_function("begun", 0, started.wait)
        connection.exec_driver_sql(endless).scalar()

    monkeypatch.setattr("loader.source.totals.add_up", add_up)
    assert_ends_with_the_load(shop, started.wait)


def test_connections_between_whose_beginnings_somebody_writes_are_not_both_used(shop: Shop) -> None:
    shop.run("pragma journal_mode = wal")
    opened: list[sa.Connection] = []

    class Written(SQLite):
        def connect(self) -> sa.Connection:
            opened.append(super().connect())
            if len(opened) == 3:
                shop.add("order_items", 500, order_id=1, item_number=9)
            return opened[-1]

    with Written(sa.make_url(shop.url)) as database:
        assert database.snapshot() == opened[1:2]


def test_rows_that_are_gone_are_marked_and_come_back(shop: Shop, settings: Settings) -> None:
    load(settings)
    before = content(settings)
    shop.run("delete from order_item_discounts where order_item_id = 21")
    shop.run("delete from order_items where order_item_id = 21")
    run = load(settings)
    after = content(settings)
    item = after["order_items"]["21"]
    assert item[GONE] is not None
    assert item == before["order_items"]["21"] | {GONE: item[GONE], "_dlt_load_id": run.load_id}
    assert (run.entities["order_items"].deleted, run.total("deleted")) == (1, 2)
    assert run.entities["order_items"].updated == 1
    assert after["order_items"]["22"] == before["order_items"]["22"]
    _assert_as_the_source(settings)
    # With an old time, as a restored backup has: the watermark alone would not see it.
    shop.add("order_items", 21, BASE - 90 * DAY, order_id=2, item_number=1, quantity=3)
    load(settings)
    back = content(settings)["order_items"]["21"]
    assert (back[GONE], back["quantity"]) == (None, 3)
    _assert_as_the_source(settings)


def test_what_the_watermark_cannot_see_is_read_again(shop: Shop, settings: Settings) -> None:
    load(settings)
    shop.change("orders", 1, BASE + 30 * DAY)
    load(settings)
    # Committed a month late; a clock that jumped back; a change that tells nobody.
    shop.add("orders", 7, BASE - 30 * DAY, order_date=BASE - 30 * DAY)
    shop.change("orders", 2, BASE - 60 * DAY, order_status="Entregue")
    shop.run("update order_items set net_amount = 8, discount_amount = 2 where order_item_id = 31")
    # Moved to another month, its items with it; and a key that another row has got.
    shop.change("orders", 3, BASE - DAY, order_date=datetime(2024, 7, 1))
    shop.run("delete from order_item_discounts where order_item_discount_id = 11")
    shop.add(
        "order_item_discounts",
        11,
        BASE - 9 * DAY,
        order_item_id=22,
        order_id=2,
        base_amount=5,
        final_amount=4,
    )
    run = load(settings)
    assert run.total("inserted") == 1
    found = content(settings)
    assert found["orders"]["7"]["order_number"] == "order_number7"
    assert found["orders"]["2"]["order_status"] == "Entregue"
    assert found["order_items"]["31"]["net_amount"] == Decimal(8)
    assert found["orders"]["3"]["order_date"] == datetime(2024, 7, 1)
    assert found["order_item_discounts"]["11"]["order_item_id"] == "22"
    assert run.total("deleted") == 0
    _assert_as_the_source(settings)


def test_many_rows_at_the_moment_of_the_watermark(shop: Shop, settings: Settings) -> None:
    at = BASE + DAY
    for key in range(100, 140):
        shop.add("orders", key, at)
    load(settings)
    for key in range(140, 180):
        shop.add("orders", key, at)
    shop.run("update orders set order_status = 'Enviado' where order_id between 120 and 159")
    run = load(settings.model_copy(update={"cutoff_minutes": 0}))
    assert (run.total("inserted"), run.total("updated")) == (40, 20)
    _assert_as_the_source(settings)


@pytest.mark.parametrize("table", ["teams", "orders"])
def test_emptied_source_stops_the_load(shop: Shop, settings: Settings, table: str) -> None:
    load(settings)
    before = content(settings)
    shop.run(f"delete from {table}")
    with pytest.raises(
        TooManyGoneError, match=f"{table}: the source lacks . of the . rows"
    ) as found:
        load(settings)
    assert found.value.exit_code == ExitCode.TOO_MANY_GONE
    assert content(settings) == before
    (run,) = rows(settings, "select * from audit.etl_run order by started_at desc limit 1")
    assert run["status"] == "failed"
    load(settings.model_copy(update={"max_missing_percent": 100}))
    assert all(row[GONE] is not None for row in content(settings)[table].values())


def test_more_than_the_set_share_gone_stops_the_load(shop: Shop, settings: Settings) -> None:
    for key in range(10, 107):
        shop.add("orders", key)
    load(settings)
    before = content(settings)
    shop.run("delete from orders where order_id in (50, 51, 52, 53, 54, 55)")
    with pytest.raises(TooManyGoneError, match="lacks 6 of the 100 rows"):
        load(settings)
    assert content(settings) == before
    shop.add("orders", 50)
    load(settings)
    gone = [key for key, row in content(settings)["orders"].items() if row[GONE] is not None]
    assert sorted(gone) == ["51", "52", "53", "54", "55"]


def test_totals_that_stay_different_fail_the_load(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(settings)
    with duckdb.connect(str(settings.warehouse)) as database:
        database.execute(
            f"update {STAGING}.order_items set net_amount = 7 where order_item_id = '11'"
        )
    monkeypatch.setattr("core.scratch.read", lambda *_: iter(()))
    with pytest.raises(MismatchError) as found:
        load(settings)
    assert found.value.exit_code == ExitCode.MISMATCH
    line = "order_items 2025-03, net_amount: source 54, staging 52.0000"
    assert str(found.value).splitlines()[1:] == [line]
    different = rows(
        settings,
        "select distinct entity, month, measure from audit.control_total"
        " where source_value <> staging_value",
    )
    assert different == [{"entity": "order_items", "month": "2025-03", "measure": "net_amount"}]
    monkeypatch.undo()
    load(settings)
    assert content(settings)["order_items"]["11"]["net_amount"] == 9


def test_one_entity_is_proved_without_the_others(shop: Shop, settings: Settings) -> None:
    load(settings)
    shop.add("orders", 9, BASE + DAY)
    shop.add("order_items", 91, BASE + DAY, order_id=9)
    shop.run("delete from order_items where order_item_id = 11")
    shop.run("delete from orders where order_id = 1")
    run = load(settings, ["order_items"])
    assert set(run.entities) == {"order_items"}
    found = content(settings)
    assert found["order_items"]["11"][GONE] is not None
    assert found["orders"]["1"][GONE] is None
    load(settings)
    _assert_as_the_source(settings)


def test_only_the_newest_months_are_compared_when_asked(shop: Shop, settings: Settings) -> None:
    for key, months in ((5, 1), (6, 5)):
        shop.add("orders", key, BASE, order_date=now() - months * 30 * DAY)
    for key in (7, 9):
        shop.add("orders", key, BASE, order_date=now())
    load(settings)
    recent = settings.model_copy(update={"prove_months": 3})
    # Unseen by the watermark: gone in and out of the window; moved out of it; late in it.
    shop.run("delete from orders where order_id in (5, 6)")
    shop.run(f"update orders set order_date = '{BASE}' where order_id = 7")
    shop.add("orders", 8, BASE - DAY, order_date=now())
    run = load(recent)
    assert (run.total("deleted"), run.total("inserted")) == (1, 1)
    orders = content(settings)["orders"]
    assert orders["5"][GONE] is not None and orders["6"][GONE] is None
    assert orders["7"][GONE] is None and "8" in orders
    proved = rows(settings, f"select * from audit.control_total where run_id = '{run.run_id}'")
    undated = {row["entity"] for row in proved if row["month"] == ""}
    assert {row["since"] for row in proved} == {"", months_back(3, now())}
    assert "orders" not in undated and "customers" in undated
    load(recent, full=True)
    _assert_as_the_source(settings)


def test_months_back() -> None:
    at = datetime(2026, 2, 28)
    assert [months_back(n, at) for n in (0, 1, 3, 14)] == ["", "2026-02", "2025-12", "2025-01"]


def test_backfill_reads_its_months_again_and_is_harmless(shop: Shop, settings: Settings) -> None:
    shop.change("orders", 1, BASE - 90 * DAY, order_date=datetime(2024, 12, 9))
    shop.change("orders", 2, BASE - 90 * DAY, order_date=datetime(2025, 1, 9))
    shop.change("order_items", 11, BASE - 90 * DAY)
    shop.change("order_items", 21, BASE - 90 * DAY)
    load(settings)
    before = content(settings)
    # What no total shows, in and out of the months.
    shop.run("update orders set payment_status = 'Estornado' where order_id in (1, 2)")
    shop.run("update order_items set seller_id = null where order_item_id in (11, 21)")
    assert load(settings).total("updated") == 0
    run = backfill(settings, "orders", ["2025-01", "2025-02"])
    assert set(run.entities) == {"orders", "order_items", "order_item_discounts"}
    assert (run.total("inserted"), run.total("updated")) == (0, 2)
    after = content(settings)
    assert after["orders"]["2"]["payment_status"] == "Estornado"
    assert after["order_items"]["21"]["seller_id"] is None
    assert after["orders"]["1"] == before["orders"]["1"]
    assert after["order_items"]["11"] == before["order_items"]["11"]
    assert backfill(settings, "orders", ["2025-01", "2025-02"]).load_id is None
    assert content(settings) == after
