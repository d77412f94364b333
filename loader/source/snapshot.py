"""The company's database, read only: one consistent snapshot, as Arrow tables of the contract."""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from core.errors import SourceUnreachableError
from core.refusals import told
from core.totals import Totals
from loader.source import check, read, totals
from loader.source import mapping as mappings
from loader.source.databases import database
from loader.source.databases.base import Database
from loader.source.guard import Guard
from loader.source.problems import SourceProblem, SourceProblemsError
from loader.source.query import COPY, Query
from loader.source.reflect import Reflection
from loader.source.repeated import doubtful, named_apart, set_apart


class Source:
    """An open snapshot of the company's database, seen through its mapping."""

    def __init__(
        self,
        mapping: mappings.Mapping,
        database: Database,
        *connections: sa.Connection,
        guard: Guard | None = None,
    ) -> None:
        """All connections see the same state of the database; ``guard`` says what may land."""
        self.mapping, self.database, self.connections = mapping, database, connections
        self.guard = guard
        self._connection = connections[0]
        self._inspector = sa.inspect(self._connection)

    def query(self, name: str, landed: Mapping[str, str]) -> Query:
        """The query of an entity that the source has, tried against the database.

        ``landed`` are the columns that earlier loads filled, with the names of their Arrow types.
        Raises SourceProblemsError.
        """
        mapped, schema = self.mapping.present[name], self.mapping.schema_name
        reflected = Reflection(
            self.database,
            self._connection,
            self._inspector,
            name,
            mapped,
            schema,
            trim_keys=self.mapping.trim_keys,
        )
        return reflected.query(landed)

    def problems(self, query: Query, *, is_new: bool) -> list[str]:
        """What is wrong with the rows: their keys, and the types of a sample.

        ``is_new``: nothing has been loaded by this mapping yet.
        """
        return check.problems(self._connection, query, is_new=is_new)

    def apart(self, query: Query) -> Query:
        """The query; if rows share a key or have none, it tells them apart.

        Raises SourceProblemsError.
        """
        try:
            with self._connection.begin_nested():
                return set_apart(query) if doubtful(self._connection, query) else query
        except DBAPIError as error:
            message = SourceProblem.BAD_SQL(
                entity=query.entity.name, part="SELECT", error=told(error)
            )
            raise SourceProblemsError(message) from error

    def nearly(self, queries: Collection[Query]) -> list[str]:
        """Where keys are another entity's in another spelling, or are told apart by blanks."""
        return check.nearly(self._connection, queries)

    def trimmed(self, queries: Collection[Query]) -> list[str]:
        """How many keys land without the blanks at their ends, since the mapping says so."""
        return check.trimmed(self._connection, queries)

    def count(self, query: Query, start: datetime | None) -> int:
        """How many rows :meth:`read` would give."""
        statement = sa.select(sa.func.count()).select_from(query.rows)
        return self._connection.execute(query.changed_since(statement, start)).scalar_one()

    def read(
        self, query: Query, start: datetime | None = None, months: Collection[str] | None = None
    ) -> Iterator[pa.Table]:
        """The rows whose cursor is ``start`` or later, or null, and whose month is in ``months``.

        A value that its column cannot hold lands as null, and the row says why. Raises
        SchemaContractError when a column no longer is what it was.
        """
        if months is None or query.month is None:
            statement = query.changed_since(query.select(), start)
        else:
            statement = query.in_months(self._connection, query.expressions, months)
        for table in read.rows(self._connection, query, statement, start):
            guarded = self.guard.rows(query, table) if self.guard else table
            yield named_apart(guarded, query.key) if query.is_doubtful else guarded

    def keys(self, query: Query, months: Collection[str] | None) -> Iterator[pa.Table]:
        """The keys of the rows, all or those of some months, as they land, in a column ``key``."""
        names = [query.key, COPY] if query.is_doubtful else [query.key]
        if months is None:
            rows = query.select().subquery("rows_")
            statement = sa.select(*(rows.c[name] for name in names))
        else:
            statement = query.in_months(self._connection, names, months)
        for table in read.keys(self._connection, statement):
            guarded = self.guard.keys(query, table) if self.guard else table
            yield named_apart(guarded, "key") if query.is_doubtful else guarded

    def totals(
        self, queries: Collection[Query]
    ) -> AbstractContextManager[dict[str, Future[Totals]]]:
        """The control totals by entity of the rows since ``query.since``.

        The database adds them up while the caller goes on, who reads nothing else here meanwhile;
        it is stopped when the caller fails.
        """
        return totals.adding_up(self.database, self.connections, queries)


@contextmanager
def snapshot(
    url: str,
    mapping: mappings.Mapping,
    *,
    patience: float = 0,
    consistent: bool = True,
    statement_minutes: float = 120,
    guard: Guard | None = None,
) -> Iterator[Source]:
    """Open the database of a SQLAlchemy URL read only, in one consistent state.

    ``patience`` is the seconds that a server may take to start. ``consistent=False`` reads a SQL
    Server without snapshot isolation all the same. A server ends what takes longer than
    ``statement_minutes``. Raises UsageError for a URL that is none or a
    database that gives no snapshot, SourceUnreachableError.
    """
    with database(url, patience=patience, consistent=consistent) as opened:
        opened.statement_seconds = max(1, round(60 * statement_minutes))
        where = f"the source, {opened.label}"
        if not opened.exists():
            raise SourceUnreachableError(f"{where}, does not exist; check DW_OLTP_URL")
        try:
            connections = opened.snapshot()
        except DBAPIError as error:
            raise SourceUnreachableError(
                f"{where}, cannot be read: {told(error)}; check DW_OLTP_URL"
            ) from error
        yield Source(mapping, opened, *connections, guard=guard)
