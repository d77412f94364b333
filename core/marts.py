"""The built warehouse, read only: its tables for summary and publication, whatever its engine."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import duckdb
from pyarrow import parquet

from core.errors import LoaderError
from core.settings import Settings
from loader.source.read import CHUNK_ROWS

DAY = "data_id"
MONTHLY_ROWS = 1_000_000
"""A table of more rows, by day, has a file per month: a day's run writes few of them again."""

# data_id is 20251231; 0 is the month of what has none.
_MONTH = duckdb.CoalesceOperator(
    duckdb.ColumnExpression(DAY) // duckdb.ConstantExpression(100), duckdb.ConstantExpression(0)
)
# Of each row of the relation row_ all columns, in whatever order the rows come.
_CONTENT = (duckdb.SQLExpression("count(*)"), duckdb.SQLExpression("sum(hash(row_))"))


class NotBuiltError(LoaderError):
    """The warehouse lacks what was asked for."""


class Marts(Protocol):
    """An open warehouse; tables go by schema and name. All raise NotBuiltError."""

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns."""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The result of a SELECT."""

    def months(self, table: str) -> dict[int | None, str]:
        """The months of a big table, as 202512, each with a fingerprint of columns and rows.

        None stands for all rows: of a table that is not to be written by month.
        """

    def write(self, table: str, path: Path, month: int | None) -> None:
        """Write a month of a table, or all of it, to a Parquet file, by day if it has days.

        Then a reader that asks for some days skips the row groups of all others.
        """


@contextmanager
def opened(settings: Settings) -> Iterator[Marts]:
    """The warehouse of the settings, for reading. Raises LoaderError when it cannot be opened."""
    if settings.target == "duckdb":
        if not settings.warehouse.is_file():
            raise _not_built(settings)
        from core import warehouse

        with warehouse.embedded(settings) as database:
            yield _Embedded(settings, database)
        return
    if settings.target == "spark":
        from core.engines import spark

        with spark.lake(settings) as database:
            yield _Embedded(settings, database)
        return
    from core.engines import sqlserver

    with closing(sqlserver.connect(settings)) as connection:
        yield _Server(settings, connection)


class _Embedded:
    def __init__(self, settings: Settings, database: duckdb.DuckDBPyConnection) -> None:
        self._settings, self._database = settings, database

    def columns(self, table: str) -> list[str]:
        return [str(column) for column in self._table(table).columns]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(statement).fetchall()
        except duckdb.CatalogException as error:
            raise _not_built(self._settings) from error

    def months(self, table: str) -> dict[int | None, str]:
        relation = self._table(table)
        monthly = DAY in relation.columns and len(relation) > MONTHLY_ROWS
        month = _MONTH if monthly else duckdb.ConstantExpression(None)
        found = relation.set_alias("row_").aggregate([month.alias("month"), *_CONTENT]).fetchall()
        columns = list(zip(relation.columns, map(str, relation.types), strict=True))
        return {
            month: sha256(repr((columns, content)).encode()).hexdigest()
            for month, *content in found or [(None, 0)]
        }

    def write(self, table: str, path: Path, month: int | None) -> None:
        relation = self._table(table)
        if month is not None:
            relation = relation.filter(duckdb.ConstantExpression(month) == _MONTH)
        if DAY in relation.columns:
            relation = relation.sort(DAY)
        relation.write_parquet(str(path), compression="zstd")

    def _table(self, table: str) -> duckdb.DuckDBPyRelation:
        try:
            return self._database.table(table)
        except duckdb.CatalogException as error:
            raise _not_built(self._settings) from error


class _Server:
    def __init__(self, settings: Settings, connection: Any) -> None:
        self._settings, self._connection = settings, connection

    def columns(self, table: str) -> list[str]:
        cursor = self._run(f"select * from {table} where 1 = 0")  # noqa: S608
        return [column[0] for column in cursor.description]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._run(statement).fetchall()]

    def months(self, table: str) -> dict[int | None, str]:
        # The server has no checksum to trust.
        return {None: uuid4().hex}

    def write(self, table: str, path: Path, month: int | None) -> None:
        from core.engines.sqlserver import arrow_tables

        statement = f"select * from {table}"  # noqa: S608
        if DAY in self.columns(table):
            statement += f" order by {DAY}"
        tables = arrow_tables(self._run(statement), CHUNK_ROWS)
        first = next(tables)
        with parquet.ParquetWriter(path, first.schema, compression="zstd") as writer:
            writer.write_table(first)
            for more in tables:
                writer.write_table(more)

    def _run(self, statement: str) -> Any:
        import pyodbc

        try:
            return self._connection.execute(statement)
        except pyodbc.ProgrammingError as error:
            if error.args[0] == "42S02":
                raise _not_built(self._settings) from error
            raise


def _not_built(settings: Settings) -> NotBuiltError:
    return NotBuiltError(
        f"the warehouse {settings.warehouse_name} is not built yet; run `make load build`"
    )
