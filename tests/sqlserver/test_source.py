"""The statements that a source on SQL Server is sent, by SQL Server's grammar."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.mssql import pyodbc

from core.contract.entities import ENTITIES
from loader.source import check, repeated, totals
from loader.source.databases.sqlserver import SQLServer
from loader.source.query import Query
from loader.source.snapshot import Source
from tests.sqlserver.parser import TOOL, Parser

DATABASE = SQLServer(sa.make_url("mssql+pyodbc://server/shop?driver=none"))
DIALECT = pyodbc.dialect(paramstyle="qmark")  # type: ignore[no-untyped-call]


class Recorder:
    """A connection that keeps what it is asked and answers with nothing."""

    dialect = DIALECT

    def __init__(self) -> None:
        self.asked: list[str] = []

    def execute(self, statement: Any, **_: Any) -> "Recorder":
        compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
        self.asked.append(str(compiled).replace("?", "@P"))
        return self

    def scalar(self) -> None: ...

    def first(self) -> None: ...

    def one(self) -> tuple[int, int]:
        return 1, 1

    def scalar_one(self) -> int:
        return 0

    def fetchall(self) -> list[Any]:
        return []

    def partitions(self) -> Iterator[Any]:
        return iter(())

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        return iter(())


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    if not TOOL.is_file():
        pytest.skip(f"{TOOL} is not there (DW_SHARED_TOOLS names its folder)")
    monkeypatch.setattr(sa, "inspect", lambda _: None)
    return Recorder()


def query(name: str, orders: Query | None = None) -> Query:
    entity = ENTITIES[name]
    rows = sa.table(name, schema="core")
    expressions = {column.name: f"[{column.name}]" for column in entity.columns}
    return Query(DATABASE, entity, rows, expressions, cursor="[updated_at]", orders=orders)


def test_every_statement_is_one_of_sql_server(recorder: Recorder) -> None:
    connection: Any = recorder
    source = Source(None, DATABASE, connection)  # type: ignore[arg-type]
    orders = query("orders")
    parser = Parser()
    for name in ENTITIES:
        asked = query(name, orders if ENTITIES[name].month == "order_id" else None)
        repeated.doubtful(connection, asked)
        check._key_problems(connection, asked)
        for read in (asked, repeated.set_apart(asked)):
            totals.add_up(connection, read)
            source.count(read, datetime(2025, 1, 1))
            list(source.read(read, datetime(2025, 1, 1)))
            list(source.read(read, months=["2025-01", "2025-02"]))
            list(source.keys(read, ["2025-01"]))
    assert len(recorder.asked) > 12 * len(ENTITIES)
    for statement in recorder.asked:
        assert len(parser.statements(statement)) == 1
