"""A database for what does not fit into memory, gone when it is done with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from core.engines.base import CHUNK_ROWS
from core.private import SPILL

MEMORY_LIMIT = "1GB"


@contextmanager
def opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
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
