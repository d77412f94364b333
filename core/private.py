"""The data folder is its owner's alone, and keeps nothing of runs that were cut off.

Folders 700, files 600: warehouse, landed files, logs and what is published hold a company's data.
"""

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
# Where a load compares rows that do not fit into memory; dlt's own folders are in dlt's state.
SPILL = ".spill-"
# A warehouse that is being written anew.
FRESH = ".fresh"
_SPILLS = (f"{SPILL}*", "tmp????????", "*.duckdb.tmp")
# A spill of an older release had a name of Python's choice: known by what DuckDB puts there.
_SPILLED = re.compile(r"duckdb_temp|duckdb_ordered")


def keep_private() -> None:
    """Have this process make files that only its own user may read."""
    os.umask(0o077)


def make_private(folder: Path) -> None:
    """Take a folder, and all that it holds, away from other users; links are not followed."""
    _restrict(folder, FOLDER)
    for path, folders, files in os.walk(folder):
        for names, mode in ((folders, FOLDER), (files, FILE)):
            for name in names:
                _restrict(Path(path, name), mode)


def _restrict(path: Path, mode: int) -> None:
    # A file may go while we walk, and what is another user's is not ours to close.
    with suppress(FileNotFoundError, PermissionError):
        if not path.is_symlink() and path.stat().st_mode & 0o777 != mode:
            path.chmod(mode)


def sweep(data_dir: Path) -> None:
    """Remove what runs that were killed left of rows they had read; the caller holds the lock.

    A package of dlt's that is whole stays: the next load finishes it.
    """
    for pattern in _SPILLS:
        for path in data_dir.glob(pattern):
            if path.is_dir() and _is_spill(path):
                shutil.rmtree(path)
    for path in data_dir.glob(f"*{FRESH}*"):
        path.unlink()
    for state in data_dir.glob("dlt*/dw_*"):
        extracted = (p for p in state.glob("normalize/*") if p.name != "extracted")
        left = [*extracted, *state.glob("load/new/*"), *state.glob("load/loaded/*")]
        for path in left:
            if path.is_dir():
                shutil.rmtree(path)
        # The trace of a failure quotes what the database said.
        (state / "trace.pickle").unlink(missing_ok=True)


def _is_spill(path: Path) -> bool:
    if path.name.startswith(SPILL):
        return True
    return all(_SPILLED.match(file.name) for file in path.iterdir())
