"""What has landed in a lake: a log in which a key has a row of each load that changed it.

``python -m loader.landing`` takes rows out of the log that newer ones have superseded, so that what
a source has erased, of a person say, does not outlive there.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import fsspec
import typer
from pyarrow import parquet

from core.command import main
from core.contract.entities import ENTITIES
from core.engines.spark import LANDING, put_whole
from core.errors import UsageError
from core.lock import hold_warehouse
from core.settings import Settings, read_settings
from core.warehouse import STAGING

_NEWEST = """
create or replace temp table newest as
select {key} as key, max(_dlt_load_id) as load
from read_parquet($files, union_by_name = true)
where _dlt_load_id in (
    select load_id
    from read_json($loads, columns = {{load_id: 'varchar', status: 'bigint'}})
    where status = 0
)
group by {key}
"""
_STALE = """
select landed.filename, count(*)
from read_parquet($files, union_by_name = true, filename = true) as landed
inner join newest on landed.{key} = newest.key and landed._dlt_load_id < newest.load
group by landed.filename
order by landed.filename
"""
_KEPT = """
select landed.*
from read_parquet($file) as landed
semi join newest on landed.{key} = newest.key and landed._dlt_load_id = newest.load
"""


def forget_superseded(settings: Settings) -> int:
    """Keep of each key of each entity its newest row of a complete load; how many rows went.

    Files of loads that are not complete stay. Each file is replaced whole, or removed when nothing
    of it is left, so it may be cut off anywhere. Raises LockedError while a run writes.
    """
    files, root = fsspec.url_to_fs(f"{settings.lake_url}/{LANDING}/{STAGING}")
    with hold_warehouse(settings), duckdb.connect() as database:
        if "file" not in files.protocol:
            database.register_filesystem(files)
        loads = _urls(files, f"{root}/_dlt_loads/*.jsonl")
        return sum(
            _forget(database, files, _urls(files, f"{root}/{name}/*.parquet"), loads, entity.key)
            for name, entity in ENTITIES.items()
        )


def _urls(files: fsspec.AbstractFileSystem, pattern: str) -> list[str]:
    return [files.unstrip_protocol(path) for path in files.glob(pattern)]


def _forget(
    database: duckdb.DuckDBPyConnection,
    files: fsspec.AbstractFileSystem,
    landed: list[str],
    loads: list[str],
    key: str,
) -> int:
    if not landed or not loads:
        return 0
    database.execute(_NEWEST.format(key=key), {"files": landed, "loads": loads})
    stale = database.execute(_STALE.format(key=key), {"files": landed}).fetchall()
    for url, _ in stale:
        kept = database.sql(_KEPT.format(key=key), params={"file": url})
        path = files._strip_protocol(url)
        with TemporaryDirectory() as folder:
            rewritten = Path(folder, "rewritten.parquet")
            kept.write_parquet(str(rewritten), compression="zstd")
            if parquet.read_metadata(rewritten).num_rows:
                put_whole(files, rewritten, path)
            else:
                files.rm_file(path)
    return sum(count for _, count in stale)


def forget() -> None:
    """Do it, and tell how much."""
    settings = read_settings(Settings)
    if settings.target != "spark":
        raise UsageError("only a lake has a log of what has landed: set DW_TARGET=spark")
    typer.echo(f"{forget_superseded(settings)} superseded rows left the landed files")


if __name__ == "__main__":
    main(forget)
