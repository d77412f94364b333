"""The company's database, read only: one consistent snapshot, as Arrow tables of the contract."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from dlt.common.normalizers.naming.snake_case import NamingConvention
from sqlalchemy.dialects.mssql import MONEY, SMALLMONEY
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from core.contract.entities import (
    ENTITIES,
    HARD_DELETED_AT,
    QUARANTINE,
    TECHNICAL,
    Column,
    Entity,
    arrow_schema,
)
from core.contract.values import arrow_array, cut, describe, describe_value, fitting, reason
from core.engines.dialects import DIALECTS, teach
from core.errors import (
    LoaderError,
    SchemaContractError,
    SourceUnreachableError,
    UsageError,
    first_line,
)
from core.totals import MONTH, Totals, measures, totals
from loader.source import mapping as mappings
from loader.source.mapping import EntityMapping, Problem, did_you_mean

# Rows turned into Arrow at once: few enough to stay in the processor's cache.
FETCH_ROWS = 5_000
# Rows handed on at once: a Parquet row group of a size that engines read well.
CHUNK_ROWS = 100_000
# Rows whose values are tried before anything is loaded.
SAMPLE_ROWS = 1_000
# Fewer values of a sample, or of a chunk, that do not fit are odd rows, not another type, even if
# they are most of it: columns that are hardly ever filled, chunks of a few rows.
RETYPED_SAMPLED = 10
RETYPED_READ = 100

# What a column beyond the contract may be, by the type that its table declares.
_EXTRA_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], pa.DataType], ...] = (
    (sa.Boolean, pa.bool_()),
    (sa.Integer, pa.int64()),
    (sa.Numeric, pa.decimal128(38, 9)),
    (MONEY, pa.decimal128(38, 9)),
    (SMALLMONEY, pa.decimal128(38, 9)),
    (sa.DateTime, pa.timestamp("us")),
    (sa.Date, pa.date32()),
    (sa.String, pa.string()),
    (sa.Uuid, pa.string()),
)

_snake_case = NamingConvention()


class SourceProblemsError(LoaderError):
    """The source does not fit its mapping: one line per problem."""


@dataclass(frozen=True)
class Query:
    """How one entity is read: an SQL expression for each landed column that the source fills."""

    entity: Entity
    rows: sa.FromClause
    expressions: Mapping[str, str]
    """Column name to SQL; a column of the contract that is not in here lands as null."""
    extras: tuple[Column, ...] = ()
    """What the source has beyond the contract."""
    cursor: str | None = None
    left_out: tuple[str, ...] = ()
    """What else the source has, but without a value or of a type that staging does not know."""
    key_is_declared: bool = False
    """The database itself keeps the key unique and not null."""
    cursor_is_declared: bool = False
    """The database itself keeps the cursor not null."""
    declared: Mapping[str, sa.types.TypeEngine[Any]] = field(default_factory=dict)
    """The types of those landed columns that are columns of a table, as it declares them."""
    orders: "Query | None" = None
    """What gives the rows their months, if that is their orders and orders are loaded too."""
    since: str = ""
    """The first month, yyyy-mm, that is compared with staging; empty: all are."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The landed columns, in order."""
        return self.entity.columns + self.extras

    @property
    def arrow_schema(self) -> pa.Schema:
        """The landed columns with their types, in order."""
        return arrow_schema(self.entity.key, self.columns)

    @property
    def filled(self) -> dict[str, str]:
        """The columns that the source fills, with the names of their Arrow types."""
        return {c.name: str(c.type) for c in self.columns if c.name in self.expressions}

    @property
    def month(self) -> str | None:
        """The column that the rows have their months by; None: they have none."""
        column = self.entity.month
        if column == ENTITIES["orders"].key and self.orders is None:
            return None
        return column if column in self.expressions else None


