"""Whatever SELECT a mapping has, what a load asks of it takes steps in proportion to its rows."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.proof import SHAPES, make, mapped
from loader.source.snapshot import snapshot
from loader.source.totals import add_up


def _steps(file: Path, shape: str) -> int:
    """Thousands of steps of SQLite's machine that adding up lines by their orders' month takes."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with snapshot(f"sqlite:///{file}", mapped(shape)) as source:
        connection = source.connections[0]
        query = replace(source.query("order_items", {}), orders=source.query("orders", {}))
        driver = connection.connection.dbapi_connection
        driver.set_progress_handler(count, 1000)  # type: ignore[union-attr]
        totals = add_up(connection, query)
        found = list(source.read(query, months={"2025-01"}))
        driver.set_progress_handler(None, 0)  # type: ignore[union-attr]
    assert sum(value for (_, measure), value in totals.items() if measure == "rows") == len(
        sqlite3.connect(file).execute("select 1 from line").fetchall()
    )
    assert sum(map(len, found)) == totals["2025-01", "rows"]
    return steps


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_rows_take_four_times_the_steps(shape: str, tmp_path: Path) -> None:
    small, big = tmp_path / "small.sqlite", tmp_path / "big.sqlite"
    make(small, 1_500, per_order=10)
    make(big, 6_000, per_order=10)
    assert _steps(big, shape) < 6 * _steps(small, shape)
