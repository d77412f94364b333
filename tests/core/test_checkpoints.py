"""Every named moment of a run is reached somewhere, and killed at somewhere."""

import re
import sys
from pathlib import Path

import pytest

from core.checkpoints import CHECKPOINTS, EVENT, checkpoint
from core.settings import ROOT
from simulation.process import kill_at
from tests.loader.killed import POINTS as OF_LOADS
from tests.loader.killed import REPAIR_POINTS
from tests.publish.killed import POINTS as OF_PUBLICATIONS
from tests.publish.killed_build import POINTS as OF_BUILDS
from tests.spark.killed import POINTS as OF_LAKES

ROOMS = ("core", "loader", "published", "pipeline", "dashboards")
CALL = re.compile(r"\bcheckpoint\(\s*(?P<arguments>[^)]*)")


def test_every_checkpoint_is_killed_at_somewhere() -> None:
    moments = [*OF_LOADS, *REPAIR_POINTS, *OF_BUILDS, *OF_PUBLICATIONS, *OF_LAKES]
    killed_at = {moment.rpartition(">")[2].partition(":")[0] for moment in moments}
    assert killed_at == set(CHECKPOINTS)


def test_every_checkpoint_is_reached_somewhere() -> None:
    files = [path for room in ROOMS for path in Path(ROOT, room).rglob("*.py")]
    calls = [
        call["arguments"]
        for path in files
        if path.name != "checkpoints.py"
        for call in CALL.finditer(path.read_text(encoding="utf-8"))
    ]
    reached = {name for call in calls for name in re.findall(r'"([a-z-]+)"', call)}
    assert reached == set(CHECKPOINTS)


def test_a_hook_is_told_of_what_is_reached() -> None:
    told = []
    sys.addaudithook(lambda event, found: told.append(found) if event == EVENT else None)
    checkpoint("reading", "orders")
    assert told == [("reading", "orders")]


def test_what_is_no_checkpoint_cannot_be_armed() -> None:
    with pytest.raises(ValueError, match="no checkpoint: fetched"):
        kill_at("reading>fetched")
