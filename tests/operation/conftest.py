"""A small company whose keeper has done all that the runbook says, once."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.conftest import Pipeline

RUNBOOK = (ROOT / "docs" / "RUNBOOK.md").read_text(encoding="utf-8")


class Keeper:
    """Who runs commands, as they stand in the runbook, on a company of 200 orders."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.pipeline.environment |= {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DBT_PROJECT_DIR": str(ROOT / "dbt_project"),
            "DBT_PROFILES_DIR": str(ROOT / "dbt_project"),
        }

    def bash(self, block: str) -> subprocess.CompletedProcess[str]:
        return self.pipeline.run("bash", "-euo", "pipefail", "-c", block, check=False)


@pytest.fixture(scope="session")
def keeper(new_pipeline: Callable[..., Pipeline]) -> Keeper:
    pipeline = new_pipeline()
    pipeline.seed(200)
    keeper = Keeper(pipeline)
    for block in re.findall(r"^```bash\n(.*?)^```", RUNBOOK, re.MULTILINE | re.DOTALL):
        done = keeper.bash(block)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return keeper
