"""``dw load``, dying at a chosen point: ``python -m tests.spark.killed <point> <when> <call>``."""

import sys

from dlt.destinations.impl.filesystem.filesystem import FilesystemClient

from core.engines import spark
from pipeline.cli import app
from simulation.process import arm

POINTS = {
    # a file of rows goes to the lake
    "file": (spark._LoadJob, "run"),
    # the load is told to be complete
    "complete": (FilesystemClient, "complete_load"),
}

if __name__ == "__main__":
    point, when, call = sys.argv[1:]
    arm(*POINTS[point], when, int(call))
    app(["load"])
