"""All SQL against SQL Server's grammar and names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.sqlserver.parser import TOOL

pytestmark = pytest.mark.slow


def test_check_tsql_finds_nothing() -> None:
    if not TOOL.is_file():
        pytest.skip(f"{TOOL} is not there (DW_SHARED_TOOLS names its folder)")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "DW_SHARED_TOOLS": str(TOOL.parent)}
    done = subprocess.run(
        [ROOT / "ci" / "check_tsql.sh"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.count(" 0 errors, 0 warnings") == 3
