"""The runbook: every alert has its section, and every command in it works, in its order."""

import re

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
    assert (folder / "dw_ecommerce.duckdb.old").is_file()
