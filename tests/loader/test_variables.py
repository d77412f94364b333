"""Variables of mappings: values become names, numbers and quoted texts, and never SQL."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from core.contract.entities import ENTITIES
from core.errors import UsageError
from core.settings import Settings
from loader.load import load
from loader.source import mapping as mappings
from loader.source.variables import Variable
from tests.loader.shop import Shop
from tests.loader.staging import content

BASE: dict[str, Any] = {
    "description": "a test",
    "variables": {
        "prefix": {"about": "before each table's name", "kind": "name", "default": ""},
        "shop": {"about": "the shop's number", "kind": "number"},
        "brand": {"about": "the company", "kind": "text", "default": "d'Ávila"},
        "statuses": {
            "about": "own statuses", "kind": "translations", "default": {},
            "allowed": ["Ativo", "Inativo"],
        },
    },
    "entities": dict.fromkeys(map(str.lower, ENTITIES), "absent")
    | {
        "teams": {
            "table": "${prefix}teams",
            "key": "team_id",
            "cursor": "none",
            "columns": {
                "team_code": "${brand}",
                "region_id": "region_id + ${shop}",
                "team_type": "case team_type ${statuses} when 'x' then 'y' else team_type end",
            },
        }
    },
}  # fmt: skip


def _own(folder: Path, **variables: Any) -> str:
    (folder / "base.yml").write_text(yaml.safe_dump(BASE, allow_unicode=True), encoding="utf-8")
    own = folder / "own.yml"
    text = yaml.safe_dump({"mapping": "base.yml", "variables": variables}, allow_unicode=True)
    own.write_text(text, encoding="utf-8")
    return str(own)


def _problems(source: str) -> list[str]:
    with pytest.raises(UsageError) as found:
        mappings.read(source)
    return str(found.value).splitlines()[1:]


def test_a_companys_own_file_gives_the_values(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    shop.run("alter table teams rename to s2_teams")
    shop.run("update s2_teams set team_type = 'it''s on'")
    source = _own(tmp_path, prefix="s2_", shop=-3, statuses={"it's on": "Ativo"})
    load(settings.model_copy(update={"source": source}))
    (team,) = content(settings)["teams"].values()
    assert (team["team_code"], team["region_id"]) == ("d'Ávila", "-2")
    assert team["team_type"] == "Ativo"


def test_what_is_missing_or_wrong_is_told_at_once(tmp_path: Path) -> None:
    problems = _problems(_own(tmp_path, prefx="a", statuses={"on": "Active"}, prefix="a-b"))
    assert problems == [
        "variables.prefx: the mapping has no such variable; did you mean prefix?",
        "variables.prefix: expected letters, digits and _",
        "variables.shop: not given; the shop's number",
        "variables.statuses: expected own names, each with one of Ativo, Inativo",
    ]


def test_a_place_that_nothing_declares_is_told(tmp_path: Path) -> None:
    wrong = yaml.safe_dump(BASE).replace("${brand}", "${brnd}")
    (tmp_path / "wrong.yml").write_text(wrong, encoding="utf-8")
    assert "variables.brnd: used, but not declared; did you mean brand?" in _problems(
        str(tmp_path / "wrong.yml")
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("name", "a b"), ("name", "a;b"), ("name", "a`b"), ("name", 'a"b'), ("name", "a.b"),
        ("name", "ação"), ("name", "a\n"), ("name", True), ("name", ["a"]), ("name", {"a": "b"}),
        ("number", "1 or 1"), ("number", "1e9"), ("number", "0x1"), ("number", ""),
        ("number", float("inf")), ("number", "1\n"),
        ("text", "a\\"), ("text", "a\x00"), ("text", "a\n"), ("text", ":a"), ("text", "%s"),
        ("text", "${a}"), ("text", "a" * 256),
        ("translations", "a"), ("translations", {"a\\": "b"}), ("translations", {"a": "b\\"}),
    ],
)  # fmt: skip
def test_what_could_be_sql_is_refused(kind: Any, value: Any) -> None:
    assert Variable(about="", kind=kind).sql(value) is None


@pytest.mark.parametrize("value", ["'", "''", "' or '1'='1", '"; drop table x; --', "/* a", "ã'`"])
def test_a_text_stays_a_text(value: str) -> None:
    sql = Variable(about="", kind="text").sql(value)
    with sa.create_engine("sqlite://").connect() as connection:
        assert connection.exec_driver_sql(f"select {sql}").scalar_one() == value
