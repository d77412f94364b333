"""Columns whose names are words of SQL, ours, one another's, or no names at all."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from core.contract.entities import ENTITIES
from core.settings import Settings
from loader.load import load
from loader.source.names import LONGEST, landed_name, landed_names
from tests.loader.shop import Shop
from tests.loader.staging import content

ODD = [
    "group", "order", "month", "key", "select", "pivot", "qualify", "entity", "n", "rows", "index",
    "_dlt_id", "_dlt_load_id", "_dw_month", "_quarantine", "order_key", "order_month", "landed",
    'a "quoted" one', "with.dot", "a b", "a_b", "100%", "50% off", "1st", "Observação", "日付",
    "🎁", "x" * 200, "Note", "note", "[brackets]", "semi;colon", "col:on", "it's", "`tick`",
    r"back\slash",
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("Observação", "observacao"),
        ("OrderDate", "order_date"),
        ("Preço (R$)", "preco_r"),
        ("1st", "_1st"),
        ("note_", "note"),
        ("_dlt_load_id", "dlt_load_id"),
        ("_dw_month", "dw_month"),
        ("_quarantine", "quarantine"),
        ("日付", "ri_fu"),
        ("a.b", "a_b"),
    ],
)
def test_a_column_is_called_what_every_warehouse_takes(column: str, name: str) -> None:
    assert landed_name(column) == name
    assert landed_name(name) == name


@pytest.mark.parametrize("column", ODD)
def test_a_name_stays_what_it_is_when_it_is_normalised_again(column: str) -> None:
    name = landed_name(column)
    assert landed_name(name) == name
    assert name.isascii()
    assert len(name) <= LONGEST


def test_columns_that_would_share_a_name_are_both_kept() -> None:
    found = landed_names(["Note", "NOTE", "note", "OrderDate", "order_date"], {"order_date"})
    assert found.sources["note"] == "note"
    assert found.sources["order_date"] == "order_date"
    assert sorted(found.sources.values()) == ["NOTE", "Note", "OrderDate", "note", "order_date"]
    assert sorted(found.renamed.values()) == ["NOTE", "Note", "OrderDate"]
    # Another column that comes later moves none of them.
    assert landed_names(["Note", "NOTE"], ()).sources["note"] == "Note"
    later = landed_names(["Note", "NOTE", "other"], ()).sources
    assert later.items() >= landed_names(["Note", "NOTE"], ()).sources.items()


def _mapped(settings: Settings, folder: Path, entity: str, mapping: str) -> Settings:
    file = folder / "odd.yml"
    file.write_text(
        "description: odd names\nentities:\n"
        + "".join(f"  {name}: absent\n" for name in ENTITIES if name != entity)
        + f"  {entity}: {mapping}\n"
    )
    return settings.model_copy(update={"source": str(file)})


def test_columns_of_any_name_land_and_land_again(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    # SQLite's own names ignore case.
    names = [name for name in ODD if name != "Note"]
    quoted = [shop.engine.dialect.identifier_preparer.quote_identifier(name) for name in names]
    with shop.engine.begin() as connection:
        selected = ", ".join(f"order_id as {name}" for name in quoted)
        statement = f"create table odd as select orders.*, {selected} from orders"
        connection.execute(sa.text(statement.replace(":", r"\:")))
    settings = _mapped(
        settings, tmp_path, "orders", "{table: odd, key: order_id, cursor: updated_at, extras: all}"
    )
    told = load(settings).renamed
    assert len(told) == 1
    assert told[0].startswith("orders: 'a b' lands as a_b_")
    for _ in range(2):
        assert load(settings).load_id is None
    shop.run("update odd set \"group\" = 7, updated_at = '2025-03-09 12:00:00' where order_id = 2")
    assert load(settings).total("updated") == 1
    landed = content(settings)["orders"]
    assert landed["2"]["group"] == 7
    assert landed["1"]["month"] == landed["1"]["observacao"] == landed["1"]["dlt_load_id"] == 1
    extras = landed_names(names, {c.name for c in ENTITIES["orders"].columns}).sources
    assert len(extras) == len(names)
    for name in extras:
        assert landed["3"][name] == 3


def test_the_name_of_a_column_means_the_column_in_a_mapping(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    shop.run(
        'create table "order" as select order_id as "key", order_status as "group",'
        ' order_date as "Data da Compra", order_number as "select", updated_at as "when"'
        " from orders"
    )
    settings = _mapped(
        settings,
        tmp_path,
        "orders",
        "{table: order, key: key, cursor: when, columns: {order_status: group,"
        " order_date: Data da Compra, order_number: select}}",
    )
    load(settings)
    assert load(settings).load_id is None
    landed = content(settings)["orders"]
    assert {row["order_status"] for row in landed.values()} == {"Pago"}
    assert set(landed) == {"1", "2", "3"}
