"""``python -m tests.loader.killed MOMENT``: a load whose process is killed at a checkpoint.

``MOMENT`` is as :func:`simulation.process.kill_at` takes it.
"""

import sys

from pipeline.cli import main
from simulation.process import kill_at

POINTS = (
    "run-recorded",
    "reading",
    "reading:order_item_discounts",
    "extracted",
    "normalised",
    "copying",
    "copied",
    "merging",
    "merged",
    "all-merged",
    "load-recorded",
    "loaded",
    "proved",
    "run-ending",
)
# Of a load that finds rows to repair.
REPAIR_POINTS = (
    "repairing",
    "repairing:order_items",
    "repairing>extracted",
    "repairing>normalised",
    "repairing>merged",
    "repairing>load-recorded",
    "repairing>loaded",
)


if __name__ == "__main__":
    kill_at(sys.argv.pop(1))
    main()
