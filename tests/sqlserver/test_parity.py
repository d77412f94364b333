"""The same company on DuckDB and on the stand-in for SQL Server: every row of every table equal.

Each statement of dlt and dbt was parsed by SQL Server's grammar, transpiled by sqlglot and carried
out in the order it was sent, first build, incremental build, tests and all. What this cannot show:
the types, collation, precedence and overflow of SQL Server itself, its locks, and what columnstore,
masks and grants do.
"""

import sys
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from ci.parity import ABOUT_RUNS
from published import versions
from tests.conftest import MODEL_SCHEMAS, Pipeline
from tests.sqlserver.conftest import ORDERS, Recorded

pytestmark = pytest.mark.slow

# The number of a load is the moment it began.
LOAD = "_dlt_load_id"


@pytest.fixture(scope="module")
def embedded(new_pipeline: Callable[..., Pipeline]) -> Pipeline:
    pipeline = new_pipeline()
    pipeline.seed(ORDERS)
    for command in ("load", "build"):
        pipeline.run(sys.executable, "-m", "pipeline", command)
    pipeline.wave(1)
    pipeline.run(sys.executable, "-m", "pipeline", "run")
    return pipeline


@pytest.fixture(scope="module")
def both(embedded: Pipeline, server: Recorded) -> duckdb.DuckDBPyConnection:
    """A database with both warehouses attached, as ``ours`` and ``theirs``."""
    database = duckdb.connect()
    database.execute(f"attach '{embedded.folder / 'dw_ecommerce.duckdb'}' as ours (read_only)")
    database.execute(f"attach '{server.database}' as theirs (read_only)")
    return database


def rows(database: duckdb.DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    columns = database.execute(
        "select column_name from duckdb_columns()"
        " where database_name || '.' || schema_name || '.' || table_name = ? order by column_name",
        [f"ours.{table.split('.', 1)[1]}"],
    ).fetchall()
    compared = ", ".join(name for (name,) in columns if name != LOAD)
    return database.execute(f"select {compared} from {table} order by all").fetchall()


def test_every_model_has_the_same_rows(embedded: Pipeline, both: duckdb.DuckDBPyConnection) -> None:
    tables = set(embedded.tables()) - ABOUT_RUNS
    assert {table.split(".")[0] for table in tables} == set(MODEL_SCHEMAS)
    differing = [t for t in sorted(tables) if rows(both, f"ours.{t}") != rows(both, f"theirs.{t}")]
    assert differing == []


def test_staging_has_the_same_rows(both: duckdb.DuckDBPyConnection) -> None:
    for table in ("orders", "order_items", "customers", "products", "seller_targets_monthly"):
        ours, theirs = (rows(both, f"{side}.staging.{table}") for side in ("ours", "theirs"))
        assert len(ours) > 0
        assert ours == theirs


def test_the_same_is_published(embedded: Pipeline, server: Recorded) -> None:
    ours, theirs = (
        versions.current(pipeline.folder).manifest.tables
        for pipeline in (embedded, server.pipeline)
    )
    assert {n: t.columns for n, t in ours.items()} == {n: t.columns for n, t in theirs.items()}
    same = ours.keys() - ABOUT_RUNS
    assert {n: ours[n].rows for n in same} == {n: theirs[n].rows for n in same}
