"""Seals: what each table held when it was last proved, month by month, kept in ``audit.seal``.

A seal is the engine's own hash of the rows, their number, and the sum of each column. Until a
command that writes to the table begins, the table must hold exactly that: whatever else has changed
it, a repair by hand, a damaged block, a backup restored by half, is told.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import structlog

from core.audit import Audit
from core.clock import now
from core.contents import NO_MONTH, Content, Contents
from core.contract.entities import ENTITIES, text
from core.engines import engine
from core.engines.base import NotBuiltError, Reader
from core.settings import Settings

SEAL = "seal"
_COLUMNS = pa.schema(
    [
        text("table_name", 128, nullable=False),
        pa.field("month", pa.int64(), nullable=False),
        ("engine", pa.string()),
        ("rows", pa.int64()),
        ("hash", pa.string()),
        ("sums", pa.string()),
        ("sealed_at", pa.timestamp("us")),
        ("run_id", pa.string()),
    ]
)
_SEALS = "select table_name, month, engine, rows, hash, sums, sealed_at from audit.seal"
# Commands that write to no table that is sealed; one that this list does not know may have.
_READERS = {"reconcile", "publish", "rollback"}
_LOADS = {"load", "backfill"}
# Each command's newest run that began, and its newest that ended well.
_RUNS = """
select
    command,
    max(started_at) as began,
    max(case when status = 'success' then started_at end) as succeeded,
    max(case when status in ('running', 'crashed') then started_at end) as died,
    max(case when load_id is not null then started_at end) as landed
from audit.etl_run
where run_id <> %s
group by command
"""

log = structlog.get_logger()


@dataclass(frozen=True)
class Seals:
    """The seals of a warehouse."""

    tables: dict[str, Contents]
    sealed_at: dict[str, dict[int, datetime]]
    """UTC, by table and month: since when it has been proved to hold just this."""
    unbroken: frozenset[str]
    """The tables to which no command has written since: they must be as they are sealed."""

    def oldest(self) -> datetime | None:
        """The time of the oldest seal."""
        return min(
            (at for months in self.sealed_at.values() for at in months.values()), default=None
        )


def staging_tables() -> list[str]:
    """The tables of staging that hold the company's rows."""
    return [f"staging.{name}" for name in ENTITIES]


def read(settings: Settings, audit: Audit, engine: str, run_id: str = "") -> Seals:
    """The seals that this engine can compare; ``run_id`` is the run that asks, if it is recorded.

    The caller holds the warehouse.
    """
    if not audit.has(SEAL):
        return Seals({}, {}, frozenset())
    tables: dict[str, Contents] = {}
    times: dict[str, dict[int, datetime]] = {}
    for row in audit.rows(_SEALS):
        if row["engine"] != engine:
            continue
        # Of an empty table there is a seal too: nothing may come into it.
        tables.setdefault(row["table_name"], {})
        times.setdefault(row["table_name"], {})
        if not row["rows"]:
            continue
        sums = {name: Decimal(value) for name, value in json.loads(row["sums"]).items()}
        content = Content(int(row["rows"]), row["hash"], sums)
        tables[row["table_name"]][int(row["month"])] = content
        times[row["table_name"]][int(row["month"])] = row["sealed_at"]
    runs = {row["command"]: row for row in audit.rows(_RUNS, run_id)}
    unbroken = frozenset(table for table in tables if _is_unbroken(settings, table, runs))
    return Seals(tables, times, unbroken)


def _is_unbroken(
    settings: Settings, table: str, runs: dict[str, dict[str, datetime | None]]
) -> bool:
    """Whether the newest run that may have written to a table is one that has sealed it."""
    landed = table.startswith("staging.") and not engine(settings).lands_files
    of_load = landed or table == "audit.control_total"
    sealed_by = _LOADS | {"reconcile"} if landed else {"reconcile"}
    written: list[datetime | None] = []
    for command, run in runs.items():
        if command in _READERS:
            # A reconciliation rebuilds what differs; who died at it may have left it half done.
            written.append(run["died"])
        elif command in _LOADS:
            # What has landed may have been built by dbt alone, which no run tells of.
            written.append(run["began"] if of_load else run["landed"])
        elif command != "build" or not of_load:
            written.append(run["began"])
    sealed = [runs[command]["succeeded"] for command in sealed_by if command in runs]
    newest = max((at for at in sealed if at is not None), default=None)
    return newest is not None and all(at is None or at <= newest for at in written)


def look(warehouse: Reader, tables: Iterable[str]) -> dict[str, Contents]:
    """What the tables hold now; one that is not there holds nothing."""
    found = {}
    for table in tables:
        try:
            found[table] = warehouse.contents(table)
        except NotBuiltError:
            found[table] = {}
    return found


def changed(seals: Seals, now_there: dict[str, Contents]) -> dict[str, set[int]]:
    """The months of each table that are not as they are sealed, or never were sealed."""
    return {
        table: {
            month
            for month in contents.keys() | seals.tables.get(table, {}).keys()
            if contents.get(month) != seals.tables.get(table, {}).get(month)
        }
        for table, contents in now_there.items()
    }


def keep(
    audit: Audit, run_id: str, engine: str, seals: Seals, now_there: dict[str, Contents]
) -> None:
    """Have the tables sealed as they are when the run ends; what has not changed keeps its seal."""
    rows, at = [], now()
    for table, months in changed(seals, now_there).items():
        for month in months or ([] if table in seals.tables else [NO_MONTH]):
            content = now_there[table].get(month, Content())
            rows.append(
                {
                    "table_name": table,
                    "month": month,
                    "engine": engine,
                    "rows": content.rows,
                    "hash": content.hash,
                    "sums": json.dumps({k: str(v) for k, v in content.sums.items()}),
                    "sealed_at": at,
                    "run_id": run_id,
                }
            )
    if rows:
        audit.add(SEAL, ["table_name", "month"], rows, _COLUMNS)


def broken(seals: Seals, now_there: dict[str, Contents]) -> dict[str, set[int]]:
    """The months that are not as they are sealed though no command has written to their table."""
    return {
        table: months
        for table, months in changed(seals, now_there).items()
        if months and table in seals.unbroken
    }
