"""Mappings: what is wrong with them is said in plain words, all at once."""

from pathlib import Path

import pytest

from core.contract.entities import ENTITIES
from core.errors import UsageError
from core.settings import Settings
from loader.load import dry_run, load
from loader.source import mapping as mappings
from tests.loader.shop import Shop
from tests.loader.staging import content


def _mapping(folder: Path, **entities: str) -> str:
    """The path of a mapping in which entities are absent unless given."""
    lines = [f"  {name}: {entities.get(name, 'absent')}" for name in ENTITIES]
    file = folder / "mapping.yml"
    file.write_text("\n".join(["description: a test", "entities:", *lines]), encoding="utf-8")
    return str(file)


def _problems(source: str) -> list[str]:
    with pytest.raises(UsageError) as found:
        mappings.read(source)
    return str(found.value).splitlines()[1:]


def test_every_entity_of_the_sample_company_is_mapped() -> None:
    assert set(mappings.read("oltp").present) == set(ENTITIES)


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bad.yml"
    file.write_text(
        """
scema: core
entities:
  ordrs: {table: orders, key: id, cursor: none}
  orders: {table: a, sql: b, key: x, cursor: none, columns: {ordr_number: "1", order_id: z}}
  teams:
  customers: {tabel: c, cursor: changed, columns: {is_vip: 0, updated_at: changed}}
"""
    )
    problems = _problems(str(file))
    assert [p for p in problems if "not mapped" not in p] == [
        "description: required, but not given",
        "orders: give either `table:` or `sql:`, one of the two",
        "teams: expected `absent` or the settings of an entity",
        "customers.key: required, but not given",
        "customers.tabel: no such setting here; did you mean table?",
        "scema: no such setting here; did you mean schema?",
        "ordrs: not an entity of the contract; did you mean orders?",
        "orders.ordr_number: not a column of the contract; did you mean order_number?",
        "orders.order_id: filled by `key:`, so leave it out of `columns:`",
        "customers.updated_at: filled by `cursor:`, so leave it out of `columns:`",
    ]
    assert sum("not mapped" in p for p in problems) == len(ENTITIES) - 3


@pytest.mark.parametrize(
    ("text", "message"), [("a: [", "is not valid YAML"), ("just words", "the file: Input should")]
)
def test_file_that_is_no_mapping(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        mappings.read(str(file))


def test_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no mapping .*nowhere\.yml: .* oltp"):
        mappings.read("nowhere")


def test_problems_of_several_entities_with_the_database_are_told_at_once(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    shop.run("create table copies as select * from orders union all select * from orders")
    shop.run("insert into copies (order_id) values (null)")
    source = _mapping(
        tmp_path,
        customers="{table: custmers, key: customer_id, cursor: none}",
        orders="{table: copies, key: order_id, cursor: none}",
        regions="{sql: select * frm regions, key: region_id, cursor: none}",
        suppliers="{table: suppliers, key: supplier_id, cursor: supplier_name}",
        teams="{table: teams, key: team_idd, cursor: none, columns: {team_name: nope(1)}}",
        order_items="{sql: 'select 1 as order_item_id', key: order_item_id, cursor: none}",
    )
    with pytest.raises(UsageError) as found:
        dry_run(settings.model_copy(update={"source": source}))
    problems = str(found.value)
    for expected in (
        "customers: the source has no table custmers; did you mean customers?",
        "orders: the key is not unique: 3 values occur more than once, … for one",
        "orders: the key is null in 1 rows",
        'regions: the database rejects the SELECT: near "frm": syntax error',
        "suppliers: the cursor must give a timestamp, but the source gives text at key …",
        "teams: the database rejects the expression of team_id: no such column: team_idd",
        "teams: the database rejects the expression of team_name: no such function: nope",
        "order_items.unit_price: required, but the source has no such column",
    ):
        assert expected in problems


def test_select_with_cte_comment_and_colon(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    source = _mapping(
        tmp_path,
        teams="\n    sql: |\n      with t as (select team_id, 'a:b' as team_name, 7 as Extra_Note"
        "\n      from teams)\n      select * from t -- all: of them\n"
        "    key: \"'T-' || team_id\"\n    cursor: none\n    extras: [Extra_Note]",
    )
    settings = settings.model_copy(update={"source": source})
    load(settings)
    (team,) = content(settings)["teams"].values()
    assert (team["team_id"], team["team_name"], team["extra_note"]) == ("T-1", "a:b", 7)
    assert team["is_active"] is None


def test_columns_listed_keep_others_out(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    shop.run("alter table teams add column secret varchar(9) default 'x'")
    source = _mapping(
        tmp_path, teams="{table: teams, key: team_id, cursor: none, columns: {team_name: \"'T'\"}}"
    )
    settings = settings.model_copy(update={"source": source})
    load(settings)
    (team,) = content(settings)["teams"].values()
    assert "secret" not in team
    assert (team["team_name"], team["team_code"]) == ("T", "team_code1")


def test_changed_mapping_reaches_rows_that_did_not_change(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    team = "{table: teams, key: team_id, cursor: updated_at, columns: {team_name: %s}}"
    settings = settings.model_copy(update={"source": _mapping(tmp_path, teams=team % "team_code")})
    load(settings)
    _mapping(tmp_path, teams=team % "upper(team_code)")
    assert load(settings).total("updated") == 1
    assert content(settings)["teams"]["1"]["team_name"] == "TEAM_CODE1"


def test_another_source_does_not_mix_with_the_one_that_has_landed(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    load(settings)
    with pytest.raises(UsageError, match="holds the data of source 'oltp'"):
        load(settings.model_copy(update={"source": _mapping(tmp_path)}))
