"""Which of the rows read from the source say something new: comparison by content."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from core.engines.base import CHUNK_ROWS
from core.private import SPILL

MEMORY_LIMIT = "1GB"


def changed(
    incoming: Iterable[pa.Table],
    known: Iterable[pa.Table],
    schema: pa.Schema,
    folder: Path,
    *,
    again: Iterable[pa.Table] = (),
) -> Iterator[pa.Table]:
    """The incoming rows that are not, column for column, among the known ones.

    ``again`` are rows to land again, but for those whose key, the first column, comes in anyway.
    All come in chunks of ``schema``; what does not fit into memory goes to files under ``folder``,
    which are gone afterwards.
    """
    with scratch(folder) as database:
        fill(database, "incoming", incoming, schema)
        fill(database, "known", known, schema)
        fill(database, "again", again, schema)
        key = schema.names[0]
        late = f"select * from again where {key} not in (select {key} from incoming)"  # noqa: S608
        database.execute(f"insert into incoming {late}")
        yield from read(database, "select * from incoming except select * from known", schema)


@contextmanager
def scratch(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own, of bounded memory, that leaves nothing behind."""
    with TemporaryDirectory(dir=folder, prefix=SPILL) as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": spill,
        }
        with duckdb.connect(config=config) as database:
            yield database


def fill(
    database: duckdb.DuckDBPyConnection, name: str, tables: Iterable[pa.Table], schema: pa.Schema
) -> None:
    """Create a table of ``schema`` with these rows."""
    database.from_arrow(schema.empty_table()).create(name)
    for table in tables:
        database.from_arrow(table).insert_into(name)


def read(
    database: duckdb.DuckDBPyConnection, statement: str, schema: pa.Schema
) -> Iterator[pa.Table]:
    """The result of a SELECT that gives the columns of ``schema``, in chunks."""
    for batch in database.sql(statement).to_arrow_reader(CHUNK_ROWS):
        yield pa.Table.from_batches([batch]).cast(schema)
