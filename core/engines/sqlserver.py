"""SQL Server over ODBC: its driver, patience while it starts, dlt's destination, rows as Arrow."""

import re
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyodbc
import structlog
import tenacity
from dlt.common.destination.capabilities import DestinationCapabilitiesContext
from dlt.common.destination.dataset import DBApiCursor
from dlt.common.schema import Schema
from dlt.common.schema.typing import TColumnSchema
from dlt.destinations import mssql
from dlt.destinations.impl.mssql.configuration import (
    MsSqlClientConfiguration,
    MsSqlCredentials,
)
from dlt.destinations.impl.mssql.mssql import MsSqlJobClient
from dlt.destinations.impl.mssql.sql_client import PyOdbcMsSqlClient, handle_datetimeoffset
from dlt.destinations.sql_client import DBApiCursorImpl
from pyarrow import parquet

from core import contents_sql
from core.contents import Contents, as_contents
from core.engines.base import CHUNK_ROWS, DAY, Engine, Reader
from core.engines.moments import NamedMoments
from core.errors import LockedError, WarehouseUnreachableError
from core.odbc import driver
from core.refusals import may_pass, told
from core.settings import Settings
from core.totals_sql import SQLSERVER

# Seconds that one attempt to connect may take.
LOGIN_TIMEOUT = 15
# Rows that pyodbc turns into Python values at once.
FETCH_ROWS = 10_000
# A statement that fails ends its batch and rolls back; without counts between them, the driver
# tells of a failure in any statement of a batch, not only in the first.
SESSION = "SET NOCOUNT ON; SET XACT_ABORT ON"
# ODBC's number of datetimeoffset, which pyodbc cannot read by itself.
_DATETIMEOFFSET = -155
# Values that a connection string holds between braces, where no character ends them.
_BRACED = ("DATABASE", "UID", "PWD")
# What pyodbc says when waiting will not help: a wrong password, no driver.
_HOPELESS = re.compile(r"\(18456\)|Can't open lib|Data source name not found")
_STARTING = re.compile(r"\(4060\)")

T = TypeVar("T")
log = structlog.get_logger()


def environment(settings: Settings) -> dict[str, str]:
    """What dbt's profile must know of the server and cannot know by the settings alone."""
    return {"DW_SQLSERVER_DRIVER": driver(settings.sqlserver_driver)}


def connection_string(settings: Settings) -> str:
    """What pyodbc connects with; secret, since it holds the password."""
    parts = _credentials(settings).get_odbc_dsn_dict()
    parts |= {name: "{" + parts[name].replace("}", "}}") + "}" for name in _BRACED}
    return ";".join(f"{name}={value}" for name, value in parts.items())


