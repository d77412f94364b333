"""The embedded warehouse, a file of DuckDB: dlt's destination for it."""

from dlt.common.destination.client import LoadJob
from dlt.common.destination.typing import PreparedTableSchema
from dlt.destinations import duckdb
from dlt.destinations.impl.duckdb.duck import DuckDbClient, DuckDbCopyJob

from core.settings import Settings


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


class _Client(DuckDbClient):
    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        job = super().create_load_job(table, file_path, load_id, restore)
        # All that lands is Arrow, which dlt writes as Parquet.
        copies = isinstance(job, DuckDbCopyJob) and file_path.endswith(".parquet")
        return _CopyJob(file_path) if copies else job


class _Destination(duckdb):
    @property
    def client_class(self) -> type[DuckDbClient]:
        return _Client


def destination(settings: Settings) -> duckdb:
    """The destination of dlt's pipelines."""
    # Not what is held: dlt would ask a connection 30 times a load which file it is of.
    return _Destination(str(settings.warehouse), destination_name="duckdb")
