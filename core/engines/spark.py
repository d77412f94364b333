"""A warehouse on Spark and Iceberg: its lake, how rows land there, and how what is built is read.

A lake is a folder or a bucket. dlt appends what changed as Parquet under ``landing``, a file per
load; dbt merges it into Iceberg tables under ``warehouse`` and builds on them (its macros are in
``dbt_project/macros/engine/spark.sql``). The loader reads both without Spark: the newest landed
row of each key, and the files of a table's newest snapshot, are Parquet that DuckDB reads.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import fsspec
from dlt.common.configuration.providers import EnvironProvider
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.destination.capabilities import DestinationCapabilitiesContext
from dlt.common.destination.client import LoadJob
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.schema import Schema
from dlt.destinations import filesystem
from dlt.destinations.impl.filesystem.configuration import FilesystemDestinationClientConfiguration
from dlt.destinations.impl.filesystem.filesystem import FilesystemClient, FilesystemLoadJob
from dlt.destinations.impl.filesystem.sql_client import FilesystemSqlClient
from pyiceberg.table import StaticTable

from core.engines.base import Engine, Reader
from core.engines.duckdb import DuckDBReader
from core.engines.moments import NamedMoments
from core.errors import UsageError
from core.settings import Settings

LANDING, WAREHOUSE = "landing", "warehouse"
# What it says when a session ends would stand among our own lines.
logging.getLogger("py4j").setLevel(logging.WARNING)
# Of the Spark and the Scala that pyspark has.
ICEBERG = "iceberg-spark-runtime-3.5_2.12-*.jar"


def jar() -> str:
    """The path of Iceberg's jar. Raises UsageError when the extra that brings it is missing."""
    package = find_spec("snowpark_connect_deps_iceberg")
    for folder in package.submodule_search_locations or () if package else ():
        for path in Path(folder).glob(f"jars/{ICEBERG}"):
            return str(path)
    raise UsageError("Spark is not installed: `.venv/bin/pip install -e '.[spark]'`")


class Spark(Engine):
    """A lake that Spark builds on."""

    state = "dlt_spark"
    lands_files = True

    @property
    def name(self) -> str:
        return self.settings.lake_url

    def destination(self) -> "Destination":
        return destination(self.settings)

    def providers(self) -> list[ConfigProvider]:
        # The credentials of a bucket, by the names that dlt gives them.
        return [] if self.settings.lake_url.startswith("file:") else [EnvironProvider()]

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        with lake(self.settings) as database:
            yield DuckDBReader(self, database)

    def environment(self) -> dict[str, str]:
        return self.own_settings() | environment(self.settings)

    def release(self) -> None:
        stop()


ENGINE = Spark


def environment(settings: Settings) -> dict[str, str]:
    """What dbt's profile must know of the lake and cannot know by the settings alone."""
    files, root = fsspec.url_to_fs(f"{settings.lake_url}/{WAREHOUSE}")
    # Iceberg cannot list the schemas of a warehouse that is not there.
    files.makedirs(root, exist_ok=True)
    return {
        "DW_LAKE_URL": settings.lake_url,
        "DW_SPARK_JARS": settings.spark_jars or jar(),
    }


def stop() -> None:
    """End the Spark session of this process, if there is one."""
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    # A thread of dbt's has made it, and is gone; when nobody has, that is the error.
    with suppress(PySparkRuntimeError):
        SparkSession.active().stop()