class Source:
    """An open snapshot of the company's database, seen through its mapping."""

    def __init__(self, mapping: mappings.Mapping, *connections: sa.Connection) -> None:
        """All connections see the same state of the database."""
        self.mapping = mapping
        self._connections = connections
        self._connection = connection = connections[0]
        self._inspector = sa.inspect(connection)
        self._quote = connection.dialect.identifier_preparer.quote
        self._dialect = DIALECTS[connection.dialect.name]

    def query(self, name: str, landed: Mapping[str, str]) -> Query:
        """The query of an entity that the source has, tried against the database.

        ``landed`` are the columns that earlier loads filled, with the names of their Arrow types.
        Raises SourceProblemsError.
        """
        entity, mapped = ENTITIES[name], self.mapping.present[name]
        rows = self._rows(name, mapped)
        found = {_snake_case.normalize_identifier(c): c for c in self._names(name, rows)}
        contract = {column.name for column in entity.columns + TECHNICAL}
        expressions = {c: self._quote(found[c]) for c in found if c in contract}
        expressions |= mapped.columns or {}
        expressions[entity.key] = mapped.key
        if mapped.cursor is not None:
            expressions["updated_at"] = mapped.cursor
        extras = {}
        if mapped.columns is None:
            extras = {c: found[c] for c in found if c not in contract}
        problems = [
            Problem.COLUMN_GONE(entity=name, column=column)
            for column in landed
            if column not in expressions and column not in extras
        ]
        problems += [
            Problem.MISSING_COLUMN(entity=name, column=column.name)
            for column in entity.columns
            if column.required and column.name not in expressions and column.name not in landed
        ]
        problems += self._rejected(name, rows, expressions)
        if problems:
            raise SourceProblemsError("\n".join(problems))
        typed = self._typed(name, rows, mapped, extras, landed)
        return Query(
            entity=entity,
            rows=rows,
            expressions=expressions | {c.name: self._quote(extras[c.name]) for c in typed},
            extras=typed,
            left_out=tuple(f"{name}.{c}" for c in extras if c not in {t.name for t in typed}),
            cursor=mapped.cursor,
            key_is_declared=self._is_declared_key(mapped),
            cursor_is_declared=self._is_declared_cursor(mapped),
            declared=self._declared(mapped, expressions),
        )

    def problems(self, query: Query, start: datetime | None) -> list[str]:
        """What is wrong with the rows since ``start``: their keys, and the types of a sample."""
        try:
            with self._connection.begin_nested():
                keys = [] if query.key_is_declared else self._key_problems(query, start)
                return keys + self._type_problems(query)
        except DBAPIError as error:
            name = query.entity.name
            return [Problem.BAD_SQL(entity=name, part="SELECT", error=_message(error))]

    def count(self, query: Query, start: datetime | None) -> int:
        """How many rows :meth:`read` would give."""
        statement = sa.select(sa.func.count()).select_from(query.rows)
        return self._connection.execute(_since(statement, query, start)).scalar_one()

    def read(
        self, query: Query, start: datetime | None = None, months: Collection[str] | None = None
    ) -> Iterator[pa.Table]:
        """The rows whose cursor is ``start`` or later, or null, and whose month is in ``months``.

        A value that its column cannot hold lands as null, and the row says why. Raises
        SchemaContractError when a column no longer is what it was.
        """
        statement = _since(_statement(query), query, start)
        if months is not None and query.month is not None:
            dated = self._monthly(query)
            statement = sa.select(*(dated.c[name] for name in query.expressions))
            statement = statement.where(dated.c[MONTH].in_(sorted(months)))
        options = {"yield_per": FETCH_ROWS}
        with self._connection.execute(statement, execution_options=options) as result:
            tables: list[pa.Table] = []
            for rows in result.partitions():
                tables.append(_window(_table(query, rows), start))
                if len(tables) * FETCH_ROWS >= CHUNK_ROWS:
                    yield pa.concat_tables(tables)
                    tables = []
            if tables:
                yield pa.concat_tables(tables)

    def keys(self, query: Query, months: Collection[str] | None) -> Iterator[pa.Table]:
        """The keys of the rows, all or those of some months, as they land, in a column ``key``."""
        if months is None:
            statement = sa.select(_statement(query).subquery().c[query.entity.key])
        else:
            rows = self._monthly(query)
            statement = sa.select(rows.c[query.entity.key])
            statement = statement.where(rows.c[MONTH].in_(sorted(months)))
        options = {"yield_per": CHUNK_ROWS}
        with self._connection.execute(statement, execution_options=options) as result:
            for partition in result.partitions():
                keys = [key for (key,) in partition]
                yield pa.table({"key": arrow_array(keys, pa.string())})

    @contextmanager
    def totals(self, queries: Collection[Query]) -> Iterator[dict[str, Future[Totals]]]:
        """The control totals by entity of the rows since ``query.since``.

        The database adds them up while the caller goes on, who reads nothing else here meanwhile;
        it is stopped when the caller fails.
        """
        free: SimpleQueue[sa.Connection] = SimpleQueue()
        for connection in self._connections:
            free.put(connection)

        def added_up(query: Query) -> Totals:
            connection = free.get()
            try:
                return self._totals(connection, query)
            finally:
                free.put(connection)

        pool = ThreadPoolExecutor(len(self._connections))
        try:
            # What is sold comes last, and takes longest.
            yield {q.entity.name: pool.submit(added_up, q) for q in reversed(list(queries))}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for connection in self._connections:
                _stop(connection)
            raise
        finally:
            pool.shutdown()

    def _totals(self, connection: sa.Connection, query: Query) -> Totals:
        rows = self._monthly(query, query.since)
        selected = [
            _sql(expression).label(measure)
            for measure, expression in measures(self._dialect, query.entity, query.filled).items()
        ]
        statement = sa.select(rows.c[MONTH], *selected).group_by(rows.c[MONTH])
        if query.since:
            statement = statement.where(rows.c[MONTH] >= query.since)
        found = connection.execute(statement)
        return totals(self._dialect, query.entity, [row._asdict() for row in found])

    def _monthly(self, query: Query, since: str = "") -> sa.Subquery:
        """The rows of a query, each with its month; those of orders before ``since`` may lack."""
        rows = _recent(_statement(query), query, query.month, since).subquery("rows_")
        text, month = self._dialect.text, self._dialect.month
        if query.month is None:
            return sa.select(rows, _sql("''").label(MONTH)).subquery("monthly")
        if query.orders is None:
            dated = _sql(month.format(x=query.month)).label(MONTH)
            return sa.select(rows, dated).subquery("monthly")
        orders, entity = query.orders, query.orders.entity
        key = orders.expressions[entity.key]
        by_order = sa.select(
            _sql(f"({key})").label("order_value"),
            _sql(text.format(x=f"({key})")).label("order_key"),
            _sql(month.format(x=f"({orders.expressions[str(entity.month)]})")).label("order_month"),
        ).select_from(orders.rows)
        if since:
            # Few orders to find among, for each of many rows.
            by_order = _recent(by_order, orders, entity.month, since)
            by_order = by_order.where(by_order.selected_columns.order_month >= since)
        # SQLite finds rows in a table fast, and in a SELECT that it merges into ours never.
        dates = by_order.cte("dates").prefix_with("materialized", dialect="sqlite")
        of_order = _sql(text.format(x=query.month)) == dates.c.order_key
        if _have_one_type(query, query.month, orders, entity.key):
            # Says no more than the texts do, but a database has an index to find it by.
            of_order &= rows.c[query.month] == dates.c.order_value
        joined = rows.join(dates, of_order, isouter=not since)
        dated = sa.func.coalesce(dates.c.order_month, "").label(MONTH)
        return sa.select(rows, dated).select_from(joined).subquery("monthly")

    def _rows(self, name: str, mapped: EntityMapping) -> sa.FromClause:
        if mapped.sql is not None:
            # Neither a colon nor a comment in the last line may change what the SELECT means.
            select = mapped.sql.strip().rstrip(";").replace(":", r"\:")
            return sa.text(f"{select}\n").columns().subquery("src")
        schema, table = self._qualified(mapped)
        if not self._inspector.has_table(table, schema):
            tables = self._inspector.get_table_names(schema)
            hint = did_you_mean(table, tables)
            raise SourceProblemsError(Problem.NO_TABLE(entity=name, table=mapped.table, hint=hint))
        return sa.table(table, schema=schema)

    def _qualified(self, mapped: EntityMapping) -> tuple[str | None, str]:
        """Schema and name of a mapped table."""
        schema, _, table = str(mapped.table).rpartition(".")
        if self._connection.dialect.name == "sqlite":
            return schema or None, table
        return schema or self.mapping.schema_name, table

    def _names(self, name: str, rows: sa.FromClause) -> list[str]:
        """The columns of a table or SELECT, as the database spells them."""
        statement = sa.select(_sql("*")).select_from(rows).where(sa.false())
        try:
            with self._connection.begin_nested():
                return list(self._connection.execute(statement).keys())
        except DBAPIError as error:
            raise SourceProblemsError(
                Problem.BAD_SQL(entity=name, part="SELECT", error=_message(error))
            ) from error

    def _rejected(
        self, name: str, rows: sa.FromClause, expressions: Mapping[str, str]
    ) -> list[str]:
        """The expressions that the database does not accept."""
        if self._rejection(rows, expressions.values()) is None:
            return []
        return [
            Problem.BAD_SQL(entity=name, part=f"expression of {column}", error=error)
            for column, expression in expressions.items()
            if (error := self._rejection(rows, [expression])) is not None
        ]

    def _rejection(self, rows: sa.FromClause, expressions: Iterable[str]) -> str | None:
        """What the database says against a SELECT of the expressions, if anything."""
        selected = [_sql(f"({expression})") for expression in expressions]
        try:
            with self._connection.begin_nested():
                self._connection.execute(sa.select(*selected).select_from(rows).where(sa.false()))
        except DBAPIError as error:
            return _message(error)
        return None

    def _typed(
        self,
        name: str,
        rows: sa.FromClause,
        mapped: EntityMapping,
        extras: Mapping[str, str],
        landed: Mapping[str, str],
    ) -> tuple[Column, ...]:
        """The columns beyond the contract whose type is known."""
        if not extras:
            return ()
        if mapped.table is not None:
            schema, table = self._qualified(mapped)
            declared = {c["name"]: c["type"] for c in self._inspector.get_columns(table, schema)}
            types = {c: _declared_type(declared[found]) for c, found in extras.items()}
        else:
            types = {
                c: _arrow_type(landed[c]) if c in landed else self._type_of_a_value(rows, found)
                for c, found in extras.items()
            }
        if retyped := [c for c, t in types.items() if t and landed.get(c, str(t)) != str(t)]:
            raise SourceProblemsError(
                "\n".join(
                    Problem.COLUMN_RETYPED(
                        entity=name,
                        column=c,
                        expected=describe(_arrow_type(landed[c])),
                        actual=describe(types[c]),
                    )
                    for c in retyped
                )
            )
        return tuple(Column(c, t, required=False) for c, t in types.items() if t is not None)

    def _type_of_a_value(self, rows: sa.FromClause, column: str) -> pa.DataType | None:
        """The type of a column of a SELECT by a value of it; None while all are null."""
        expression = _sql(self._quote(column))
        statement = sa.select(expression).select_from(rows).where(expression.is_not(None)).limit(1)
        value = self._connection.execute(statement).scalar()
        if value is None:
            return None
        inferred = pa.array([value]).type
        if pa.types.is_floating(inferred) or pa.types.is_decimal(inferred):
            return pa.decimal128(38, 9)
        if pa.types.is_timestamp(inferred):
            return pa.timestamp("us")
        known = inferred in {kind for _, kind in _EXTRA_TYPES}
        return inferred if known else None

    def _is_declared_key(self, mapped: EntityMapping) -> bool:
        if mapped.table is None:
            return False
        schema, table = self._qualified(mapped)
        key = self._inspector.get_pk_constraint(table, schema)["constrained_columns"]
        return [column.lower() for column in key] == [mapped.key.lower()]

    def _is_declared_cursor(self, mapped: EntityMapping) -> bool:
        if mapped.table is None or mapped.cursor is None:
            return False
        schema, table = self._qualified(mapped)
        columns = self._inspector.get_columns(table, schema)
        required = {column["name"].lower() for column in columns if not column["nullable"]}
        return mapped.cursor.lower() in required

    def _declared(
        self, mapped: EntityMapping, expressions: Mapping[str, str]
    ) -> dict[str, sa.types.TypeEngine[Any]]:
        if mapped.table is None:
            return {}
        schema, table = self._qualified(mapped)
        columns = self._inspector.get_columns(table, schema)
        types = {sql: c["type"] for c in columns for sql in (c["name"], self._quote(c["name"]))}
        return {name: types[sql] for name, sql in expressions.items() if sql in types}

    def _key_problems(self, query: Query, start: datetime | None) -> list[str]:
        key = _sql(f"({query.expressions[query.entity.key]})").label("key")
        keys = _since(sa.select(key).select_from(query.rows), query, start).subquery()
        times = sa.func.count().label("times")
        groups = sa.select(keys.c.key, times).group_by(keys.c.key).subquery()
        nulls = sa.select(groups.c.times).where(groups.c.key.is_(None))
        twice = sa.select(groups.c.key).where(groups.c.times > 1, groups.c.key.is_not(None))
        problems = []
        if count := self._connection.execute(nulls).scalar():
            problems.append(Problem.NULL_KEY(entity=query.entity.name, count=count))
        example = self._connection.execute(twice.limit(1)).scalar()
        if example is not None:
            count = self._connection.execute(
                sa.select(sa.func.count()).select_from(twice.subquery())
            ).scalar()
            problems.append(
                Problem.DUPLICATE_KEY(entity=query.entity.name, count=count, example=str(example))
            )
        return problems

    def _type_problems(self, query: Query) -> list[str]:
        sample = self._connection.execute(_statement(query).limit(SAMPLE_ROWS)).fetchall()
        values = dict(zip(query.expressions, zip(*sample, strict=True), strict=False))
        problems = []
        for column in query.columns:
            if column.name in values:
                odd = _odd(column, values[column.name])[1]
                if len(odd) >= min(RETYPED_SAMPLED, len(sample)):
                    keys = values[query.entity.key]
                    problems += _retyped(query, column, values[column.name], keys, odd)
        return problems


