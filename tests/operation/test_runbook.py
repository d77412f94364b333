"""The runbook: every alert has its section, and every command in it works, in its order."""

import re

import duckdb
import pytest

from loader import published
from loader.incidents import Rule
from tests.operation.conftest import RUNBOOK, Keeper


def test_every_alert_has_a_section() -> None:
    headings = re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(Rule) <= anchors
    assert set(re.findall(r"\]\(#([a-z-]+)\)", RUNBOOK)) <= anchors


@pytest.mark.slow
def test_every_command_works(keeper: Keeper) -> None:
    folder = keeper.pipeline.folder
    # Run, mended, restored, made from scratch, and rolled back.
    assert published.catalogue(folder) == published.Catalogue(current=2, kept=[1, 2, 3])
    assert folder.with_name(f"{folder.name}.damaged").is_dir()


@pytest.mark.slow
def test_the_steps_of_one_daily_run_share_an_id(keeper: Keeper) -> None:
    folder = keeper.pipeline.folder
    # The warehouse in which the runbook began.
    with duckdb.connect(str(folder / "dw_ecommerce.duckdb.old"), read_only=True) as database:
        cycles = database.execute(
            "select cycle_id, list(command order by started_at) from audit.etl_run"
            " where cycle_id is not null group by cycle_id"
        ).fetchall()
    ((cycle, commands),) = cycles
    assert commands == ["load", "build", "reconcile", "publish"]
    assert [v.manifest.cycle_id for v in published.versions(folder)] == [cycle, None, None]
