"""What a load leaves in staging, over the life of a source."""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from core.contract.entities import ENTITIES, MONEY
from core.settings import Settings
from core.warehouse import STAGING
from loader.load import dry_run, load
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, rows, without_load_ids


def test_first_load_lands_every_row_with_the_types_of_the_contract(
    shop: Shop, settings: Settings
) -> None:
    run = load(settings)
    landed = content(settings)
    assert {name: len(found) for name, found in landed.items()} == {
        **dict.fromkeys(ENTITIES, 1),
        "orders": 3,
        "order_items": 6,
        "order_item_discounts": 6,
    }
    assert run.total("inserted") == run.total("extracted") == 23
    item = landed["order_items"]["21"]
    assert item["order_id"] == "2"
    assert item["net_amount"] == Decimal("9.0000")
    assert item["had_discount"] is True
    assert item["updated_at"] == BASE
    assert {row["_dlt_load_id"] for found in landed.values() for row in found.values()} == {
        run.load_id
    }
    types = {
        row["column_name"]: row["data_type"]
        for row in rows(
            settings,
            "select column_name, data_type from information_schema.columns"
            " where table_schema = 'staging' and table_name = 'order_items'",
        )
    }
    expected = {"string": "VARCHAR", "int64": "BIGINT", "bool": "BOOLEAN"}
    expected |= {"timestamp[us]": "TIMESTAMP", str(MONEY): "DECIMAL(18,4)"}
    columns = {
        field.name: expected[str(field.type)] for field in ENTITIES["order_items"].arrow_schema
    }
    assert types == columns | {"_dlt_load_id": "VARCHAR"}


def test_second_load_changes_no_row(shop: Shop, settings: Settings) -> None:
    load(settings)
    before = content(settings)
    run = load(settings)
    assert content(settings) == before
    assert run.load_id is None
    assert (run.total("extracted"), run.total("updated")) == (23, 0)


def test_a_column_that_the_contract_has_got_lands_without_a_change_of_any_row(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A shop of before, and one entity that is not loaded again.
    new = {"orders": {"total_amount", "exchange_rate"}, "products": {"is_gift_card"}}
    shop = Shop(f"sqlite:///{settings.data_dir / 'oltp.sqlite'}")
    shop.create()
    shop.fill()
    for name, columns in new.items():
        for column in columns:
            shop.run(f"alter table {name} drop column {column}")
    with monkeypatch.context() as before:
        for name, columns in new.items():
            kept = tuple(c for c in ENTITIES[name].columns if c.name not in columns)
            before.setitem(ENTITIES, name, replace(ENTITIES[name], columns=kept))
        load(settings)
    old = content(settings)
    run = load(settings, ["orders"])
    assert (run.total("inserted"), run.total("updated")) == (0, 0)
    landed = content(settings)
    for name, columns in new.items():
        for key, row in landed[name].items():
            assert row == old[name][key] | dict.fromkeys(columns)


def test_the_order_s_own_money_lands_exactly(shop: Shop, settings: Settings) -> None:
    money = {"total_amount": 10, "other_amount": Decimal("-0.02")}
    shop.change("orders", 1, exchange_rate=Decimal("0.183456789"), **money)
    load(settings)
    order = content(settings)["orders"]["1"]
    assert order["exchange_rate"] == Decimal("0.183456789")
    assert order["other_amount"] == Decimal("-0.0200")
    assert order["total_amount"] == Decimal("10.0000")


def test_full_load_changes_no_row_that_is_the_same(shop: Shop, settings: Settings) -> None:
    shop.change("orders", 1, at=BASE - timedelta(days=30))
    load(settings)
    before = content(settings)
    # Neither a number nor updated_at tells of it.
    shop.run("update orders set order_status = 'Entregue' where order_id = 1")
    assert load(settings).total("updated") == 0
    run = load(settings, full=True)
    assert run.total("updated") == 1
    after = content(settings)
    assert after["orders"].pop("1")["order_status"] == "Entregue"
    del before["orders"]["1"]
    assert after == before


def test_changes_land_and_nothing_else_does(shop: Shop, settings: Settings) -> None:
    load(settings)
    before = content(settings)
    shop.change("orders", 2, order_status="Cancelado", deleted_at=BASE + timedelta(days=1))
    shop.add("orders", 9, BASE + timedelta(days=1))
    run = load(settings)
    counts = run.entities["orders"]
    assert (counts.extracted, counts.inserted, counts.updated, counts.deleted) == (4, 1, 1, 1)
    assert counts.watermark_before == BASE
    assert counts.watermark_after == BASE + timedelta(days=1)
    after = content(settings)["orders"]
    assert after["2"]["order_status"] == "Cancelado"
    assert {key for key, row in after.items() if row["_dlt_load_id"] == run.load_id} == {"2", "9"}
    assert after["1"] == before["orders"]["1"]


def test_late_commit_within_the_cutoff_lands(shop: Shop, settings: Settings) -> None:
    load(settings)
    shop.add("orders", 7, BASE - timedelta(minutes=119))
    shop.change("orders", 1, at=BASE, order_status="Enviado")
    run = load(settings)
    assert (run.total("inserted"), run.total("updated")) == (1, 1)
    assert content(settings)["orders"]["1"]["order_status"] == "Enviado"


def test_row_dated_in_the_future_does_not_hide_others(shop: Shop, settings: Settings) -> None:
    shop.change("orders", 1, at=datetime(9999, 12, 31))
    load(settings)
    shop.change("orders", 2, at=datetime(2900, 1, 1))
    assert load(settings).total("updated") == 1


def test_waves_equal_one_load(shop: Shop, settings: Settings, tmp_path_factory) -> None:
    load(settings)
    for day in range(1, 4):
        at = BASE + timedelta(days=day)
        shop.add("orders", 100 + day, at)
        shop.add("order_items", 1000 + day, at, order_id=100 + day, item_number=1)
        shop.change("orders", day % 3 + 1, at, order_status="Entregue")
        shop.change("order_items", 11, at, quantity=day)
        load(settings)
    fresh = settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("fresh")})
    load(fresh)
    assert without_load_ids(content(settings)) == without_load_ids(content(fresh))


