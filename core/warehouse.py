"""The warehouse as the loader sees it: what has landed in ``staging``, and the dlt pipelines."""

import os
import re
import sys
import time
import warnings
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import dlt
import duckdb
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.destination import TDestinationReferenceArg
from dlt.common.runtime.collector import NULL_COLLECTOR, TqdmCollector
from dlt.common.runtime.run_context import RunContext
from dlt.common.schema.typing import TColumnSchema
from dlt.destinations.sql_client import SqlClientBase
from dlt.extract.resource import DltResource

from core import totals as control
from core.contract.entities import ENTITIES, HARD_DELETED_AT, text_length
from core.dlt_paths import allow_percent_signs
from core.errors import LoaderError, LockedError, cause
from core.refusals import told
from core.settings import Settings
from core.totals import MONTH, Totals
from core.totals_sql import DUCKDB, SQLSERVER, TotalsSql
from loader.source.query import Query
from loader.source.read import CHUNK_ROWS

STAGING = "staging"
Client = SqlClientBase[Any]
# What dlt keeps of its pipelines between runs; a load that was cut off belongs to its warehouse.
_STATE = {"duckdb": "dlt", "sqlserver": "dlt_sqlserver", "spark": "dlt_spark"}
# A clock that is behind by less is waited for; by more, someone must look at it.
CLOCK_PATIENCE_SECONDS = 60

_HOLDER = re.compile(r"lock is held in (?P<program>\S.*?) \(PID (?P<process>\d+)\)")

# By dbt's profile; such settings are the whole database's.
_SET_BY_BUILDS = ("preserve_insertion_order", "disabled_optimizers")

# dlt reads Arrow through the DB-API; the copy that DuckDB warns of is of one chunk.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")


class _Configuration(ConfigProvider):
    """All that dlt is told: it looks for no other setting, in environment or files.

    Looking in all of them, section by section, took most of the time of a small load.
    """

    name = "loader"
    supports_secrets = True
    supports_sections = False
    values: ClassVar[dict[str, object]] = {
        "dlthub_telemetry": False,
        # Marks each row with the load that brought it, while its file is written anyway.
        "add_dlt_load_id": True,
        # One entity after the other: they share one connection to the source.
        "next_item_mode": "fifo",
        # The files of a load that is done would stay, with personal data in them.
        "delete_completed_jobs": True,
        # And the rows of the last load would stay in the tables that it was merged from.
        "truncate_staging_dataset": True,
        # Else it says of each table on SQL Server that rows go as INSERTs.
        "log_level": "ERROR",
    }

    def get_value(
        self, key: str, hint: type[Any], pipeline_name: str | None, *sections: str
    ) -> tuple[object, str]:
        return self.values.get(key), key


class _Context(RunContext):
    """Where dlt runs; its own would import Streamlit, which takes a second, to ask for secrets."""

    def initial_providers(self) -> list[ConfigProvider]:
        return [_Configuration()]


allow_percent_signs()
Container()[PluggableRunContext] = PluggableRunContext(_Context(run_dir=None))


@dataclass(frozen=True)
class _Held:
    """The embedded warehouse, open, and the pipelines that know its state: nobody else writes."""

    database: duckdb.DuckDBPyConnection
    pipelines: dict[str, dlt.Pipeline] = field(default_factory=dict)


_held: dict[Path, _Held] = {}


@dataclass(frozen=True)
class Landed:
    """What ``staging`` holds of an entity."""

    rows: int = 0
    deleted: int = 0
    """Rows that the source has marked as deleted, or has no more."""
    watermark: datetime | None = None
    """The newest ``updated_at`` that is not in the future."""
    columns: frozenset[str] = frozenset()


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Keep the embedded warehouse open: a command opens it some 50 times, 30 ms of work each.

    Raises LockedError when another process holds the warehouse, LoaderError when it is out of
    reach.
    """
    try:
        database = duckdb.connect(str(settings.warehouse))
    except duckdb.Error as error:
        raise _unreachable(settings, error) from error
    with database:
        database.execute("set memory_limit = $limit", {"limit": f"{settings.duckdb_memory}B"})
        _held[settings.warehouse] = _Held(database)
        try:
            yield
        finally:
            del _held[settings.warehouse]


def reset(settings: Settings) -> None:
    """Undo what a build has set in the embedded warehouse, as far as it stays open."""
    if hold := _held.get(settings.warehouse):
        for setting in _SET_BY_BUILDS:
            hold.database.execute(f"reset {setting}")


def embedded(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection to the embedded warehouse, which must be there; read only if none holds it."""
    if hold := _held.get(settings.warehouse):
        return hold.database.cursor()
    return duckdb.connect(str(settings.warehouse), read_only=True)


