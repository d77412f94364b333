"""The record of every run in schema ``audit``: when, what, how many rows, and how it ended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pyarrow as pa
import structlog
from dlt.extract.resource import DltResource

from core import pending, warehouse
from core.checkpoints import checkpoint
from core.clock import now
from core.contract.entities import text
from core.errors import LoaderError
from core.refusals import told
from core.settings import Settings

AUDIT = "audit"

_MOMENT = pa.timestamp("us")
RUN = pa.schema(
    [
        text("run_id", 64, nullable=False),
        ("cycle_id", pa.string()),
        ("load_id", pa.string()),
        ("command", pa.string()),
        ("source", pa.string()),
        ("target", pa.string()),
        ("started_at", _MOMENT),
        ("finished_at", _MOMENT),
        ("seconds", pa.decimal128(18, 3)),
        ("status", pa.string()),
        ("extracted", pa.int64()),
        ("inserted", pa.int64()),
        ("updated", pa.int64()),
        ("deleted", pa.int64()),
        ("error", pa.string()),
        ("schema_changes", pa.string()),
    ]
)
RUN_ENTITY = pa.schema(
    [
        text("run_id", 64, nullable=False),
        text("entity", 64, nullable=False),
        ("started_at", _MOMENT),
        ("finished_at", _MOMENT),
        ("seconds", pa.decimal128(18, 3)),
        ("extracted", pa.int64()),
        ("inserted", pa.int64()),
        ("updated", pa.int64()),
        ("deleted", pa.int64()),
        ("watermark_before", _MOMENT),
        ("watermark_after", _MOMENT),
        ("status", pa.string()),
        ("error", pa.string()),
    ]
)
CONTROL_TOTAL = pa.schema(
    [
        text("run_id", 64, nullable=False),
        text("entity", 64, nullable=False),
        # The first month that was compared; empty: all were.
        text("since", 7),
        text("month", 7, nullable=False),
        text("measure", 64, nullable=False),
        ("source_value", pa.decimal128(38, 4)),
        ("staging_value", pa.decimal128(38, 4)),
    ]
)
ALERT = pa.schema(
    [
        text("alert_id", 64, nullable=False),
        ("rule", pa.string()),
        ("job", pa.string()),
        ("detail", pa.string()),
        ("run_id", pa.string()),
        ("since", _MOMENT),
        ("fired_at", _MOMENT),
        ("resolved_at", _MOMENT),
    ]
)
NODE = pa.schema(
    [
        text("invocation_id", 64, nullable=False),
        text("unique_id", 400, nullable=False),
        ("run_id", pa.string()),
        ("resource_type", pa.string()),
        ("name", pa.string()),
        ("status", pa.string()),
        ("started_at", _MOMENT),
        ("finished_at", _MOMENT),
        ("seconds", pa.decimal128(18, 3)),
        ("rows_affected", pa.int64()),
        ("message", pa.string()),
        ("failures", pa.int64()),
    ]
)
ALERTS, ENTITY_RUNS, NODES = "alert", "etl_run_entity", "dbt_run_node"
READ_BY_MODELS = {
    ENTITY_RUNS: (["run_id", "entity"], RUN_ENTITY),
    ALERTS: (["alert_id"], ALERT),
    NODES: (["invocation_id", "unique_id"], NODE),
}
"""Tables that must be there before there is anything to write to them: key and columns."""


_MODEL = """
select TABLE_NAME from INFORMATION_SCHEMA.TABLES
where TABLE_SCHEMA = 'audit' and TABLE_NAME = %s
"""


def new_id() -> str:
    """An id that sorts by time."""
    return f"{now():%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"


def cycle() -> AbstractContextManager[object]:
    """Give the runs within, and all that they log, one cycle id."""
    return structlog.contextvars.bound_contextvars(cycle_id=new_id())


def cycle_id() -> str | None:
    """The id of the cycle that we are in."""
    found: str | None = structlog.contextvars.get_contextvars().get("cycle_id")
    return found


@dataclass
class EntityRun:
    """One entity's part in a run; rows are counted, times are UTC."""

    entity: str
    started_at: datetime = field(default_factory=now)
    finished_at: datetime | None = None
    extracted: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    watermark_before: datetime | None = None
    watermark_after: datetime | None = None
    status: str = "running"
    error: str | None = None


