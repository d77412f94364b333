"""The warehouse as dlt writes it: a pipeline for each schema, and what they have brought."""

import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import dlt
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.runtime.collector import NULL_COLLECTOR, TqdmCollector
from dlt.common.runtime.run_context import RunContext
from dlt.common.schema.typing import TColumnSchema
from dlt.destinations.sql_client import SqlClientBase
from dlt.extract.resource import DltResource

from core.contract.entities import text_length
from core.dlt_paths import allow_percent_signs
from core.engines import engine
from core.engines.base import CHUNK_ROWS, Engine
from core.errors import LoaderError, cause
from core.settings import Settings

STAGING = "staging"
Client = SqlClientBase[Any]
# A clock that is behind by less is waited for; by more, someone must look at it.
CLOCK_PATIENCE_SECONDS = 60

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

    def __init__(self, more: Sequence[ConfigProvider]) -> None:
        super().__init__(run_dir=None)
        self._more = more

    def initial_providers(self) -> list[ConfigProvider]:
        return [_Configuration(), *self._more]


def configure(warehouse: Engine) -> None:
    """Have dlt take its settings from here, and those of its destination from the engine."""
    allow_percent_signs()
    Container()[PluggableRunContext] = PluggableRunContext(_Context(warehouse.providers()))


def pipeline(settings: Settings, dataset: str) -> dlt.Pipeline:
    """The dlt pipeline that writes one schema of the warehouse, its state restored from there.

    Raises LockedError when another process holds the warehouse, LoaderError when it is out of
    reach.
    """
    warehouse = engine(settings)
    if dataset in warehouse.pipelines:
        return warehouse.pipelines[dataset]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    configure(warehouse)
    opened: dlt.Pipeline = dlt.pipeline(
        f"dw_{dataset}",
        pipelines_dir=str(settings.data_dir / warehouse.state),
        destination=warehouse.destination(),
        dataset_name=dataset,
        progress=TqdmCollector() if sys.stderr.isatty() else NULL_COLLECTOR,
    )
    try:
        opened.sync_destination()
    except Exception as error:
        if expected := cause(error, LoaderError):
            raise expected from error
        raise warehouse.unreachable(error) from error
    warehouse.pipelines[dataset] = opened
    return opened


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


def quoted(column: str) -> str:
    """A column's name as every engine takes it."""
    return '"' + column.replace('"', '""') + '"'


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