def pipeline(settings: Settings, dataset: str) -> dlt.Pipeline:
    """The dlt pipeline that writes one schema of the warehouse, its state restored from there.

    Raises LockedError when another process holds the warehouse, LoaderError when it is out of
    reach.
    """
    hold = _held.get(settings.warehouse) if settings.target == "duckdb" else None
    if hold and dataset in hold.pipelines:
        return hold.pipelines[dataset]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    opened: dlt.Pipeline = dlt.pipeline(
        f"dw_{dataset}",
        pipelines_dir=str(settings.data_dir / _STATE[settings.target]),
        destination=_destination(settings),
        dataset_name=dataset,
        progress=TqdmCollector() if sys.stderr.isatty() else NULL_COLLECTOR,
    )
    try:
        opened.sync_destination()
    except Exception as error:
        raise _unreachable(settings, error) from error
    if hold:
        hold.pipelines[dataset] = opened
    return opened


def _destination(settings: Settings) -> TDestinationReferenceArg:
    if settings.target == "duckdb":
        from core.engines import duckdb as embedded_engine

        return embedded_engine.destination(settings)
    # Seconds to import: only for who has a server, or a lake.
    if settings.target == "spark":
        from core.engines import spark

        return spark.destination(settings)
    from core.engines import sqlserver

    return sqlserver.destination(settings)


def merged(
    name: str, key: str | list[str], rows: Iterator[pa.Table], schema: pa.Schema
) -> DltResource:
    """A dlt resource whose rows take the place of those with the same key in table ``name``."""
    # All that dlt must know beyond the Arrow types: our timestamps have no time zone, and some
    # texts a length.
    columns: dict[str, TColumnSchema] = {
        field.name: {"data_type": "timestamp", "timezone": False}
        for field in schema
        if pa.types.is_timestamp(field.type)
    }
    columns |= {
        field.name: {"data_type": "text", "precision": length}
        for field in schema
        if (length := text_length(field)) is not None
    }
    resource: DltResource = dlt.resource(
        rows,
        name=name,
        primary_key=key,
        # The one strategy that a crash at any point leaves without duplicates.
        write_disposition={"disposition": "merge", "strategy": "delete-insert"},
        columns=columns,
    )
    return resource


def tables(opened: dlt.Pipeline) -> dict[str, set[str]]:
    """The tables of the schema that ``opened`` writes, with the names of their columns."""
    if opened.default_schema_name is None:
        return {}
    return {name: set(table["columns"]) for name, table in opened.default_schema.tables.items()}


def query(opened: dlt.Pipeline, statement: str, *values: object) -> Iterator[pa.Table]:
    """The result of a SELECT, ``values`` in the place of its ``%s``, in chunks."""
    with opened.sql_client() as client:
        yield from rows(client, statement, *values)


def rows(client: Client, statement: str, *values: object) -> Iterator[pa.Table]:
    """The same, of an open connection: to open one takes longer than most statements."""
    with client.execute_query(statement, *values) as cursor:
        yield from cursor.iter_arrow(CHUNK_ROWS)


def _totals_sql(opened: dlt.Pipeline) -> TotalsSql:
    destination = opened.destination
    return SQLSERVER if destination and destination.destination_name == "mssql" else DUCKDB


def landed(opened: dlt.Pipeline) -> dict[str, Landed]:
    """What has landed of each entity; entities without a table are left out."""
    columns = tables(opened)
    present = ENTITIES.keys() & columns
    if not present:
        return {}
    # A row dated in the year 9999 must not hide those that come until then.
    today = datetime.now(UTC).replace(tzinfo=None)
    counts = " union all ".join(
        f"select '{name}' as entity, count(*) as n,"  # noqa: S608
        f" count(coalesce(deleted_at, {HARD_DELETED_AT})) as deleted,"
        " max(case when updated_at <= %s then updated_at end) as watermark"
        f" from {STAGING}.{name}"
        for name in present
    )
    return {
        row["entity"]: Landed(
            row["n"], row["deleted"], row["watermark"], frozenset(columns[row["entity"]])
        )
        for table in query(opened, counts, *[today] * len(present))
        for row in table.to_pylist()
    }