def patiently(connect: Callable[[], T], seconds: float, what: str) -> T:
    """What ``connect`` gives, tried again for ``seconds`` while the server may be starting.

    Raises the error of the last attempt.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_may_pass),
        stop=tenacity.stop_after_delay(seconds),
        wait=tenacity.wait_exponential(multiplier=0.5, max=10),
        before_sleep=lambda state: log.warning(
            "no connection yet",
            to=what,
            attempt=state.attempt_number,
            next_in=round(state.upcoming_sleep, 1),
            reason=told((state.outcome and state.outcome.exception()) or Exception()),
        ),
        reraise=True,
    )
    return retrying(connect)


def _may_pass(error: BaseException) -> bool:
    text = str(error)
    # 4060: the database is still being recovered; the server adds that the login failed.
    lost = isinstance(error, pyodbc.Error) or isinstance(getattr(error, "orig", None), pyodbc.Error)
    return lost and (not _HOPELESS.search(text) or bool(_STARTING.search(text)))


def connect(settings: Settings) -> pyodbc.Connection:
    """A connection to the warehouse, in autocommit. Raises WarehouseUnreachableError."""
    where = f"{settings.sqlserver_host},{settings.sqlserver_port}"
    text = connection_string(settings)
    try:
        connection = patiently(
            lambda: pyodbc.connect(text, autocommit=True, timeout=LOGIN_TIMEOUT),
            settings.connect_seconds,
            where,
        )
    except pyodbc.Error as error:
        raise WarehouseUnreachableError(
            f"the warehouse, database {settings.sqlserver_database!r} on {where}, cannot be"
            f" opened: {told(error)}; check DW_SQLSERVER_HOST and the settings beside it"
        ) from error
    connection.add_output_converter(_DATETIMEOFFSET, handle_datetimeoffset)
    connection.execute(SESSION)
    return connection


@contextmanager
def hold_database(settings: Settings) -> Iterator[None]:
    """Hold the warehouse against runs on other machines, until the end or the connection's loss.

    Raises LockedError when another run holds it.
    """
    connection = connect(settings)
    try:
        answer = connection.execute(
            "DECLARE @answer int; EXEC @answer = sp_getapplock @Resource = 'dw',"
            " @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 0;"
            " SELECT @answer AS answer"
        ).fetchone()
    except pyodbc.Error as error:
        # A server that speaks T-SQL but is not SQL Server: the lock of the folder remains.
        log.warning("no application lock", reason=told(error))
        answer = None
    try:
        if answer is not None and answer[0] < 0:
            raise LockedError(
                f"another run is writing to database {settings.sqlserver_database!r} on"
                f" {settings.sqlserver_host}; wait until it has ended"
            )
        yield
    finally:
        if answer is not None and answer[0] >= 0:
            # A connection that goes back to a pool would go on holding it.
            with suppress(pyodbc.Error):
                connection.execute(
                    "EXEC sp_releaseapplock @Resource = 'dw', @LockOwner = 'Session'"
                )
        connection.close()


def _credentials(settings: Settings) -> MsSqlCredentials:
    """How to connect, also for dlt where it copies by another driver than ODBC's."""
    credentials = MsSqlCredentials()
    credentials.host = settings.sqlserver_host
    credentials.port = settings.sqlserver_port
    credentials.database = settings.sqlserver_database
    credentials.username = settings.sqlserver_user
    credentials.password = settings.sqlserver_password.get_secret_value()
    credentials.driver = driver(settings.sqlserver_driver)
    credentials.query = {
        "encrypt": "yes" if settings.sqlserver_encrypt else "no",
        "trustservercertificate": "yes" if settings.sqlserver_trust_certificate else "no",
    }
    # To resolve them would refuse a driver that is a path, change the case of the database's name,
    # which matters to some servers, and cut blanks off the password.
    credentials.__is_resolved__ = True
    return credentials


class _Cursor(DBApiCursorImpl):
    def iter_arrow(self, chunk_size: int) -> Generator[pa.Table, None, None]:
        yield from arrow_tables(self.native_cursor, chunk_size)