def test_rows_without_cursor_value_are_compared_by_content(
    shop: Shop, settings: Settings, tmp_path
) -> None:
    shop.run("create table plain_teams as select team_id, team_name, null as touched from teams")
    mapping = tmp_path / "nulls.yml"
    mapping.write_text(
        "description: teams without update times\nentities:\n"
        + "".join(f"  {name}: absent\n" for name in ENTITIES if name != "teams")
        + "  teams: {table: plain_teams, key: team_id, cursor: touched, columns: {}}\n"
    )
    settings = settings.model_copy(update={"source": str(mapping)})
    load(settings)
    before = content(settings)
    assert load(settings).load_id is None
    shop.run("update plain_teams set team_name = 'Sul'")
    shop.run("insert into plain_teams values (2, 'Norte', null)")
    run = load(settings)
    assert (run.total("inserted"), run.total("updated")) == (1, 1)
    assert content(settings)["teams"]["1"]["team_name"] == "Sul"
    assert before["teams"]["1"]["team_name"] != "Sul"


def test_entity_option_reads_only_that_one_but_makes_all_tables(
    shop: Shop, settings: Settings
) -> None:
    run = load(settings, ["orders"])
    assert set(run.entities) == {"orders"}
    landed = content(settings)
    assert len(landed["orders"]) == 3
    assert landed["customers"] == {}


def test_dry_run_counts_and_loads_nothing(shop: Shop, settings: Settings) -> None:
    assert sum(dry_run(settings).values()) == 23
    load(settings)
    before = content(settings)
    shop.change("orders", 1)
    shop.change("customers", 1)
    assert dry_run(settings)["orders"] == 3
    assert content(settings) == before


def test_lost_pipeline_folder_is_restored_from_the_warehouse(
    shop: Shop, settings: Settings
) -> None:
    load(settings)
    before = content(settings)
    shutil.rmtree(settings.data_dir / "dlt")
    shop.change("orders", 1)
    run = load(settings)
    assert (run.total("inserted"), run.total("updated")) == (0, 1)
    after = content(settings)
    assert after.pop("orders") != before.pop("orders")
    assert after == before


def test_lost_warehouse_is_loaded_anew(shop: Shop, settings: Settings) -> None:
    load(settings)
    before = without_load_ids(content(settings))
    settings.warehouse.unlink()
    load(settings)
    assert without_load_ids(content(settings)) == before


@pytest.mark.parametrize("lost", ["order_items", "orders"])
def test_emptied_staging_table_is_filled_again(shop: Shop, settings: Settings, lost: str) -> None:
    import duckdb

    load(settings)
    before = without_load_ids(content(settings))
    with duckdb.connect(str(settings.warehouse)) as database:
        database.execute(f"delete from {STAGING}.{lost}")
    load(settings)
    assert without_load_ids(content(settings)) == before