def known_rows(
    client: Client, entity: str, landed: Landed, schema: pa.Schema, start: datetime | None
) -> Iterator[pa.Table]:
    """The landed rows of an entity that changed at ``start`` or later, as tables of ``schema``."""
    selected = ", ".join(column for column in schema.names if column in landed.columns)
    statement = f"select {selected} from {STAGING}.{entity}"  # noqa: S608
    if start is not None:
        statement += " where updated_at >= %s or updated_at is null"
    for table in rows(client, statement, *([] if start is None else [start])):
        yield _completed(table, schema)


def live_rows(
    opened: dlt.Pipeline, read: Query, schema: pa.Schema, months: Collection[str]
) -> Iterator[pa.Table]:
    """The landed rows, of some months, that the source still had, as tables of ``schema``."""
    dated, listed = _monthly(_totals_sql(opened), read), ", ".join(["%s"] * len(months))
    statement = f"select * from ({dated}) as dated where {MONTH} in ({listed})"  # noqa: S608
    for table in query(opened, statement, *sorted(months)):
        yield _completed(table, schema)


def totals(opened: dlt.Pipeline, queries: Iterable[Query]) -> dict[str, Totals]:
    """The control totals, by entity, of the landed rows that the source still had.

    Those since ``since`` of each query.
    """
    sql, found = _totals_sql(opened), {}
    # One client for all: to open it takes longer than most of the statements.
    with opened.sql_client() as client:
        for read in queries:
            monthly = _monthly(sql, read, read.since)
            dated = f"select * from ({monthly}) as dated where {MONTH} >= %s"  # noqa: S608
            statement = control.statement(sql, read.entity, f"({dated})")
            counted = (
                row for table in rows(client, statement, read.since) for row in table.to_pylist()
            )
            found[read.entity.name] = control.totals(sql, read.entity, counted)
    return found


def _monthly(sql: TotalsSql, read: Query, since: str = "") -> str:
    """A SELECT of the landed rows that the source still had, each with its month.

    Those of orders before ``since``, a month, may lack it.
    """
    month = sql.month
    live = f"select * from {STAGING}.{{}} where {HARD_DELETED_AT} is null"  # noqa: S608
    landed = f"({live.format(read.entity.name)}) as landed"
    if read.month is None:
        return f"select landed.*, '' as {MONTH} from {landed}"  # noqa: S608
    if read.orders is None:
        return f"select landed.*, {month.format(x=read.month)} as {MONTH} from {landed}"  # noqa: S608
    orders = read.orders.entity
    # The first day of a month, of our own making: few orders to find among, for each of many rows.
    recent = f" and {orders.month} >= '{since}-01'" if since else ""
    return (
        f"select landed.*, {month.format(x=f'orders.{orders.month}')} as {MONTH}"  # noqa: S608
        f" from {landed} left join ({live.format(orders.name)}{recent}) as orders"
        f" on landed.{read.month} = orders.{orders.key}"
    )


def _completed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with nulls for the columns that had not landed yet."""
    arrays = [
        table[field.name].cast(field.type)
        if field.name in table.schema.names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)


def newest_load(opened: dlt.Pipeline) -> str | None:
    """The id of the newest complete load into the schema that ``opened`` writes, if any."""
    if opened.default_schema_name is None:
        return None
    loads = f"{opened.dataset_name}._dlt_loads"
    (table,) = query(opened, f"select max(load_id) as newest from {loads} where status = 0")  # noqa: S608
    newest: str | None = table["newest"][0].as_py()
    return newest


def await_clock(opened: dlt.Pipeline) -> None:
    """Wait until the clock is past the newest load id, so that load ids only ever grow.

    Raises LoaderError when the clock is behind by more than a minute.
    """
    newest = newest_load(opened)
    behind = float(newest) - time.time() if newest else 0.0
    if behind > CLOCK_PATIENCE_SECONDS:
        raise LoaderError(
            f"the clock is {behind:.0f} seconds behind the newest load; set it right, since"
            " a load's id must be greater than those before"
        )
    time.sleep(max(0.0, behind))


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


def _unreachable(settings: Settings, error: Exception) -> LoaderError:
    if expected := cause(error, LoaderError):
        return expected
    reason = told(error)
    if "lock" in reason.lower():
        return LockedError(
            f"{_holder(str(cause(error, duckdb.Error) or error))} holds the warehouse"
            f" {settings.warehouse_name}; wait until it has ended, or end it"
        )
    return LoaderError(f"the warehouse {settings.warehouse_name} cannot be opened: {reason}")