class _Client(PyOdbcMsSqlClient):
    def __init__(self, settings: Settings, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._settings = settings

    def open_connection(self) -> pyodbc.Connection:
        self._conn = connect(self._settings)
        return self._conn

    @contextmanager
    def execute_query(self, query: Any, *args: Any, **kwargs: Any) -> Iterator[DBApiCursor]:
        with super().execute_query(query, *args, **kwargs) as cursor:
            yield _Cursor(cursor.native_cursor)


class Destination(mssql):
    """dlt's destination for SQL Server, with our way to connect and to read."""

    settings: Settings

    @property
    def client_class(self) -> type[MsSqlJobClient]:
        settings = self.settings

        class Client(NamedMoments, MsSqlJobClient):
            def __init__(
                self,
                schema: Schema,
                config: MsSqlClientConfiguration,
                capabilities: DestinationCapabilitiesContext,
            ) -> None:
                super().__init__(schema, config, capabilities)
                names = self.create_dataset_names(schema, config)
                self.sql_client = _Client(settings, *names, config.credentials, capabilities)

            def _make_add_column_sql(
                self, new_columns: Sequence[TColumnSchema], table: Any = None
            ) -> list[str]:
                clauses: list[str] = []
                for column in new_columns:
                    clauses += super()._make_add_column_sql([column], table)
                return clauses

        return Client

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        capabilities = super()._raw_capabilities()
        # A server that is not Microsoft's may add one column at a time only.
        capabilities.alter_add_multi_column = False
        return capabilities


def destination(settings: Settings) -> Destination:
    """The destination of dlt's pipelines."""
    made = Destination(credentials=_credentials(settings), destination_name="mssql")
    made.settings = settings
    return made


def arrow_tables(cursor: Any, rows: int) -> Generator[pa.Table, None, None]:
    """What a cursor gives, in tables of at most ``rows`` rows; one without rows if it is empty.

    Decimals keep the precision and scale of their columns.
    """
    schema = pa.schema([pa.field(column[0], _arrow_type(column)) for column in cursor.description])
    empty = True
    while batches := list(_batches(cursor, schema, rows)):
        yield pa.Table.from_batches(batches, schema)
        empty = False
    if empty:
        yield schema.empty_table()


def _batches(cursor: Any, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    left = rows
    while left and (fetched := cursor.fetchmany(min(left, FETCH_ROWS))):
        left -= len(fetched)
        columns = zip(*fetched, strict=True)
        arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
        yield pa.record_batch(arrays, schema=schema)


def _arrow_type(column: Any) -> pa.DataType:
    """The type of a column of a cursor, by the Python type and the digits that pyodbc gives."""
    _, kind, _, _, precision, scale, _ = column
    if kind is Decimal:
        return pa.decimal128(precision, scale)
    if kind is int:
        return pa.int32() if precision <= 10 else pa.int64()
    known = {
        bool: pa.bool_(),
        date: pa.date32(),
        datetime: pa.timestamp("us"),
        float: pa.float64(),
        str: pa.string(),
    }
    return known[kind]


# A table's columns with their types.
_TYPES = """
select COLUMN_NAME, DATA_TYPE from INFORMATION_SCHEMA.COLUMNS
where TABLE_SCHEMA = ? and TABLE_NAME = ?
order by ORDINAL_POSITION
"""


_LEFT = (
    "cópias de segurança e log de transações do servidor guardam o que foi apagado até serem"
    " refeitos: faça uma cópia nova e descarte as antigas"
)
_CLEANING = (
    "; este login não pode limpar as páginas livres: o administrador executa"
    " `EXEC sp_clean_db_free_space @dbname = N'…'`"
)


_REWRITING = "; este servidor não reescreve páginas: o administrador as limpa pelos meios dele"


class SQLServer(Engine):
    """A database of a SQL Server."""

    totals_sql = SQLSERVER
    state = "dlt_sqlserver"
    text_mark = "N"
    ignores_blanks = True

    @property
    def name(self) -> str:
        settings = self.settings
        return (
            f"{settings.sqlserver_database} on {settings.sqlserver_host},{settings.sqlserver_port}"
        )

    def lock(self) -> AbstractContextManager[None]:
        return hold_database(self.settings)

    def destination(self) -> Destination:
        return destination(self.settings)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        with closing(connect(self.settings)) as connection:
            yield SQLServerReader(self, connection)

    def forget(self, tables: Collection[str]) -> str:
        """Write the tables' pages anew, and have the server clean those that are free.

        What it cannot clean is its log, and its backups: they are its administrator's. Nor can one
        that speaks T-SQL and is not Microsoft's write pages anew.
        """
        with closing(connect(self.settings)) as connection:
            try:
                for table in tables:
                    connection.execute(f"ALTER TABLE {table} REBUILD")
            except pyodbc.Error as error:
                if may_pass(error):
                    raise
                log.warning("pages not written anew", reason=told(error))
                return _LEFT + _REWRITING
            try:
                connection.execute(
                    "EXEC sp_clean_db_free_space @dbname = ?", self.settings.sqlserver_database
                )
            except pyodbc.Error as error:
                log.warning("free pages not cleaned", reason=told(error))
                return _LEFT + _CLEANING
        return _LEFT

    def environment(self) -> dict[str, str]:
        return self.own_settings() | environment(self.settings)


class SQLServerReader:
    """What is built, through a connection."""

    def __init__(self, engine: Engine, connection: Any) -> None:
        self._engine, self.connection = engine, connection

    def columns(self, table: str) -> list[str]:
        cursor = self._run(f"select * from {table} where 1 = 0")  # noqa: S608
        return [column[0] for column in cursor.description]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._run(statement).fetchall()]

    @property
    def version(self) -> str:
        ((version,),) = self.rows("select cast(serverproperty('ProductVersion') as varchar(40))")
        return f"sqlserver {version}"

    def contents(
        self, table: str, columns: Sequence[str] | None = None, where: str = ""
    ) -> Contents:
        types = dict(self._run(_TYPES, *table.split(".")).fetchall())
        if not types:
            raise self._engine.not_built()
        chosen = list(columns or types)
        statement = contents_sql.SQLSERVER.statement(table, types, chosen, where)
        return as_contents(chosen, self.rows(statement))

    def write(self, table: str, path: Path, month: int | None) -> None:
        statement = f"select * from {table}"  # noqa: S608
        if DAY in self.columns(table):
            statement += f" order by {DAY}"
        tables = arrow_tables(self._run(statement), CHUNK_ROWS)
        first = next(tables)
        with parquet.ParquetWriter(path, first.schema, compression="zstd") as writer:
            writer.write_table(first)
            for more in tables:
                writer.write_table(more)

    def _run(self, statement: str, *values: object) -> Any:
        try:
            return self.connection.execute(statement, *values)
        except pyodbc.ProgrammingError as error:
            if error.args[0] == "42S02":
                raise self._engine.not_built() from error
            raise


ENGINE = SQLServer