@contextmanager
def lake(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with the newest snapshot of each table of the warehouse as a view."""
    with duckdb.connect() as database:
        files, _ = fsspec.url_to_fs(settings.lake_url)
        if "file" not in files.protocol:
            database.register_filesystem(files)
        for schema in _folders(settings):
            database.execute(f'create schema "{schema}"')
            _add_views(database, settings, schema, tables(settings, schema))
        yield database


def tables(settings: Settings, schema: str) -> list[str]:
    """The names of the tables of a schema of the warehouse; none when it is not there."""
    return _folders(settings, schema)


def table(settings: Settings, schema: str, name: str) -> StaticTable:
    """A table of the warehouse as Iceberg's metadata tell of it."""
    return StaticTable.from_metadata(f"{settings.lake_url}/{WAREHOUSE}/{schema}/{name}")


def _folders(settings: Settings, *path: str) -> list[str]:
    """The schemas of the warehouse, or the tables of one."""
    files, root = fsspec.url_to_fs("/".join((settings.lake_url, WAREHOUSE, *path)))
    if not files.exists(root):
        return []
    found = (entry for entry in files.ls(root, detail=True) if entry["type"] == "directory")
    return sorted(Path(entry["name"]).name for entry in found)


def _add_views(
    database: duckdb.DuckDBPyConnection, settings: Settings, schema: str, names: Iterable[str]
) -> None:
    for name in names:
        opened = table(settings, schema, name)
        columns = opened.schema().as_arrow()
        # All of its rows: what a MERGE deletes is gone from the files that it writes.
        files = [task.file.file_path for task in opened.scan().plan_files()]
        if not files:
            database.register("no_rows", columns.empty_table())
            database.execute(f'create or replace table "{schema}"."{name}" as from no_rows')
            continue
        selected = ", ".join(f'"{column}"' for column in columns.names)
        rows = f"select {selected} from read_parquet({files}, union_by_name = true)"  # noqa: S608
        database.execute(f'create or replace view "{schema}"."{name}" as {rows}')


class _SqlClient(FilesystemSqlClient):
    """Reads the landed rows as they now are, and what dbt has built beside them."""

    def __init__(self, settings: Settings, client: FilesystemClient, dataset: str) -> None:
        super().__init__(client, dataset)
        self._settings = settings

    def open_connection(self) -> duckdb.DuckDBPyConnection:
        connection = super().open_connection()
        built = set(tables(self._settings, self.dataset_name)) - set(self.schema.tables)
        _add_views(connection, self._settings, self.dataset_name, built)
        return connection

    def create_secret(self, *arguments: Any, **options: Any) -> bool:
        """Have DuckDB read a bucket through fsspec: by itself it would fetch an extension."""
        client = self.remote_client
        if not client.config.is_local_filesystem:
            self._register_filesystem(client.fs_client, client.config.protocol)
        return True

    def create_view_select(
        self, table_schema: PreparedTableSchema, schema: Schema | None = None
    ) -> tuple[str, str] | None:
        found = super().create_view_select(table_schema, schema or self.schema)
        keys = [name for name, c in table_schema["columns"].items() if c.get("primary_key")]
        if found is None or not keys:
            return found
        location, rows = found
        newest = f"partition by {', '.join(keys)} order by _dlt_load_id desc"
        return location, f"{rows} qualify row_number() over ({newest}) = 1"


def put_whole(files: fsspec.AbstractFileSystem, source: Path, path: str) -> None:
    """Copy a file to its place among a table's landed files, whole or not at all."""
    if "file" not in files.protocol:
        # An object is there whole or not at all.
        files.put_file(str(source), path)
        return
    target = Path(path)
    # A copy that was cut off lies where nobody reads.
    incoming = target.parent.parent / "_incoming" / target.name
    for folder in (incoming.parent, target.parent):
        folder.mkdir(exist_ok=True)
    files.put_file(str(source), str(incoming))
    incoming.replace(target)


class _LoadJob(FilesystemLoadJob):
    """Lands a file whole."""

    def run(self) -> None:
        client = self._job_client
        if client.config.is_local_filesystem:
            put_whole(client.fs_client, Path(self._file_path), self.make_remote_path())
        else:
            super().run()


class Destination(filesystem):
    """dlt's destination for files, with our way to write and to read."""

    settings: Settings

    @property
    def client_class(self) -> type[FilesystemClient]:
        settings = self.settings

        class Client(NamedMoments, FilesystemClient):
            def __init__(
                self,
                schema: Schema,
                config: FilesystemDestinationClientConfiguration,
                capabilities: DestinationCapabilitiesContext,
            ) -> None:
                super().__init__(schema, config, capabilities)
                self.sql_client = _SqlClient(settings, self, self.dataset_name)

            def get_load_job_class(
                self, table: PreparedTableSchema, file_path: str
            ) -> type[LoadJob]:
                found = super().get_load_job_class(table, file_path)
                return _LoadJob if found is FilesystemLoadJob else found

        return Client


def destination(settings: Settings) -> Destination:
    """The destination of dlt's pipelines."""
    made = Destination(f"{settings.lake_url}/{LANDING}", destination_name="filesystem")
    made.settings = settings
    return made