class NoSnapshotError(UsageError):
    """The source would have to be read while it changes."""


@contextmanager
def snapshot(
    url: str, mapping: mappings.Mapping, *, patience: float = 0, consistent: bool = True
) -> Iterator[Source]:
    """Open the database of a SQLAlchemy URL read only, in one consistent state.

    ``patience`` is the seconds that a server may take to start. ``consistent=False`` reads a SQL
    Server without snapshot isolation all the same. Raises UsageError for a URL that is none or a
    database that gives no snapshot, SourceUnreachableError.
    """
    try:
        engine = sa.create_engine(_with_driver(url), poolclass=sa.NullPool, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise UsageError(
            f"DW_OLTP_URL is no usable database URL ({first_line(error)});"
            " expected one such as postgresql+psycopg2://user:password@host/database"
        ) from error
    supported = [name for name in DIALECTS if name != "duckdb"]
    if engine.dialect.name not in supported:
        raise UsageError(
            f"DW_OLTP_URL is of a database that is not supported, {engine.dialect.name};"
            f" those that are: {', '.join(supported)}"
        )
    where = f"{engine.dialect.name} database {engine.url.database!r}"
    if engine.url.host:
        where += f" on {engine.url.host}"
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        raise SourceUnreachableError(f"the source, {where}, does not exist; check DW_OLTP_URL")
    with ExitStack() as opened:
        try:
            connections = _alike(
                lambda: opened.enter_context(_connect(engine, patience, where)),
                engine.dialect.name,
                consistent=consistent,
            )
        except DBAPIError as error:
            raise SourceUnreachableError(
                f"the source, {where}, cannot be read: {_message(error)}; check DW_OLTP_URL"
            ) from error
        yield Source(mapping, *connections)


def _with_driver(url: str) -> sa.URL:
    """The URL; one of SQL Server that names no ODBC driver gets the one that there is."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "mssql" or {"driver", "odbc_connect"} & parsed.query.keys():
        return parsed
    from core.engines.sqlserver import driver

    return parsed.update_query_dict({"driver": driver()})


def _connect(engine: sa.Engine, patience: float, where: str) -> sa.Connection:
    if engine.dialect.name != "mssql":
        return engine.connect()
    from core.engines.sqlserver import patiently

    return patiently(engine.connect, patience, where)


def _alike(
    connect: Callable[[], sa.Connection], dialect: str, *, consistent: bool
) -> list[sa.Connection]:
    """Connections that see one state of the database: two, where it shows one state to two."""
    begun = partial(_begin, consistent=consistent)
    match dialect:
        case "sqlite":
            watch = connect()
            version = "PRAGMA data_version"
            before = watch.exec_driver_sql(version).scalar()
            both = [begun(connect()), begun(connect())]
            # Another one has the state of a later moment when somebody wrote in between.
            return both if watch.exec_driver_sql(version).scalar() == before else both[:1]
        case "postgresql":
            first = begun(connect())
            try:
                state = first.exec_driver_sql("SELECT pg_export_snapshot()").scalar()
            except DBAPIError:
                # A standby exports none, and the failure has ended the transaction.
                first.close()
                return [begun(connect())]
            try:
                second = begun(connect())
            except DBAPIError:
                # Such as a role that may have one connection.
                return [first]
            second.exec_driver_sql("SET TRANSACTION SNAPSHOT %s", (state,))
            return [first, second]
    return [begun(connect())]


def _begin(connection: sa.Connection, *, consistent: bool) -> sa.Connection:
    """The connection, in a transaction that sees one state of the database until its end."""
    match connection.dialect.name:
        case "sqlite":
            teach(connection.connection.dbapi_connection)  # type: ignore[arg-type]
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        case "postgresql":
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            # Timestamps with a time zone compare with our watermarks, which are UTC.
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
            connection.exec_driver_sql("SET LOCAL DATESTYLE TO ISO")
            # It waits while what it has read is merged.
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            _read_all_dates(connection.connection.dbapi_connection)
        case "mssql" if consistent:
            allowed = connection.exec_driver_sql(
                "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()"
            ).scalar()
            connection.rollback()
            if allowed != 1:
                name = connection.engine.url.database
                connection.close()
                raise NoSnapshotError(
                    f"the source, database {name!r}, allows no snapshot, so that a load would mix"
                    " what was there before and after a change; have its administrator run"
                    f" `ALTER DATABASE [{name}] SET ALLOW_SNAPSHOT_ISOLATION ON`, or set"
                    " DW_OLTP_SNAPSHOT=false to load it as it is"
                )
            connection.execution_options(isolation_level="SNAPSHOT")
    return connection


def _stop(connection: sa.Connection) -> None:
    """End what another thread has the database do, where its driver can."""
    driver: Any = connection.connection.dbapi_connection
    match connection.dialect.name:
        case "sqlite":
            driver.interrupt()
        case "postgresql":
            driver.cancel()


def _sql(expression: str) -> sa.ColumnClause[Any]:
    """An expression of a mapping, as it is written there."""
    return sa.literal_column(expression)


def _statement(query: Query) -> sa.Select[Any]:
    selected = [
        _sql(f"({expression})").label(column) for column, expression in query.expressions.items()
    ]
    return sa.select(*selected).select_from(query.rows)


def _since(statement: sa.Select[Any], query: Query, start: datetime | None) -> sa.Select[Any]:
    """The statement limited to rows that changed at ``start`` or later, or may have."""
    if start is None or query.cursor is None:
        return statement
    cursor = _sql(f"({query.cursor})")
    changed = cursor >= sa.literal(start, _Moment())
    # SQLite reads the whole table to look for nulls where there can be none.
    return statement.where(changed if query.cursor_is_declared else changed | cursor.is_(None))


def _recent(
    statement: sa.Select[Any], query: Query, column: str | None, since: str
) -> sa.Select[Any]:
    """The statement without rows that surely are of a month before ``since``.

    A condition that an index answers; the month itself is an expression, which none does.
    """
    if not since or not isinstance(query.declared.get(str(column)), sa.Date | sa.DateTime):
        return statement
    # What has an offset, of hours, may land in another month.
    start = datetime.strptime(since, "%Y-%m") - timedelta(days=2)
    return statement.where(
        _sql(f"({query.expressions[str(column)]})") >= sa.literal(start, _Moment())
    )


def _have_one_type(query: Query, column: str, other: Query, key: str) -> bool:
    """Whether two columns are declared alike, as keys that are equal whenever their texts are."""
    types = query.declared.get(column), other.declared.get(key)
    exact = all(isinstance(kind, sa.Integer | sa.String | sa.Uuid) for kind in types)
    return exact and repr(types[0]) == repr(types[1])


class _Moment(sa.types.TypeDecorator[datetime]):
    """A timestamp to compare with; as text where the database, SQLite, compares text."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return sa.String() if dialect.name == "sqlite" else sa.DateTime()

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        # The shortest spelling, which is never greater than another one of the same moment.
        return value.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")


def _read_all_dates(connection: Any) -> None:
    """Have psycopg2 give dates that Python has not, such as infinity, as the text that they are."""
    from psycopg2 import extensions

    for oid, name in (
        (1082, extensions.PYDATE),
        (1114, extensions.PYDATETIME),
        (1184, extensions.PYDATETIMETZ),
    ):
        reader = partial(_date_or_text, name)
        extensions.register_type(extensions.new_type((oid,), "MOMENT", reader), connection)


def _date_or_text(reader: Any, value: str | None, cursor: object) -> Any:
    if value is None or "infinity" in value:
        return value
    try:
        return reader(value, cursor)
    except ValueError:
        return value


def _table(query: Query, rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows of a query as typed columns; those that the source does not fill are null."""
    values = dict(zip(query.expressions, zip(*rows, strict=True), strict=True))
    keys = values[query.entity.key]
    arrays: dict[str, pa.Array] = {}
    reasons: dict[int, list[str]] = {}
    for column in query.columns:
        if column.name not in values:
            arrays[column.name] = pa.nulls(len(rows), column.type)
            continue
        arrays[column.name], odd = _odd(column, values[column.name])
        if len(odd) >= RETYPED_READ or (odd and column.name == query.entity.key):
            for problem in _retyped(query, column, values[column.name], keys, odd):
                raise SchemaContractError(problem)
        for position, why in odd.items():
            reasons.setdefault(position, []).append(f"{column.name}: {why}")
    arrays[QUARANTINE] = pa.array(
        ["; ".join(reasons[i]) if i in reasons else None for i in range(len(rows))]
        if reasons
        else pa.nulls(len(rows)),
        pa.string(),
    )
    arrays[HARD_DELETED_AT] = pa.nulls(len(rows), pa.timestamp("us"))
    return pa.table(arrays, schema=query.arrow_schema)


def _odd(column: Column, values: Sequence[Any]) -> tuple[pa.Array, dict[int, str]]:
    """The values as they land, and for those that do not fit why, by position."""
    array, misfits = fitting(values, column.type)
    if column.length and not column.is_key:
        array = cut(array, column.length)
    odd = {i: reason(values[i], column.type) for i in misfits}
    if column.required and array.null_count > len(misfits):
        odd |= {i: "obrigatório, mas ausente" for i, value in enumerate(values) if value is None}
    return array, odd


def _retyped(
    query: Query,
    column: Column,
    values: Sequence[Any],
    keys: Sequence[Any],
    odd: Mapping[int, str],
) -> list[str]:
    """The problem of a column most of whose values do not fit, or that is a key and has any."""
    judged = len(values) if column.required else len(values) - values.count(None)
    if not odd or (2 * len(odd) <= judged and column.name != query.entity.key):
        return []
    first = min(odd)
    if values[first] is None:
        name = query.entity.name
        return [Problem.NULL_VALUE(entity=name, column=column.name, key=keys[first])]
    return [_misfit(query, column, values[first], keys[first])]


def _misfit(query: Query, column: Column, value: object, key: object) -> str:
    """That a value does not fit its column: by the key of its row, since it may be personal."""
    if column.name == "updated_at" and query.cursor is not None:
        return Problem.NOT_TIMESTAMP(
            entity=query.entity.name, actual=describe_value(value), key=key
        )
    return Problem.RETYPED(
        entity=query.entity.name,
        column=column.name,
        expected=describe(column.type),
        actual=describe_value(value),
        key=key,
    )


def _window(table: pa.Table, start: datetime | None) -> pa.Table:
    """The rows since ``start`` or without a time; the database may have compared them as text."""
    if start is None:
        return table
    moments = table["updated_at"]
    since = pc.greater_equal(moments, pa.scalar(start, pa.timestamp("us")))
    return table.filter(pc.or_kleene(since, pc.is_null(moments)))


def _declared_type(declared: sa.types.TypeEngine[Any]) -> pa.DataType | None:
    return next((arrow for kind, arrow in _EXTRA_TYPES if isinstance(declared, kind)), None)


def _arrow_type(name: str) -> pa.DataType:
    """The type among those of a column beyond the contract that has this name."""
    return next(arrow for _, arrow in _EXTRA_TYPES if str(arrow) == name)


def _message(error: DBAPIError) -> str:
    """The database's own message, without statement and values."""
    return first_line(error.orig or error)
