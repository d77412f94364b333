"""A source whose columns change between loads: taken in, or stopped before anything is loaded."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.errors import ExitCode, LoaderError, SchemaContractError, UsageError
from core.settings import Settings
from loader.load import load
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, rows


def _assert_stopped(settings: Settings, *messages: str) -> None:
    """The next load stops for these reasons, and leaves staging as it was."""
    before = content(settings)
    with pytest.raises(SchemaContractError) as stopped:
        load(settings)
    assert stopped.value.exit_code == ExitCode.SCHEMA_CONTRACT
    for message in messages:
        assert message in str(stopped.value)
    assert content(settings) == before
    (run,) = rows(settings, "select * from audit.etl_run order by started_at desc limit 1")
    assert run["status"] == "failed"
    assert messages[0] in run["error"]


def test_new_columns_are_taken_in_with_their_types_and_reported(
    shop: Shop, settings: Settings
) -> None:
    load(settings)
    shop.run("alter table orders add column gift_note varchar(40) default 'none'")
    shop.run("alter table orders add column tip numeric(10, 2)")
    shop.run("alter table orders add column wish_date date")
    shop.run("alter table orders add column still_empty boolean")
    at = (BASE + timedelta(days=1)).isoformat(" ")
    shop.run(f"update orders set tip = 1.1, wish_date = '2025-04-01', updated_at = '{at}'")
    run = load(settings)
    assert run.schema_changes == [
        "orders.gift_note: new, text",
        "orders.tip: new, a decimal number",
        "orders.wish_date: new, a date",
        "orders.still_empty: new, true or false",
    ]
    landed = content(settings)["orders"]["1"]
    assert landed["gift_note"] == "none"
    assert landed["tip"] == Decimal("1.1")
    assert landed["wish_date"] == date(2025, 4, 1)
    assert landed["still_empty"] is None
    (recorded,) = rows(settings, f"select * from audit.etl_run where run_id = '{run.run_id}'")
    assert recorded["schema_changes"] == "\n".join(run.schema_changes)
    again = load(settings)
    assert (again.load_id, again.schema_changes) == (None, [])


def test_new_column_with_a_default_reaches_rows_that_did_not_change(
    shop: Shop, settings: Settings
) -> None:
    shop.change("orders", 1, at=BASE - timedelta(days=300))
    load(settings)
    shop.run("alter table orders add column gift_note varchar(40) default 'none'")
    run = load(settings)
    assert run.total("updated") == 3
    assert content(settings)["orders"]["1"]["gift_note"] == "none"


def test_dropped_column_stops_the_load(shop: Shop, settings: Settings) -> None:
    load(settings)
    shop.change("customers", 1, full_name="Outra")
    shop.run("alter table orders drop column sales_channel")
    _assert_stopped(settings, "orders.sales_channel: earlier loads had this column")


def test_renamed_columns_stop_the_load_with_all_of_them_named(
    shop: Shop, settings: Settings
) -> None:
    load(settings)
    shop.run("alter table orders rename column order_number to number")
    shop.run("alter table customers rename column email to mail")
    _assert_stopped(settings, "orders.order_number: earlier", "customers.email: earlier")


def test_dropped_column_that_was_taken_in_stops_the_load(shop: Shop, settings: Settings) -> None:
    shop.run("alter table orders add column gift_note varchar(40) default 'none'")
    load(settings)
    shop.run("alter table orders drop column gift_note")
    _assert_stopped(settings, "orders.gift_note: earlier loads had this column")


def test_dropped_table_stops_the_load(shop: Shop, settings: Settings) -> None:
    load(settings)
    shop.run("alter table order_item_discounts rename to discounts")
    _assert_stopped(settings, "order_item_discounts: the source has no table order_item_discounts")


def test_retyped_column_stops_the_load_and_names_the_key_only(
    shop: Shop, settings: Settings
) -> None:
    load(settings)
    shop.run("pragma ignore_check_constraints = on")
    shop.change("customers", 1, city="Recife")
    shop.run("update order_items set unit_price = 'secret'")
    _assert_stopped(
        settings,
        "order_items.unit_price: expected a decimal number, but the source gives text at key …",
    )
    with pytest.raises(LoaderError) as stopped:
        load(settings)
    assert "secret" not in str(stopped.value)


def test_column_retyped_beyond_the_sample_stops_the_load_too(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(settings)
    shop.change("customers", 1, full_name="Outra")
    shop.run("update order_items set quantity = 'x' where order_item_id >= 21")
    monkeypatch.setattr("loader.source.check.SAMPLE_ROWS", 2)
    monkeypatch.setattr("loader.source.read.RETYPED_READ", 3)
    _assert_stopped(
        settings,
        "order_items.quantity: expected a decimal number, but the source gives text at key …",
    )


def test_missing_column_of_a_first_load_is_a_problem_of_the_mapping(
    shop: Shop, settings: Settings
) -> None:
    shop.run("alter table orders rename column order_number to number")
    with pytest.raises(UsageError) as stopped:
        load(settings)
    assert "orders.order_number: required, but the source has no such column" in str(stopped.value)


def test_repaired_source_loads_again(shop: Shop, settings: Settings) -> None:
    load(settings)
    shop.run("alter table orders rename column sales_channel to channel")
    with pytest.raises(SchemaContractError):
        load(settings)
    shop.run("alter table orders rename column channel to sales_channel")
    assert load(settings).load_id is None
