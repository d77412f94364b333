"""Which of the rows read from the source say something new: comparison by content."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from core import scratch


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
    with scratch.opened(folder) as database:
        scratch.fill(database, "incoming", incoming, schema)
        scratch.fill(database, "known", known, schema)
        scratch.fill(database, "again", again, schema)
        key = schema.names[0]
        late = f"select * from again where {key} not in (select {key} from incoming)"  # noqa: S608
        database.execute(f"insert into incoming {late}")
        yield from scratch.read(
            database, "select * from incoming except select * from known", schema
        )