@dataclass
class Run:
    """One run of a command."""

    command: str
    source: str
    target: str
    run_id: str = field(default_factory=new_id)
    cycle_id: str | None = field(default_factory=cycle_id)
    """What the steps of one daily run share; none of a step that was run alone."""
    load_id: str | None = None
    started_at: datetime = field(default_factory=now)
    finished_at: datetime | None = None
    status: str = "running"
    error: str | None = None
    schema_changes: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    """Columns of the source that had to land under another name than their own."""
    entities: dict[str, EntityRun] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long it took, so far."""
        return ((self.finished_at or now()) - self.started_at).total_seconds()

    def total(self, count: str) -> int:
        """The sum of one count over the entities."""
        return sum(getattr(entity, count) for entity in self.entities.values())


class Audit:
    """The tables of schema ``audit``, written through dlt."""

    def __init__(self, settings: Settings) -> None:
        self._pipeline = warehouse.pipeline(settings, AUDIT)
        self._details: list[DltResource] = []
        pending.finish(settings, self._pipeline)

    @contextmanager
    def record(self, run: Run) -> Iterator[None]:
        """Record ``run`` from its start to its end, whichever way it ends.

        Runs that a killed process left ``running`` become ``crashed``: whoever records holds the
        lock of the warehouse, so they cannot be alive.
        """
        present = warehouse.tables(self._pipeline)
        missing = [
            _resource(table, key, [], schema)
            for table, (key, schema) in READ_BY_MODELS.items()
            if table not in present
        ]
        self._write([*self._crashed(present.get("etl_run", set())), _run_row(run)], missing)
        checkpoint("run-recorded", run.command)
        try:
            yield
        except BaseException as error:
            run.status = "failed"
            run.error = str(error) if isinstance(error, LoaderError) else told(error)
            for entity in run.entities.values():
                entity.status, entity.error = "failed", entity.error
            raise
        else:
            run.status = "success"
            for entity in run.entities.values():
                entity.status = "success"
        finally:
            run.finished_at = now()
            # A table that gets no rows costs as much as one that does.
            if run.entities:
                rows = [_entity_row(run, entity) for entity in run.entities.values()]
                self.add(ENTITY_RUNS, ["run_id", "entity"], rows, RUN_ENTITY)
            checkpoint("run-ending", run.command)
            self._write([_run_row(run)], self._details)

    def has(self, table: str) -> bool:
        """Whether anything has ever been written to a table."""
        return table in warehouse.tables(self._pipeline)

    def is_built(self, model: str) -> bool:
        """Whether dbt has made a model in schema ``audit``."""
        return bool(self.rows(_MODEL, model))

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """The result of a SELECT, ``values`` in the place of its ``%s``."""
        tables = warehouse.query(self._pipeline, statement, *values)
        return [row for table in tables for row in table.to_pylist()]

    def add(
        self, table: str, key: list[str], rows: Iterable[Mapping[str, object]], schema: pa.Schema
    ) -> None:
        """Have rows written, in the place of those with the same key, when the run ends."""
        self._details.append(_resource(table, key, rows, schema))

    def write(
        self, table: str, key: list[str], rows: Iterable[Mapping[str, object]], schema: pa.Schema
    ) -> None:
        """Write rows, in the place of those with the same key, without a run."""
        self._pipeline.run([_resource(table, key, rows, schema)])

    def _crashed(self, known: set[str]) -> list[dict[str, object]]:
        # A warehouse of an older release may lack a column.
        columns = ", ".join(name for name in RUN.names if name in known)
        if not columns:
            return []
        left = self.rows(f"select {columns} from {AUDIT}.etl_run where status = 'running'")  # noqa: S608
        return [{**row, "status": "crashed"} for row in left]

    def _write(self, runs: list[dict[str, object]], details: Sequence[DltResource] = ()) -> None:
        self._pipeline.run([_resource("etl_run", ["run_id"], runs, RUN), *details])


def _resource(
    name: str, key: list[str], rows: Iterable[Mapping[str, object]], schema: pa.Schema
) -> DltResource:
    # An empty table too: it makes the table in the warehouse, typed.
    table = pa.Table.from_pylist(list(rows), schema=schema)
    return warehouse.merged(name, key, iter([table]), schema)


def _run_row(run: Run) -> dict[str, object]:
    counts = ("extracted", "inserted", "updated", "deleted")
    return {
        **{name: getattr(run, name) for name in RUN.names if hasattr(run, name)},
        **{count: run.total(count) for count in counts},
        "seconds": _seconds(run.started_at, run.finished_at),
        "schema_changes": "\n".join(run.schema_changes) or None,
    }


def _entity_row(run: Run, entity: EntityRun) -> dict[str, object]:
    seconds = _seconds(entity.started_at, entity.finished_at)
    return {**asdict(entity), "run_id": run.run_id, "seconds": seconds}


def _seconds(start: datetime, end: datetime | None) -> Decimal | None:
    return None if end is None else Decimal((end - start) // timedelta(milliseconds=1)) / 1000
