"""Whole days on Spark: load, build, all tests, reconciliation, publication, and compaction."""

from collections.abc import Callable

import pytest

from ci.parity import compare
from core.settings import Settings
from loader import landing
from published import versions
from tests.spark.conftest import Twins

pytestmark = pytest.mark.long

FACTS = ("fact_vendas", "fact_metas", "fact_descontos", "fact_pedidos")


def files(settings: Settings) -> dict[str, set[str]]:
    """The files of each fact."""
    from core.engines import spark

    return {
        fact: {
            task.file.file_path for task in spark.table(settings, "fact", fact).scan().plan_files()
        }
        for fact in FACTS
    }


def test_days_end_as_on_duckdb_and_a_day_without_news_writes_nothing(
    new_twins: Callable[..., Twins],
) -> None:
    twins = new_twins()
    for day in range(3):
        if day:
            twins.embedded.wave(day)
        twins.on_spark("dw run")
        twins.on_duckdb("run")
        if day == 1:
            # The last day goes on from what this leaves.
            assert landing.forget_superseded(twins.settings) > 0
            twins.on_spark("compact")
    before = files(twins.settings)
    twins.on_spark("dw run", "dw smoke")
    assert files(twins.settings) == before
    with twins.opened() as (embedded, lake):
        assert compare(embedded, lake) > 25_000
    ours, theirs = (
        versions.current(folder).manifest.tables
        for folder in (twins.spark.folder, twins.embedded.folder)
    )
    assert {n: t.columns for n, t in ours.items()} == {n: t.columns for n, t in theirs.items()}
