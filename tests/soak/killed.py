"""Loads and builds whose process is killed at a chosen point; to be run in a process of its own."""

import logging

from dbt.adapters.sql.connections import SQLConnectionManager

from core.settings import Settings
from loader import load
from simulation.process import arm, kill_at
from simulation.warehouse import dbt
from tests.loader.killed import POINTS, REPAIR_POINTS

LOAD_POINTS = (*POINTS, *REPAIR_POINTS)


def load_killed_at(settings: Settings, point: str) -> None:
    """A load that dies at one of ``LOAD_POINTS``, or ends if it does not come there."""
    kill_at(point)
    load.load(settings)


def build_killed_at(settings: Settings, when: str, statement: int) -> None:
    """A build that dies ``before`` or ``after`` its n-th SQL statement, committed or not."""
    logging.disable(logging.CRITICAL)
    arm(SQLConnectionManager, "add_query", when, statement)
    dbt(settings, "run")
