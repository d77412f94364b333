"""Which of the rows read from the source say something new: comparison by content."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from loader.source import CHUNK_ROWS

MEMORY_LIMIT = "1GB"


def changed(
    incoming: Iterable[pa.Table], known: Iterable[pa.Table], schema: pa.Schema, scratch: Path
) -> Iterator[pa.Table]:
    """The incoming rows that are not, column for column, among the known ones.

    Both come in chunks of ``schema``; what does not fit into memory goes to files under
    ``scratch``, which are gone afterwards.
    """
    with TemporaryDirectory(dir=scratch) as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": folder,
        }
        with duckdb.connect(config=config) as database:
            _fill(database, "incoming", incoming, schema)
            _fill(database, "known", known, schema)
            news = database.sql("select * from incoming except select * from known")
            for batch in news.to_arrow_reader(CHUNK_ROWS):
                yield pa.Table.from_batches([batch]).cast(schema)


def _fill(
    database: duckdb.DuckDBPyConnection, name: str, tables: Iterable[pa.Table], schema: pa.Schema
) -> None:
    database.from_arrow(schema.empty_table()).create(name)
    for table in tables:
        database.from_arrow(table).insert_into(name)
