"""A mapping's SQL is one SELECT or one expression: nothing else reaches the company's database."""

from pathlib import Path

import pytest

from core.contract.entities import ENTITIES
from core.errors import UsageError
from core.settings import Settings
from loader.load import dry_run
from loader.source.statements import leaves_brackets
from tests.loader.shop import Shop

DIALECTS = ("sqlite", "postgresql", "mysql", "mariadb", "mssql")
SEVERAL = (
    "select 1; commit; create table t (a int)",
    "select 1) x; create table t (a int); select * from (select 1",
    "select 1) union all (select 2",
    "select (1",
    "select 'a",
    "select 1 /* a",
    "select /* /* */ 1); drop table t -- */ */ 1",
    "select /*! 1); drop table t */ 1",
    "select ';' ; select ';'",
    "select 'it''s'); commit; --'",
)
ONE = (
    "select ';', ')', 'it''s (' from t -- ; )",
    'select ";)" from t',
    "select coalesce(a, (select max(b) from u)) from t /* ; ) */",
    "with t as (select 1 as a) select a from t",
)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("sql", SEVERAL)
def test_more_than_one_statement_is_told(dialect: str, sql: str) -> None:
    assert leaves_brackets(sql, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("sql", ONE)
def test_signs_in_texts_names_and_comments_are_no_statements(dialect: str, sql: str) -> None:
    assert leaves_brackets(sql, dialect) is None


def test_each_dialect_quotes_its_own_way() -> None:
    assert leaves_brackets("select [a;b)]", "mssql") is None
    assert leaves_brackets("select `a;b)`", "mysql") is None
    assert leaves_brackets("select $$;)$$", "postgresql") is None
    assert leaves_brackets(r"select '\';'", "mysql") is None
    assert leaves_brackets(r"select '\'; commit --'", "postgresql")


@pytest.mark.parametrize(
    ("team", "part"),
    [
        ("{sql: 'select 1; commit; create table evil (a int)', key: '1', cursor: none}", "SELECT"),
        ("{table: teams, key: '1); create table evil (a int', cursor: none}", "team_id"),
        ("{table: teams, key: team_id, cursor: '1; commit'}", "updated_at"),
        ("{table: teams, key: team_id, cursor: none, columns: {team_name: '1) x ('}}", "team_name"),
    ],
)
def test_nothing_of_it_reaches_the_source(
    shop: Shop, settings: Settings, tmp_path: Path, team: str, part: str
) -> None:
    lines = [f"  {name}: {team if name == 'teams' else 'absent'}" for name in ENTITIES]
    file = tmp_path / "mapping.yml"
    file.write_text("\n".join(["description: a test", "entities:", *lines]), encoding="utf-8")
    with pytest.raises(UsageError, match=rf"teams: the (expression of )?{part} must be one"):
        dry_run(settings.model_copy(update={"source": str(file)}))
