"""The warehouse of a simulation: dbt in this process, and the reference queries on it."""

import duckdb

from core.settings import Settings
from pipeline.dbt import invoke


class BuildError(AssertionError):
    """Nodes of dbt failed."""


def dbt(settings: Settings, *command: str) -> None:
    """Run dbt on the project in this process; raises BuildError with what failed."""
    answer = invoke(settings, *command)
    if not answer.success:
        results = getattr(answer.result, "results", None) or ()
        failed = [f"{r.node.name}: {r.message}" for r in results if r.status != "success"]
        raise BuildError("\n".join([f"dbt failed: {answer.exception or ''}", *failed]))


def forget_what_came_after_the_build(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Marts of runs show those that were there when they were built, the build still running."""
    warehouse.execute(
        """
        delete from audit.etl_run where started_at > (
            select max(started_at) from audit.etl_run where command = 'build'
        )
        """
    )
    warehouse.execute(
        """
        delete from audit.alert where fired_at > (select max(started_at) from audit.etl_run)
        """
    )
    warehouse.execute(
        """
        update audit.etl_run set status = 'running', finished_at = null, seconds = null
        where started_at = (select max(started_at) from audit.etl_run)
        """
    )
