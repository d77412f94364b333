"""``python -m tests.publish.killed_build MOMENT``: a build that is killed at a checkpoint."""

import sys

from core.settings import Settings
from pipeline.build import build
from simulation.process import kill_at

POINTS = ("building", "node-built:fact_vendas", "built", "build-recorded")

if __name__ == "__main__":
    kill_at(sys.argv[1])
    build(Settings())
