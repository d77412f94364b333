"""The schema creates itself, with its keys, checks and extraction indexes."""

import pytest
import sqlalchemy as sa

from core.contract import tables
from core.settings import ROOT
from tests.seeds_oltp.conftest import seed

pytestmark = pytest.mark.unit

SCRIPT = ROOT / "seeds_oltp/sqlserver.sql"


def test_the_sqlserver_script_is_up_to_date() -> None:
    assert SCRIPT.read_text(encoding="utf-8") == tables.sqlserver_script(), (
        "write it again: python -m seeds_oltp ddl > seeds_oltp/sqlserver.sql"
    )


def test_the_sqlserver_script_creates_only_what_is_missing() -> None:
    batches = SCRIPT.read_text(encoding="utf-8").split("\nGO\n")
    creating = [batch for batch in batches if "CREATE TABLE" in batch]
    assert len(creating) == len(tables.metadata.tables) == 11
    assert all("IF OBJECT_ID(N'core." in batch for batch in creating)
    assert all("updated_at, " in batch.partition("CREATE INDEX")[2] for batch in creating)


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, base: sa.Engine) -> sa.Engine:
    if request.param == "sqlite":
        return base
    url = request.getfixturevalue("postgres")
    seed(url, 20)
    return tables.engine(url)


def test_it_is_all_there(engine: sa.Engine) -> None:
    named = None if engine.dialect.name == "sqlite" else tables.SCHEMA
    inspector = sa.inspect(engine)
    for table in tables.metadata.sorted_tables:
        (key,) = table.primary_key.columns
        found = [column["name"] for column in inspector.get_columns(table.name, schema=named)]
        assert found == [column.name for column in table.columns]
        indexes = inspector.get_indexes(table.name, schema=named)
        assert ["updated_at", key.name] in [index["column_names"] for index in indexes]
        foreign = inspector.get_foreign_keys(table.name, schema=named)
        assert len(foreign) == len(table.foreign_keys)


@pytest.mark.parametrize(
    "values",
    [
        {"quantity": 0},
        {"return_quantity": 100_000},
        {"net_amount": -1},
        {"item_number": 2},
    ],
)
def test_constraints_are_enforced(engine: sa.Engine, values: dict[str, int]) -> None:
    table = tables.order_items
    several = sa.select(table.c.order_id).where(table.c.item_number == 2).limit(1).scalar_subquery()
    change = sa.update(table).where(table.c.order_id == several, table.c.item_number == 1)
    with engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(change.values(**values))
