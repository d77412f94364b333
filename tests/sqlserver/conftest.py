"""A company's warehouse on SQL Server, as far as one can be had without a server."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Pipeline
from tests.sqlserver.parser import TOOL

ORDERS = 300
DATABASE, LOG = "server.duckdb", "batches.sql"
COMMANDS = ("dw load", "dw build", "seeds-oltp wave 1", "dw run")


@dataclass(frozen=True)
class Recorded:
    """What a first build and a day's run sent, and what they left."""

    pipeline: Pipeline
    database: Path
    batches: list[str]


@pytest.fixture(scope="session")
def server(once: Callable[[str, Callable[[Path], None]], Path]) -> Recorded:
    """Two loads and builds on the stand-in, the second one incremental, then publication."""
    if not TOOL.is_file():
        pytest.skip(f"{TOOL} is not there (DW_SHARED_TOOLS names its folder)")

    def make(folder: Path) -> None:
        pipeline = on_server(folder)
        pipeline.seed(ORDERS)
        database, log = str(folder / DATABASE), str(folder / LOG)
        pipeline.run(sys.executable, "-m", "tests.sqlserver.dw", database, log, *COMMANDS)

    folder = once("sqlserver", make)
    batches = (folder / LOG).read_text(encoding="utf-8").split("\n;;;\n")
    return Recorded(on_server(folder), folder / DATABASE, batches)


def on_server(folder: Path) -> Pipeline:
    return Pipeline(folder, DW_TARGET="sqlserver", DW_SHARED_TOOLS=str(TOOL.parent))
