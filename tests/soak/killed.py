"""Loads and builds whose process is killed at a chosen point; to be run in a process of its own."""

import logging

from dbt.adapters.sql.connections import SQLConnectionManager
from dlt.destinations.job_client_impl import SqlJobClientBase

from loader import load
from loader.settings import Settings
from tests.loader.killed import POINTS, arm
from tests.soak.dw import dbt

# All rows have landed, but not the word that the load is complete.
POINTS["all-landed"] = (SqlJobClientBase, "complete_load", "before", 2)
LOAD_POINTS = sorted(POINTS)


def load_killed_at(settings: Settings, point: str) -> None:
    """A load that dies at one of ``LOAD_POINTS``."""
    arm(*POINTS[point])
    load.load(settings)


def build_killed_at(settings: Settings, when: str, statement: int) -> None:
    """A build that dies ``before`` or ``after`` its n-th SQL statement, committed or not."""
    logging.disable(logging.CRITICAL)
    arm(SQLConnectionManager, "add_query", when, statement)
    dbt(settings, "run")
