"""Erasure in a lake: its landed files, and what a build makes of them."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import fsspec
import pyarrow as pa

from core import warehouse
from core.contract.entities import ENTITIES
from core.contract.personal import CUSTOMER_KEY, CUSTOMERS
from core.settings import Settings
from core.warehouse import STAGING, quoted
from loader.erasing.people import People, batches, instead
from loader.plan import company


def forget(settings: Settings, people: People, keys: list[str]) -> dict[str, int]:
    """Empty every row of customers that has landed; how many people's rows by table.

    Each file that has any is replaced whole. Then the rows, as they are now, land once more, so
    that the next build brings them into all that is made of them.
    """
    from core.engines.spark import LANDING, put_whole

    files, root = fsspec.url_to_fs(f"{settings.lake_url}/{LANDING}/{STAGING}")
    counts = {}
    with duckdb.connect() as database, TemporaryDirectory() as folder:
        if "file" not in files.protocol:
            database.register_filesystem(files)
        for entity in (CUSTOMERS, "orders"):
            columns = people.emptied(entity)
            if not columns:
                continue
            for path in files.glob(f"{root}/{entity}/*.parquet"):
                landed = files.unstrip_protocol(path)
                if not _count(database, landed, keys):
                    continue
                rewritten = Path(folder, "rewritten.parquet")
                emptied = database.sql(
                    f"select * replace ({_changes(database, landed, columns)})"  # noqa: S608
                    " from read_parquet($file)",
                    params={"file": landed, "keys": keys},
                )
                emptied.write_parquet(str(rewritten), compression="zstd")
                put_whole(files, rewritten, path)
            counts[f"{STAGING}.{entity}"] = _land_again(people, entity, keys)
    return counts


def _count(database: duckdb.DuckDBPyConnection, landed: str, keys: list[str]) -> int:
    statement = f"select count(*) from read_parquet($file) where {CUSTOMER_KEY} in $keys"  # noqa: S608
    return int(database.execute(statement, {"file": landed, "keys": keys}).fetchall()[0][0])


def _changes(database: duckdb.DuckDBPyConnection, landed: str, columns: Iterable[str]) -> str:
    """What takes the place of columns that a file has."""
    there = set(database.read_parquet(landed).columns)
    return ", ".join(
        f"case when {CUSTOMER_KEY} in $keys then {instead(c)} else {quoted(c)} end as {quoted(c)}"
        for c in columns
        if c in there
    )


def _land_again(people: People, entity: str, keys: list[str]) -> int:
    pipeline = people.staging.pipeline
    found: list[pa.Table] = []
    with pipeline.sql_client() as client:
        for some in batches(keys):
            places = ", ".join(["%s"] * len(some))
            statement = f"select * from {STAGING}.{entity} where {CUSTOMER_KEY} in ({places})"  # noqa: S608
            found += warehouse.rows(client, statement, *some)
    table = pa.concat_tables(found).drop_columns("_dlt_load_id")
    if len(table):
        key = ENTITIES[entity].key
        warehouse.await_clock(pipeline)
        pipeline.run(company([warehouse.merged(entity, key, iter([table]), table.schema)]))
    return len(table)
