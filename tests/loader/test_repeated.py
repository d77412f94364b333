"""Rows of one key, or of none, and lines of one number: they wait, and all else goes on."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core.contract.entities import ENTITIES
from core.errors import UsageError
from core.settings import Settings
from loader.load import backfill, load
from pipeline.left_out import check, in_staging
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, rows

TWICE = "order_id: chave de mais de uma linha na origem"
NONE = "order_id: obrigatório, mas ausente"
LINE = "order_item_id: repete o número de outro item do pedido"


def assert_doubled_keys_wait(shop: Shop, settings: Settings, folder: Path) -> None:
    """On a source whose tables are in a schema."""
    entities: dict[str, object] = dict.fromkeys(ENTITIES, "absent")
    for name in ("orders", "order_items"):
        loose = f"core.loose_{name}"
        shop.run(f"drop table if exists {loose}")
        shop.run(f"create table {loose} as select * from core.{name}")
        entities[name] = {"table": loose, "key": ENTITIES[name].key, "cursor": "updated_at"}
    if shop.engine.dialect.name != "postgresql":
        # A copy keeps what its columns declare.
        shop.run("alter table core.loose_orders modify order_id integer null")
    file = folder / "loose.yml"
    file.write_text(json.dumps({"description": "loose", "entities": entities}), encoding="utf-8")
    settings = settings.model_copy(update={"source": str(file)})
    load(settings)
    shop.run("insert into core.loose_orders select * from core.orders where order_id = 2")
    shop.run("update core.loose_order_items set item_number = 1 where order_item_id = 12")
    load(settings)
    assert waiting(settings) == {"2": TWICE, "2[linha 2]": TWICE}
    assert waiting(settings, "order_items") == {"12": LINE}
    proved(settings)
    assert load(settings, full=True).load_id is None
    shop.run("update core.loose_orders set order_id = null where order_id = 2")
    shop.run("update core.loose_order_items set item_number = 2 where order_item_id = 12")
    load(settings)
    assert waiting(settings) == {"[linha 1]": NONE, "[linha 2]": NONE}
    assert waiting(settings, "order_items") == {}
    proved(settings)


@pytest.fixture
def loose(shop: Shop, settings: Settings, tmp_path: Path) -> Settings:
    """The settings of a source whose tables declare nothing, and hold ten orders."""
    for order in range(4, 11):
        shop.add("orders", order)
        for item in (1, 2):
            shop.add("order_items", order * 10 + item, order_id=order, item_number=item)
    entities: dict[str, object] = {}
    for name, entity in ENTITIES.items():
        shop.run(f"create table loose_{name} as select * from {name}")
        entities[name] = {"table": f"loose_{name}", "key": entity.key, "cursor": "updated_at"}
    file = tmp_path / "loose.yml"
    file.write_text(json.dumps({"description": "loose", "entities": entities}), encoding="utf-8")
    return settings.model_copy(update={"source": str(file)})


def waiting(settings: Settings, entity: str = "orders") -> dict[str, str]:
    """What waits of an entity, as long as the source has it: why, by key."""
    landed = content(settings)[entity]
    return {
        key: str(row["_quarantine"])
        for key, row in landed.items()
        if row["_quarantine"] and not row["_hard_deleted_at"]
    }


def proved(settings: Settings) -> None:
    """Each total of the last load is the same on both sides, and there are some."""
    totals = rows(
        settings,
        "select source_value, staging_value from audit.control_total where run_id ="
        " (select run_id from audit.etl_run order by started_at desc limit 1)",
    )
    assert totals
    assert all(row["source_value"] == row["staging_value"] for row in totals)


def double(shop: Shop, order: int, days: int = 0) -> None:
    """Another row of an order, written so many days later."""
    at = BASE + timedelta(days=days)
    shop.run(f"create temp table again as select * from loose_orders where order_id = {order}")
    shop.run(f"update again set order_date = '{at}', updated_at = '{at}'")
    shop.run("insert into loose_orders select * from again")
    shop.run("drop table again")


@pytest.mark.parametrize("days", [0, pytest.param(40, marks=pytest.mark.long)])
def test_a_doubled_key_waits_and_lands_by_itself_once_it_is_single(
    shop: Shop, loose: Settings, days: int
) -> None:
    load(loose)
    before = content(loose)["orders"]
    double(shop, 2, days)
    load(loose)
    assert waiting(loose) == {"2": TWICE, "2[linha 2]": TWICE}
    proved(loose)
    assert content(loose)["orders"].keys() == before.keys() | {"2[linha 2]"}
    assert load(loose).load_id is None
    assert load(loose, full=True).load_id is None
    shop.run("delete from loose_orders where rowid = (select max(rowid) from loose_orders)")
    load(loose)
    assert waiting(loose) == {}
    proved(loose)
    landed = content(loose)["orders"]
    assert landed["2[linha 2]"]["_hard_deleted_at"]
    assert not landed["2"]["_hard_deleted_at"]
    assert load(loose).load_id is None


def test_rows_without_a_key_wait_and_the_first_load_goes_on(shop: Shop, loose: Settings) -> None:
    double(shop, 2)
    double(shop, 3)
    shop.run("update loose_orders set order_id = null where order_id = 2")
    _, told, _ = check(loose)
    load(loose)
    assert waiting(loose) == {
        "[linha 1]": NONE, "[linha 2]": NONE, "3": TWICE, "3[linha 2]": TWICE,
    }  # fmt: skip
    proved(loose)
    assert len(content(loose)["order_items"]) == 20
    lines = list(in_staging(loose).lines())
    assert f"waiting: orders, {NONE}: 2 rows, 0.00, 0.00 % of revenue" in lines
    # Two lines of 9.00 wait with the first of both.
    (line,) = (line for line in lines if TWICE in line)
    assert line.startswith(f"waiting: orders, {TWICE}: 2 rows, 18.00, ")
    assert lines == list(told.lines())


@pytest.mark.long
def test_a_load_goes_on_where_keys_wait(shop: Shop, loose: Settings) -> None:
    double(shop, 2, 40)
    load(loose)
    shop.run("delete from loose_order_items where order_id = 5")
    shop.run("delete from loose_orders where order_id = 5")
    shop.run("update loose_orders set order_status = 'Enviado' where order_id = 6")
    shop.run("update loose_order_items set net_amount = 8, discount_amount = 2 where order_id = 7")
    load(loose)
    backfill(loose, "orders", ["2025-03"])
    proved(loose)
    landed = content(loose)
    assert landed["orders"]["5"]["_hard_deleted_at"]
    assert {int(landed["order_items"][key]["net_amount"]) for key in ("71", "72")} == {8}
    assert landed["orders"]["6"]["order_status"] == "Enviado"


def test_a_line_whose_number_another_has_waits(shop: Shop, loose: Settings) -> None:
    load(loose)
    shop.run("update loose_order_items set item_number = 1 where order_item_id = 42")
    load(loose)
    assert waiting(loose, "order_items") == {"42": LINE}
    proved(loose)
    (line,) = in_staging(loose).lines()
    assert line.startswith(f"waiting: order_items, {LINE}: 1 rows, 9.00, ")
    # Its sibling goes: nothing of the line itself has changed.
    shop.run("delete from loose_order_items where order_item_id = 41")
    load(loose)
    assert waiting(loose, "order_items") == {}
    proved(loose)


def test_a_deleted_line_leaves_its_number_to_another(shop: Shop, loose: Settings) -> None:
    shop.run("update loose_order_items set item_number = 1, deleted_at = updated_at"
             " where order_item_id = 42")  # fmt: skip
    load(loose)
    assert waiting(loose, "order_items") == {}


def test_doubled_keys_that_are_people_become_pseudonyms(shop: Shop, loose: Settings) -> None:
    for key in range(2, 9):
        shop.run(f"insert into loose_customers select * from customers where customer_id = 1"
                 f" and {key} > 0")  # fmt: skip
        shop.run(f"update loose_customers set customer_id = {key}"
                 " where rowid = (select max(rowid) from loose_customers)")  # fmt: skip
    shop.run(
        "update loose_customers set customer_id = '387.420.489-32' where customer_id in (2, 3)"
    )
    load(loose)
    waits = waiting(loose, "customers")
    assert len(waits) == 2
    assert not any("387" in key for key in waits)
    first, second = sorted(waits, key=len)
    assert second == f"{first}[linha 2]"


@pytest.mark.parametrize("null", [False, pytest.param(True, marks=pytest.mark.long)])
def test_where_most_keys_are_wrong_the_mapping_is(shop: Shop, loose: Settings, null: bool) -> None:
    value = "null" if null else "1"
    shop.run(f"update loose_orders set order_id = {value} where order_id < 7")
    with pytest.raises(UsageError, match="the key is null in 6" if null else "key is not unique"):
        load(loose)


def test_where_the_database_keeps_keys_nothing_is_looked_for(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("_by_key", "_is_numbered"):
        looks = f"loader.source.repeated.{name}"
        monkeypatch.setattr(looks, lambda query: asked.append(query.key))
    load(settings)
    assert not asked
