"""What every source database does alike; each kind of database is a module beside this one."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any, ClassVar, Self

import pyarrow as pa
import sqlalchemy as sa

from core.errors import UsageError
from core.totals_sql import TotalsSql

Types = tuple[tuple[type[sa.types.TypeEngine[Any]], pa.DataType], ...]
TYPES: Types = (
    (sa.Boolean, pa.bool_()),
    (sa.Integer, pa.int64()),
    (sa.Numeric, pa.decimal128(38, 9)),
    (sa.DateTime, pa.timestamp("us")),
    (sa.Date, pa.date32()),
    (sa.String, pa.string()),
    (sa.Uuid, pa.string()),
)
"""What a column beyond the contract may be, by the type that its table declares."""


class NoSnapshotError(UsageError):
    """The source would have to be read while it changes."""


class Database:
    """A source database of one kind: how its state is read, and what only its SQL does.

    As a context it closes, at its end, what has been connected.
    """

    totals_sql: ClassVar[TotalsSql]
    types: ClassVar[Types] = TYPES
    statement_seconds: int = 7200
    """After which a server ends a statement; SQLite, a file of this machine, has no such limit."""

    def __init__(self, url: sa.URL, *, patience: float = 0, consistent: bool = True) -> None:
        """Nothing is connected yet.

        ``patience`` is the seconds that a server may take to start. ``consistent=False`` reads a
        database that gives no snapshot all the same. Raises ImportError without its driver.
        """
        self.patience, self.consistent = patience, consistent
        self.engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
        self._connected = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connected.close()

    @property
    def label(self) -> str:
        """What messages call it; without user and password."""
        url = self.engine.url
        label = f"{self.engine.dialect.name} database {url.database!r}"
        return f"{label} on {url.host}" if url.host else label

    def exists(self) -> bool:
        """Whether it is there, as far as that can be known without connecting."""
        return True

    def connect(self) -> sa.Connection:
        """A new connection, with no transaction yet."""
        return self._connected.enter_context(self.engine.connect())

    def begin(self, connection: sa.Connection) -> sa.Connection:
        """The connection, in a transaction that sees one state of the database until its end."""
        return connection

    def snapshot(self) -> list[sa.Connection]:
        """Connections that see one state: more than one, where the database shows it to more."""
        return [self.begin(self.connect())]

    def looked_up(
        self, connection: sa.Connection, rows: sa.Select[Any], column: str
    ) -> sa.FromClause:
        """A SELECT to join with, of which a row is found by a column for each of many others."""
        return rows.subquery("dates")

    def stop(self, connection: sa.Connection) -> None:
        """End what another thread has the database do, where its driver can."""

    def schema(self, default: str | None) -> str | None:
        """The schema of a table that the mapping names without one."""
        return default

    def moment(self, moment: Any) -> sa.BindParameter[Any]:
        """A timestamp to compare columns with."""
        return sa.literal(moment, sa.DateTime())

    def declared_type(self, declared: sa.types.TypeEngine[Any]) -> pa.DataType | None:
        """What a column beyond the contract lands as; None: its type is not known."""
        return next((arrow for kind, arrow in self.types if isinstance(declared, kind)), None)


def arrow_types() -> Iterable[pa.DataType]:
    """All that a column beyond the contract may land as."""
    return dict.fromkeys(arrow for _, arrow in TYPES)
