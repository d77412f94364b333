"""A build that is killed, and run again, ends as one that was not."""

import os
import signal
import subprocess
import sys

import pytest

from core.settings import ROOT
from pipeline import build
from tests.publish.killed_build import POINTS
from tests.publish.office import Office

DAILY = "node-built:fact_vendas"
FACTS = ("fact_vendas", "fact_pedidos", "fact_metas", "fact_descontos")


def _facts(office: Office) -> dict[str, list[object]]:
    return {name: list(office.sql(f"select * from fact.{name} order by all")) for name in FACTS}


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(point, marks=pytest.mark.slow if point == DAILY else pytest.mark.long)
        for point in POINTS
    ],
)
def test_killed_at_a_checkpoint_and_run_again(point: str, office: Office) -> None:
    before = _facts(office)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.publish.killed_build", point],
        cwd=ROOT,
        env=os.environ | {"DW_DATA_DIR": str(office.settings.data_dir)},
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL
    build.build(office.settings)
    assert _facts(office) == before
    ended = office.sql("select status from audit.etl_run where command = 'build'")
    # A build whose run is in the audit as it should be was killed after that.
    crashed = point != "build-recorded"
    assert (("crashed",) in ended) == crashed
    assert ("running",) not in ended
