"""Every way that is measured gives the same content; how fast it is, no test says."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from benchmarks import adventureworks, api, company, pause, peers, report, sql
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


def test_a_peer_reads_what_a_mapping_gives(tmp_path: Path) -> None:
    absent = {name: "absent" for name in peers.ENTITIES if name not in ("teams", "products")}
    teams = {"table": "Team", "key": "Id", "cursor": "none", "columns": {"team_name": "Name"}}
    products = {
        "sql": "select 'P-' || Id as product_id, 1.5 as list_price from Product",
        "key": "product_id",
        "cursor": "none",
    }
    entities = {**absent, "teams": teams, "products": products}
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(
        json.dumps({"description": "A company", "entities": entities}), encoding="utf-8"
    )
    source, target = tmp_path / "source.sqlite", tmp_path / "peer.duckdb"
    with sqlite3.connect(source) as database:
        database.execute("create table Team as select 7 as Id, 'North' as Name")
        database.execute("create table Product as select 3 as Id union select 4")

    peers.arrow(source, target, peers._mapped(source, str(mapping)))

    found = content(target, "staging")
    assert len(found) == len(peers.ENTITIES) and rows(found) == 3
    with duckdb.connect(str(target)) as database:
        assert database.sql(
            "select team_id, team_name, region_id from staging.teams"
        ).fetchall() == [("7", "North", None)]
        assert database.sql("select product_id, list_price from staging.products").fetchall() == [
            ("P-3", Decimal("1.5")),
            ("P-4", Decimal("1.5")),
        ]


def test_without_its_data_adventure_works_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    adventureworks.main(tmp_path)
    assert "Adventure Works is left out" in capsys.readouterr().out


def test_the_document_has_the_figures_of_the_results() -> None:
    assert report.figures() in report.DOCUMENT.read_text(encoding="utf-8")


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
        for schema in (*BUILT, "intermediate"):
            database.execute(f"drop schema {schema} cascade")
        for (view,) in views:
            database.execute(f"drop view staging.{view}")
        for model in ("reconciliation", "totais_staging", "quarentena"):
            database.execute(f"drop table audit.{model}")
