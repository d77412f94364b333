"""The embedded warehouse: a file of DuckDB. A lake is read by DuckDB too."""

import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from dlt.common.destination.client import LoadJob
from dlt.common.destination.typing import PreparedTableSchema
from dlt.destinations import duckdb as dlt_duckdb
from dlt.destinations.impl.duckdb.duck import DuckDbClient, DuckDbCopyJob

from core import contents_sql
from core.contents import Contents
from core.engines.base import DAY, Engine, Reader
from core.engines.moments import NamedMoments
from core.errors import LoaderError, LockedError, cause
from core.files import sync
from core.private import FRESH
from core.refusals import told

_HOLDER = re.compile(r"lock is held in (?P<program>\S.*?) \(PID (?P<process>\d+)\)")

# By dbt's profile; such settings are the whole database's.
_SET_BY_BUILDS = ("preserve_insertion_order", "disabled_optimizers")

_MONTH = duckdb.CoalesceOperator(
    duckdb.ColumnExpression(DAY) // duckdb.ConstantExpression(100), duckdb.ConstantExpression(0)
)


class _CopyJob(DuckDbCopyJob):
    """Lands a file, whatever its folder is called: dlt would write the path into the statement."""

    def run(self) -> None:
        client = self._job_client.sql_client
        table = client.make_qualified_table_name(self.load_table_name)
        client.execute_sql(
            f"insert into {table} by name"  # noqa: S608
            " select * from read_parquet(%s, union_by_name = true)",
            self._file_path,
        )


class _CopyingClient(DuckDbClient):
    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        job = super().create_load_job(table, file_path, load_id, restore)
        # All that lands is Arrow, which dlt writes as Parquet.
        copies = isinstance(job, DuckDbCopyJob) and file_path.endswith(".parquet")
        return _CopyJob(file_path) if copies else job


class _Client(NamedMoments, _CopyingClient):
    """The client of dlt's pipelines."""


class _Destination(dlt_duckdb):
    @property
    def client_class(self) -> type[DuckDbClient]:
        return _Client


class DuckDB(Engine):
    """A file that one process has open; held, it stays open: a command opens it some 50 times, 30
    ms of work each.
    """

    state = "dlt"
    _database: duckdb.DuckDBPyConnection | None = None

    @property
    def name(self) -> str:
        return str(self.settings.warehouse)

    def is_missing(self) -> bool:
        return not self.settings.warehouse.is_file()

    @contextmanager
    def lock(self) -> Iterator[None]:
        try:
            database = duckdb.connect(self.name)
        except duckdb.Error as error:
            raise self.unreachable(error) from error
        self._hold(database)
        try:
            yield
        finally:
            held, self._database = self._database, None
            if held is not None:
                held.close()

    def _hold(self, database: duckdb.DuckDBPyConnection) -> None:
        limit = f"{self.settings.duckdb_memory}B"
        database.execute("set memory_limit = $limit", {"limit": limit})
        self._database = database

    def destination(self) -> dlt_duckdb:
        # Not what is held: dlt would ask a connection 30 times a load which file it is of.
        return _Destination(self.name, destination_name="duckdb")

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A connection to the file, which must be there; read only if it is not held."""
        if self._database:
            return self._database.cursor()
        return duckdb.connect(self.name, read_only=True)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        if self.is_missing():
            raise self.not_built()
        with self.connection() as database:
            yield DuckDBReader(self, database)

    def release(self) -> None:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        if self._database:
            for setting in _SET_BY_BUILDS:
                self._database.execute(f"reset {setting}")

    def forget(self, tables: Collection[str]) -> None:
        """Write the file anew, whole and in one step: free blocks keep what was in them."""
        path, fresh = self.settings.warehouse, self.settings.warehouse.with_suffix(FRESH)
        fresh.unlink(missing_ok=True)
        held, self._database = self._database, None
        if held is not None:
            held.close()
        try:
            with duckdb.connect() as copying:
                # Views name the tables of the file by its own name.
                copying.execute(f"attach {_quoted(path)} as {path.stem}")
                copying.execute(f"attach {_quoted(fresh)} as fresh")
                copying.execute(f"checkpoint {path.stem}")
                copying.execute(f"copy from database {path.stem} to fresh")
            sync(fresh)
            fresh.replace(path)
            sync(path.parent)
        except (duckdb.Error, OSError) as error:
            raise LoaderError(
                f"the warehouse {self.name} could not be written anew, so that its free blocks may"
                f" still hold what was erased: {told(error)}; run it again"
            ) from error
        finally:
            fresh.unlink(missing_ok=True)
            if held is not None:
                self._hold(duckdb.connect(self.name))

    def unreachable(self, reason: Exception) -> LoaderError:
        if "lock" in told(reason).lower():
            holder = _holder(str(cause(reason, duckdb.Error) or reason))
            return LockedError(
                f"{holder} holds the warehouse {self.name}; wait until it has ended, or end it"
            )
        return super().unreachable(reason)


def _holder(refusal: str) -> str:
    """Who has the embedded warehouse open, and since when, as far as DuckDB and the system say."""
    found = _HOLDER.search(refusal)
    if found is None:
        return "another process"
    program, process = Path(found["program"]).name, found["process"]
    try:
        begun = _begun(process)
    except (OSError, ValueError, IndexError):
        return f"process {process} ({program})"
    return f"process {process} ({program}, since {begun:%Y-%m-%d %H:%M:%S} UTC)"


def _begun(process: str) -> datetime:
    """When a process of this machine began, by Linux's own account."""
    status = Path("/proc", process, "stat").read_text(encoding="utf-8", errors="replace")
    # After the program's name, which may hold anything: the 22nd field, in ticks since the boot.
    ticks = int(status.rpartition(")")[2].split()[19])
    system = Path("/proc/stat").read_text(encoding="utf-8")
    boot = next(int(line.split()[1]) for line in system.splitlines() if line.startswith("btime"))
    return datetime.fromtimestamp(boot + ticks / os.sysconf("SC_CLK_TCK"), UTC)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


class DuckDBReader:
    """What is built, through an open DuckDB."""

    def __init__(self, engine: Engine, database: duckdb.DuckDBPyConnection) -> None:
        self._engine, self.connection = engine, database

    def columns(self, table: str) -> list[str]:
        return [str(column) for column in self._table(table).columns]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(statement).fetchall()
        except duckdb.CatalogException as error:
            raise self._engine.not_built() from error

    @property
    def version(self) -> str:
        return f"duckdb {duckdb.__version__}"

    def contents(
        self, table: str, columns: Sequence[str] | None = None, where: str = ""
    ) -> Contents:
        relation = self._table(table)
        types = dict(zip(relation.columns, map(str, relation.types), strict=True))
        return contents_sql.of_duckdb(self.connection, table, types, columns, where)

    def write(self, table: str, path: Path, month: int | None) -> None:
        relation = self._table(table)
        if month is not None:
            relation = relation.filter(duckdb.ConstantExpression(month) == _MONTH)
        if DAY in relation.columns:
            relation = relation.sort(DAY)
        relation.write_parquet(str(path), compression="zstd")

    def _table(self, table: str) -> duckdb.DuckDBPyRelation:
        try:
            return self.connection.table(table)
        except duckdb.CatalogException as error:
            raise self._engine.not_built() from error


ENGINE = DuckDB
