"""The control totals of the source, which its database adds up while the load goes on."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue

import sqlalchemy as sa

from core.totals import MONTH, Totals, measures, totals
from loader.source.databases.base import Database
from loader.source.query import Query, literal


@contextmanager
def adding_up(
    database: Database, connections: Sequence[sa.Connection], queries: Collection[Query]
) -> Iterator[dict[str, Future[Totals]]]:
    """The control totals by entity, each added up on one of the connections.

    The database is stopped when the caller fails.
    """
    free: SimpleQueue[sa.Connection] = SimpleQueue()
    for connection in connections:
        free.put(connection)

    def added_up(query: Query) -> Totals:
        connection = free.get()
        try:
            return add_up(connection, query)
        finally:
            free.put(connection)

    pool = ThreadPoolExecutor(len(connections))
    try:
        # What is sold comes last, and takes longest.
        yield {q.entity.name: pool.submit(added_up, q) for q in reversed(list(queries))}
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for connection in connections:
            database.stop(connection)
        raise
    finally:
        pool.shutdown()


def add_up(connection: sa.Connection, query: Query) -> Totals:
    """The control totals of the rows since ``query.since``."""
    rows = query.monthly(connection, query.since)
    sql = query.database.totals_sql
    present = query.filled.keys() - query.unproved
    selected = [
        literal(total).label(measure)
        for measure, total in measures(sql, query.entity, present).items()
    ]
    statement = sa.select(rows.c[MONTH], *selected).group_by(rows.c[MONTH])
    if query.since:
        statement = statement.where(rows.c[MONTH] >= query.since)
    found = connection.execute(statement)
    return totals(sql, query.entity, [row._asdict() for row in found])
