"""``python -m tests.loader.killed POINT``: a load whose process is killed at a named point.

``POINT`` is a key of ``POINTS`` or, in a load that finds rows to repair, of ``REPAIR_POINTS``: the
call that it names never returns (``before:``), or has done its work when the process dies
(``after:``), the n-th time it is reached.
"""

import sys
from typing import Any

from dlt.common.storages.load_storage import LoadStorage
from dlt.destinations.impl.duckdb.duck import DuckDbCopyJob
from dlt.destinations.job_client_impl import SqlJobClientBase, SqlLoadJob
from dlt.normalize.normalize import Normalize
from dlt.pipeline.pipeline import Pipeline

from core import warehouse
from core.audit import Audit
from loader import load
from pipeline.cli import main
from simulation.process import arm

# Name to: class or module, function, before or after it, at which call.
POINTS: dict[str, tuple[Any, str, str, int]] = {
    "audit-start": (Audit, "_write", "after", 1),
    "extract-first": (load, "_counted", "before", 1),
    "extract-ninth": (load, "_counted", "before", 9),
    "extracted": (Pipeline, "normalize", "before", 2),
    "normalise-files": (Normalize, "spool_files", "before", 2),
    "normalised": (Pipeline, "load", "before", 2),
    "copy-begins": (DuckDbCopyJob, "run", "before", 4),
    "copied": (DuckDbCopyJob, "run", "after", 4),
    "merge-begins": (SqlLoadJob, "run", "before", 4),
    "merged": (SqlLoadJob, "run", "after", 4),
    "last-merged": (SqlLoadJob, "run", "after", 5),
    "load-recorded": (SqlJobClientBase, "complete_load", "after", 2),
    "load-complete": (LoadStorage, "complete_load_package", "after", 2),
    "audit-end": (Audit, "_write", "before", 2),
}
REPAIR_POINTS: dict[str, tuple[Any, str, str, int]] = {
    "landed": (warehouse, "totals", "before", 1),
    "rows-found": (load, "_repair_counted", "before", 2),
    "repair-extracted": (Pipeline, "normalize", "before", 3),
    "repair-normalised": (Pipeline, "load", "before", 3),
    "repaired": (load, "_merge", "after", 2),
}


if __name__ == "__main__":
    arm(*(POINTS | REPAIR_POINTS)[sys.argv.pop(1)])
    main()
