"""From a fresh clone to the first page: ``python -m benchmarks.fresh``.

Clones this repository as it is committed, types what the README says, and opens the first page of
the dashboards as a browser does. To install the packages takes as long as they take to come, so it
counts apart. Writes ``benchmarks/results/fresh.json``.
"""

import asyncio
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import machine, pages
from benchmarks.process import measured
from benchmarks.server import running
from core.settings import ROOT

RESULT = Path(__file__).with_name("results") / "fresh.json"
PORT = 8597
# What would make the clone another one than a newcomer's, or read another folder.
_OURS = ("DW_", "DBT_", "PYTHON", "VIRTUAL_ENV", "MAKE", "MFLAGS")


def main() -> None:
    """Measure each step of a newcomer."""
    with TemporaryDirectory() as folder:
        found = {**machine.now(), "steps": steps(Path(folder) / "clone")}
    RESULT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def steps(clone: Path) -> dict[str, dict[str, Any]]:
    """Seconds, and more, of each step, in order."""
    found = {"git clone": asdict(measured(["git", "clone", "--quiet", ROOT, clone], {}))}
    for target in ("setup", "demo"):
        found[f"make {target}"] = asdict(measured([*_clean(), "make", target], {}, clone))
    dashboards = [*_clean(), f"STREAMLIT_SERVER_PORT={PORT}", "make", "dashboards"]
    started = time.perf_counter()
    with running(dashboards, f"http://127.0.0.1:{PORT}/_stcore/health", folder=clone):
        ready = time.perf_counter() - started
        found["make dashboards"] = {"seconds": round(ready, 3)}
        found["first page"] = {"seconds": round(asyncio.run(pages.visit("", "", PORT)), 3)}
    return found


def _clean() -> list[str]:
    """What starts a command without our settings."""
    return ["env", *(f"--unset={name}" for name in os.environ if name.startswith(_OURS))]


if __name__ == "__main__":
    main()
