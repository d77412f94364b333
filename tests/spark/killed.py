"""``dw load`` into a lake, killed at a checkpoint: ``python -m tests.spark.killed MOMENT``."""

import sys

from pipeline.cli import app
from simulation.process import kill_at

# A lake takes files, and is then told that the load is complete: nothing is merged.
POINTS = ("copying:orders", "copied:order_items", "all-merged")

if __name__ == "__main__":
    kill_at(sys.argv[1])
    app(["load"])
