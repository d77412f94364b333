"""Loads and builds whose process is killed at a chosen point; to be run in a process of its own."""

import logging

from dbt.adapters.sql.connections import SQLConnectionManager
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.pipeline.pipeline import Pipeline

from core import warehouse
from core.settings import Settings
from loader import load
from simulation.process import arm
from simulation.warehouse import dbt
from tests.loader.killed import POINTS

LOAD_POINTS = {
    **POINTS,
    "all-landed": (SqlJobClientBase, "complete_load", "before", 2),
    "not-proved": (warehouse, "totals", "before", 1),
    # The third package is the repair, or else the end of the audit.
    "repair-extracted": (Pipeline, "normalize", "before", 3),
    "repair-normalised": (Pipeline, "load", "before", 3),
    "repair-landed": (SqlJobClientBase, "complete_load", "before", 3),
    "repair-recorded": (SqlJobClientBase, "complete_load", "after", 3),
}
# The same moments of a load into a lake.
LAKE_POINTS = {
    "copy-begins": ("file", "before", 5),
    "copied": ("file", "after", 5),
    "merge-begins": ("file", "before", 7),
    "merged": ("file", "after", 7),
    "last-merged": ("complete", "before", 2),
    "all-landed": ("complete", "before", 2),
    "load-recorded": ("complete", "after", 2),
    "repair-landed": ("complete", "before", 3),
    "repair-recorded": ("complete", "after", 3),
}


def load_killed_at(settings: Settings, point: str) -> None:
    """A load that dies at one of ``LOAD_POINTS``."""
    if settings.target == "spark" and point in LAKE_POINTS:
        # Only who has the extra.
        from tests.spark.killed import POINTS as OF_LAKE

        of_lake, *moment = LAKE_POINTS[point]
        arm(*OF_LAKE[of_lake], *moment)
    else:
        arm(*LOAD_POINTS[point])
    load.load(settings)


def build_killed_at(settings: Settings, when: str, statement: int) -> None:
    """A build that dies ``before`` or ``after`` its n-th SQL statement, committed or not."""
    logging.disable(logging.CRITICAL)
    arm(SQLConnectionManager, "add_query", when, statement)
    dbt(settings, "run")
