"""Rows in memory answer as the files do, and a version is ready before anybody asks."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Event, Thread

import duckdb
import pytest

from dashboards import server
from dashboards.parts import periods
from published.answers import memory
from published.answers.compile import Question
from published.answers.filters import Filters
from published.answers.query import Data
from tests.conftest import Pipeline

pytestmark = pytest.mark.slow

QUARTER = Filters(inicio=date(2025, 1, 1), fim=date(2025, 3, 31), canal_venda=("App", "Site"))


@pytest.fixture
def fresh(company: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Data:
    """The company's version, opened by nobody before."""
    monkeypatch.setenv("DW_DATA_DIR", str(tmp_path))
    shutil.copytree(company.folder / "published", tmp_path / "published")
    return Data.current(tmp_path)


def questions(data: Data) -> Iterator[Question]:
    """Every metric in total and by each of its dimensions and months, filtered where it can be."""
    for name in data.semantic.metrics:
        dimensions = data.semantic.dimensions(name)
        filters = QUARTER if "canal_venda" in dimensions else QUARTER.without("canal_venda")
        for by in ((), *((dimension,) for dimension in dimensions)):
            yield Question(metrics=(name,), by=by, grain="month" if by else None, filters=filters)


def test_memory_answers_as_the_files_do(fresh: Data) -> None:
    asked = list(questions(fresh))[::8]
    before = [fresh._answer(question).to_pylist() for question in asked]
    drawn = list(memory.draw(fresh.opened.database, fresh.semantic, fresh.version))
    assert drawn == [model.table for model in fresh.semantic.models.values()]
    with fresh.opened.database.cursor() as cursor:
        tables = cursor.execute(
            "select count(*) from duckdb_tables() where schema_name = 'memoria'"
        ).fetchall()
    assert tables == [(len(drawn),)]
    assert [fresh._answer(question).to_pylist() for question in asked] == before
    assert sum(bool(rows) for rows in before) > 50
    assert not list(memory.draw(fresh.opened.database, fresh.semantic, fresh.version))
    exported = fresh.rows("mart.dash_vendas", limit=1)
    assert "numero_pedido" in exported.column_names


def test_questions_go_on_while_rows_are_drawn(fresh: Data) -> None:
    stop = Event()
    asked: list[object] = []

    def ask() -> None:
        while not stop.is_set():
            question = Question(metrics=("receita_liquida", "pedidos_criados"), by=("estado",))
            asked.append(fresh._answer(question).to_pylist())

    readers = [Thread(target=ask) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        drawn = list(memory.draw(fresh.opened.database, fresh.semantic, fresh.version))
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert len(drawn) == len(fresh.semantic.models)
    assert asked and all(rows == asked[0] for rows in asked)


def test_what_does_not_fit_stays_a_file(fresh: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1_000_000)
    assert not list(memory.draw(fresh.opened.database, fresh.semantic, fresh.version))
    assert fresh.total(["receita_liquida"])["receita_liquida"] > 0


def test_a_container_has_the_memory_that_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "CONTAINER", given)
    whole = memory.available()
    given.write_text("max\n", encoding="utf-8")
    assert memory.available() == whole
    given.write_text("1048576\n", encoding="utf-8")
    assert memory.available() == 1048576


def test_the_first_visitor_finds_what_pages_ask_for(
    fresh: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PRESETS", {periods.DEFAULT: periods.PRESETS[periods.DEFAULT]})
    steps = sum(1 for _ in server.ready(fresh))
    assert steps == len(fresh.semantic.models) + len(server.PAGES)
    monkeypatch.setattr(Data, "_answer", lambda *_: pytest.fail("a page asked something new"))
    for _ in server.ready(fresh):
        pass


def test_the_server_looks_after_new_versions_until_it_stops(
    fresh: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(server, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(server, "ready", lambda data: seen.append(data.version.version) or [])
    stop = Event()
    thread = Thread(target=server.keep_ready, args=(stop,))
    thread.start()
    folder = tmp_path / "published"
    shutil.copytree(folder / "v1", folder / "v2")
    manifest = folder / "v2" / "manifest.json"
    again = fresh.version.manifest.model_copy(update={"version": 2, "run_id": "r2"})
    manifest.write_text(again.model_dump_json(), encoding="utf-8")
    (folder / "new").write_text('{"current": 2, "kept": [1, 2]}', encoding="utf-8")
    (folder / "new").replace(folder / "current.json")
    for _ in range(500):
        if 2 in seen:
            break
        stop.wait(0.01)
    stop.set()
    thread.join()
    assert seen[-1] == 2 and len(seen) <= 2


def test_a_mart_that_cannot_be_drawn_is_read_from_its_file(fresh: Data) -> None:
    with fresh.opened.database.cursor() as cursor:
        # A name that stands in the way, in the middle of the work.
        cursor.execute("create type memoria.dash_vendas_segmento as enum ('x')")
    with pytest.raises(duckdb.Error, match="dash_vendas_segmento"):
        list(memory.draw(fresh.opened.database, fresh.semantic, fresh.version))
    assert fresh.total(["receita_liquida"])["receita_liquida"] > 0
