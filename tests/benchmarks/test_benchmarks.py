"""Every way that is measured gives the same content; how fast it is, no test says."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from benchmarks import api, company, pause, peers, report, sql
from benchmarks.content import content, rows
from benchmarks.phases import phases
from benchmarks.process import measured
from tests.conftest import Pipeline

BUILT = ("dim", "fact", "agg", "mart")


@pytest.fixture(scope="module")
def folder(new_pipeline: Callable[..., Pipeline]) -> Path:
    """A small company after its first day."""
    pipeline = new_pipeline()
    pipeline.seed(60)
    company.dw(pipeline.folder, "run")
    return pipeline.folder


@pytest.mark.slow
@pytest.mark.parametrize("way", peers.WAYS)
def test_each_way_loads_the_same(folder: Path, tmp_path: Path, way: str) -> None:
    target = tmp_path / "peer.duckdb"
    peers.WAYS[way](folder / company.SOURCE, target, peers._statements(None))
    ours = content(folder / "dw_ecommerce.duckdb", "staging")
    assert content(target, "staging") == ours
    assert rows(ours) > 500


@pytest.mark.slow
def test_the_bare_sql_builds_the_same(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "dw_ecommerce.duckdb"
    shutil.copy(folder / copy.name, copy)
    built = content(copy, *BUILT)
    manifest = folder / "dbt" / "manifest.json"
    _drop(copy)

    sql.build(copy, manifest)

    found = content(copy, *BUILT)
    assert found == built
    assert len(found) > 20


@pytest.mark.slow
def test_the_phases_of_a_day_add_up(folder: Path) -> None:
    company.touch(folder, 3)
    usage = company.dw(folder, "run")
    found = phases(folder, usage.seconds)
    assert sum(found.values()) == pytest.approx(usage.seconds, abs=0.01)
    assert min(found.values()) >= 0
    assert usage.peak_bytes > 100 * 2**20 and usage.cpu_seconds > 1


@pytest.mark.slow
def test_readers_are_answered_while_a_version_is_published(folder: Path) -> None:
    found = pause.measure(folder, publications=1, quiet=0.5)
    assert found["failures"] == 0
    assert found["versions"] == 2
    assert found["publishing"]["answers"] > 10


@pytest.mark.slow
def test_each_client_of_the_api_gets_its_answers(folder: Path) -> None:
    found = api.measure(folder, clients=2, requests=3)
    assert found["warm"]["answers"] == 2 * 3
    assert 0 < found["cold"]["p50"] <= found["cold"]["p95"] <= found["cold"]["longest"]


def test_the_newest_months_are_those_that_have_orders(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with sqlite3.connect(tmp_path / company.SOURCE) as database:
        database.execute("create table orders (order_date text)")
        dates = [f"{now.year}-{now.month:02}-01", f"{now.year - 1}-{now.month:02}-28", "1999-12-31"]
        database.executemany("insert into orders values (?)", [[date] for date in dates])
    assert company.months_since(tmp_path, 1) == 1
    assert company.months_since(tmp_path, 2) == 13


def test_the_document_has_the_figures_of_the_results() -> None:
    assert report.figures() in report.DOCUMENT.read_text()


def test_a_command_that_fails_says_what_it_printed() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)ended with 3.*so it goes"):
        measured(["sh", "-c", "echo so it goes >&2; exit 3"], {})


def test_charts_escape_and_scale() -> None:
    chart = report.bars("a < b", {"ours": 2.0, "other": 4.0})
    assert "a &lt; b" in chart
    assert chart.count("<rect") == 3


def _drop(warehouse: Path) -> None:
    """Leave what has landed only."""
    with duckdb.connect(str(warehouse)) as database:
        views = database.execute(
            "select table_name from information_schema.views where table_schema = 'staging'"
        ).fetchall()
        for schema in BUILT:
            database.execute(f"drop schema {schema} cascade")
        for (view,) in views:
            database.execute(f"drop view staging.{view}")
        database.execute("drop table audit.reconciliation")
        database.execute("drop table audit.quarentena")
