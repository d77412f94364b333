"""One load: it ends with ``staging`` equal to a snapshot of the source, proved, or it fails."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import structlog
from dlt.extract.resource import DltResource
from dlt.pipeline.exceptions import PipelineStepFailed
from sqlalchemy.exc import DBAPIError

from core import log as logs
from core import pending, seals, totals, warehouse
from core.audit import CONTROL_TOTAL, Audit, EntityRun, Run, now, today
from core.contract.entities import ENTITIES, QUARANTINE
from core.contract.values import describe
from core.engines import engine
from core.errors import (
    LoaderError,
    MismatchError,
    SchemaContractError,
    SourceUnreachableError,
    UsageError,
    cause,
)
from core.lock import exclusive
from core.refusals import told
from core.settings import Settings
from core.totals import Difference
from core.warehouse import Client
from loader.diff import changed
from loader.left_out import Findings, at_source
from loader.repair import Suspect, repaired, suspect
from loader.source import mapping as mappings
from loader.source.mapping import Mapping
from loader.source.problems import SourceProblemsError
from loader.source.query import Query
from loader.source.read import NOT_YET
from loader.source.snapshot import Source, snapshot
from loader.staging import Landed, Staging

COMPANY = "company"
SOURCE = "source"
# What has its months by the orders, so that none of it is right without them.
SALES = ("orders", "order_items", "order_item_discounts")
# Differences that a message shows; all are in audit.control_total.
SHOWN = 20

log = structlog.get_logger()


@dataclass(frozen=True)
class Plan:
    """What a load will read of one entity."""

    query: Query
    mapped: dict[str, Any]
    """The entity's part of the mapping."""
    landed: Landed
    start: datetime | None
    """Rows that changed before are not read; None: all are read."""


def load(
    settings: Settings,
    entities: Collection[str] = (),
    *,
    full: bool = False,
    whole: Collection[str] = (),
) -> Run:
    """Load what changed at the source since the last load; with ``full``, compare all rows.

    Without ``entities``, all of them; of those in ``whole``, all rows are compared. What staging
    holds in the end is sealed. Raises LoaderError; the run is recorded all the same.
    """
    entities = {*entities, *whole} if entities else ENTITIES
    return _load(settings, "load", entities, full=full, whole=whole)


def backfill(settings: Settings, entity: str, months: Collection[str]) -> Run:
    """Load an entity, the orders with what belongs to them, comparing all rows of ``months``.

    Raises UsageError for an entity whose rows have no month, else as :func:`load`.
    """
    if ENTITIES[entity].month is None:
        raise UsageError(
            f"the rows of {entity} have no month; run `dw load --entity {entity} --full`"
        )
    tree = SALES if entity in SALES else (entity,)
    return _load(settings, "backfill", tree, reread=frozenset(months))


def _load(
    settings: Settings,
    command: str,
    entities: Collection[str],
    *,
    full: bool = False,
    whole: Collection[str] = (),
    reread: frozenset[str] = frozenset(),
) -> Run:
    run = Run(command=command, source=settings.source, target=settings.target)
    logs.start(settings.data_dir / "logs", run.run_id)
    with exclusive(settings):
        audit = Audit(settings)
        with audit.record(run):
            mapping = mappings.read(settings.source)
            log.info("loading", source=mapping.description)
            staging = Staging(settings)
            if pending.finish(settings, staging.pipeline):
                log.info("finished the load that was interrupted")
            warehouse.await_clock(staging.pipeline)
            with _source(settings, mapping) as source:
                recent = "" if full or whole else totals.months_back(settings.prove_months, now())
                since = min(reread, default=recent)
                plans = plan(
                    settings, staging, source, entities, full=full, whole=whole, since=since
                )
                _report_columns(plans, run)
                with staging.pipeline.sql_client() as client:
                    _extract(staging, _entities(settings, staging, client, source, plans, run))
                _merge_and_prove(settings, audit, staging, source, plans, run, reread)
            _count(run, plans, staging.landed())
            _seal(settings, audit, run)
    return run


def _seal(settings: Settings, audit: Audit, run: Run) -> None:
    """Seal what staging holds, now that it is what the source holds."""
    if settings.target == "spark":
        # What has landed is files; the tables that a build makes of them are sealed after it.
        return
    with engine(settings).reader() as opened:
        sealed = seals.read(settings, audit, opened.version)
        there = seals.look(opened, seals.staging_tables())
        seals.keep(audit, run.run_id, opened.version, sealed, there)


def _source(settings: Settings, mapping: Mapping) -> AbstractContextManager[Source]:
    return snapshot(
        settings.oltp_url.get_secret_value(),
        mapping,
        patience=settings.connect_seconds,
        consistent=settings.oltp_snapshot,
        statement_minutes=settings.statement_minutes,
    )


def check(settings: Settings) -> tuple[dict[str, int], Findings, list[str]]:
    """The number of rows by entity, what the facts would leave out of all of them, and what else
    to tell: columns that share a name, keys that name a row in another spelling only.

    Nothing is loaded; raises as :func:`load` does.
    """
    mapping = mappings.read(settings.source)
    with _source(settings, mapping) as source:
        plans = plan(settings, Staging(settings), source, ENTITIES, full=True)
        counts = {p.query.entity.name: source.count(p.query, None) for p in plans}
        queries = [p.query for p in plans]
        shared = [line for query in queries for line in query.shared_names()]
        return counts, at_source(settings, source, queries), shared + source.nearly(queries)


def dry_run(
    settings: Settings, entities: Collection[str] = (), *, full: bool = False
) -> dict[str, int]:
    """The number of rows that :func:`load` would read, by entity, once all checks have passed."""
    mapping = mappings.read(settings.source)
    staging = Staging(settings)
    with _source(settings, mapping) as source:
        plans = plan(settings, staging, source, entities or ENTITIES, full=full)
        return {p.query.entity.name: source.count(p.query, p.start) for p in plans}


def plan(
    settings: Settings,
    staging: Staging,
    source: Source,
    entities: Collection[str],
    *,
    full: bool,
    whole: Collection[str] = (),
    since: str = "",
) -> list[Plan]:
    """What to read of each entity that the source has, and since which month to compare it.

    Raises, with every problem at once, SchemaContractError when an entity that has loaded under
    this mapping no longer fits it, else UsageError.
    """
    memory = _memory(staging)
    landed = staging.landed()
    company = Path(settings.source).stem
    if memory and memory[SOURCE] != company:
        raise UsageError(
            f"the warehouse {engine(settings).name} holds the data of source {memory[SOURCE]!r}:"
            f" load {company!r} into another one, by DW_DATA_DIR"
        )
    plans, problems, broken = [], [], False
    for name in source.mapping.present:
        if name not in entities:
            continue
        remembered = memory.get(name, {})
        mapped = source.mapping.present[name].model_dump()
        if remembered.get("mapping") != mapped:
            remembered = {}
        try:
            query = source.query(name, remembered.get("columns", {}))
            known = landed.get(name, Landed())
            planned = _plan(settings, query, mapped, remembered, known, full or name in whole)
            found = source.problems(planned.query, planned.start, is_new=not remembered)
        except SourceProblemsError as error:
            found = [str(error)]
        else:
            plans.append(planned)
        problems += found
        broken |= bool(found and remembered)
    if problems:
        kind = SchemaContractError if broken else UsageError
        raise kind("\n".join(["the source does not fit its mapping:", *problems]))
    plans = [replace(p, query=_waiting(p.query)) for p in plans]
    orders = next((p.query for p in plans if p.query.entity.name == "orders"), None)
    return [replace(p, query=_dated(p.query, orders, since)) for p in plans]


def _waiting(query: Query) -> Query:
    """The query; orders dated after today wait until their day has come."""
    return replace(query, until=today()) if query.entity.name == "orders" else query


def _dated(query: Query, orders: Query | None, since: str) -> Query:
    """The query with what gives its rows their months, and the first one to compare."""
    if query.entity.month == ENTITIES["orders"].key:
        query = replace(query, orders=orders)
    return query if query.month is None else replace(query, since=since)


def _plan(
    settings: Settings,
    query: Query,
    mapped: dict[str, Any],
    remembered: dict[str, Any],
    landed: Landed,
    full: bool,
) -> Plan:
    # Rows landed under another mapping, or without a column that now is there, may be outdated
    # though they did not change at the source.
    as_before = remembered == {"mapping": mapped, "columns": query.filled}
    start = None
    if as_before and not full and query.cursor is not None and landed.watermark is not None:
        start = landed.watermark - timedelta(minutes=settings.cutoff_minutes)
    return Plan(query, mapped, landed, start)


def _report_columns(plans: list[Plan], run: Run) -> None:
    """Say which columns the source has got since its entities first landed, or are left out."""
    run.schema_changes = [
        f"{p.query.entity.name}.{column.name}: new, {describe(column.type)}"
        for p in plans
        for column in p.query.extras
        if p.landed.rows and column.name not in p.landed.columns
    ]
    for change in run.schema_changes:
        log.warning("new column at the source", column=change)
    run.renamed = [line for p in plans for line in p.query.shared_names()]
    for line in run.renamed:
        log.warning("two columns of one name", column=line)
    for column in [column for p in plans for column in p.query.left_out]:
        log.warning("column left out: no value yet, or no known type", column=column)


def _extract(staging: Staging, entities: Iterable[DltResource]) -> None:
    """Read the rows of the entities into one package; after a failure there is none."""
    try:
        staging.pipeline.extract(_company(entities))
    except PipelineStepFailed as error:
        if expected := cause(error, LoaderError):
            raise expected from error
        if lost := cause(error, DBAPIError):
            raise _failed(lost) from error
        raise


def _merge(settings: Settings, staging: Staging, run: Run) -> None:
    """Put the package, if there is one, into staging. Raises LoaderError."""
    if staging.pipeline.has_pending_data:
        with pending.loading(settings, staging.pipeline):
            staging.pipeline.normalize()
            run.load_id = next(iter(staging.pipeline.load().loads_ids), run.load_id)


@dlt.source(name=COMPANY)
def _company(entities: Iterable[DltResource]) -> Iterable[DltResource]:
    return entities


def _failed(error: DBAPIError) -> SourceUnreachableError:
    return SourceUnreachableError(f"the source failed while it was read: {told(error)}")


def _entities(
    settings: Settings,
    staging: Staging,
    client: Client,
    source: Source,
    plans: list[Plan],
    run: Run,
) -> Iterator[DltResource]:
    """The eleven entities; those that are not read only make sure that their table exists."""
    planned = {p.query.entity.name: p for p in plans}
    present = warehouse.tables(staging.pipeline)
    for name, entity in ENTITIES.items():
        if name in planned:
            part = run.entities[name] = EntityRun(name)
            rows = _rows(settings, staging, client, source, planned[name], part)
            yield warehouse.merged(name, entity.key, rows, planned[name].query.arrow_schema)
        elif name not in present:
            empty = iter([entity.arrow_schema.empty_table()])
            yield warehouse.merged(name, entity.key, empty, entity.arrow_schema)


def _rows(
    settings: Settings,
    staging: Staging,
    client: Client,
    source: Source,
    planned: Plan,
    part: EntityRun,
) -> Iterator[pa.Table]:
    """The rows of one entity that are new or changed."""
    part.started_at = now()
    part.watermark_before = planned.landed.watermark
    query = planned.query
    if not planned.landed.rows:
        # Makes the table even when the source has no rows.
        yield query.arrow_schema.empty_table()
    rows = _counted(source.read(query, planned.start), part)
    if planned.landed.rows:
        name, schema, landed = query.entity.name, query.arrow_schema, planned.landed
        known = staging.known_rows(client, name, landed, schema, planned.start)
        due = _due(client, staging, query, landed)
        rows = changed(rows, known, schema, settings.data_dir, again=due)
    for table in rows:
        part.updated += len(table)
        yield table
    state = dlt.current.source_state()
    state[SOURCE] = Path(settings.source).stem
    state[query.entity.name] = {"mapping": planned.mapped, "columns": query.filled}
    part.finished_at = now()
    log.info("read", entity=query.entity.name, rows=part.extracted, news=part.updated)


def _due(client: Client, staging: Staging, query: Query, landed: Landed) -> Iterator[pa.Table]:
    """The landed rows that waited for a day which has come, as they no longer wait."""
    if query.until is None:
        return
    schema, name = query.arrow_schema, query.entity.name
    column = schema.names.index(QUARANTINE)
    for table in staging.rows_due(client, name, landed, schema, NOT_YET, query.until):
        left = [_without(reasons, NOT_YET) for reasons in table[QUARANTINE].to_pylist()]
        yield table.set_column(column, schema.field(column), pa.array(left, pa.string()))


def _without(reasons: str, over: str) -> str | None:
    return "; ".join(reason for reason in reasons.split("; ") if reason != over) or None


def _counted(tables: Iterator[pa.Table], part: EntityRun) -> Iterator[pa.Table]:
    for table in tables:
        part.extracted += len(table)
        yield table


def _merge_and_prove(
    settings: Settings,
    audit: Audit,
    staging: Staging,
    source: Source,
    plans: list[Plan],
    run: Run,
    reread: frozenset[str],
) -> None:
    """Compare the control totals of source and staging; where they differ, repair staging first.

    Raises MismatchError when they differ still.
    """
    queries = {p.query.entity.name: p.query for p in plans}
    with source.totals(queries.values()) as added_up:
        _merge(settings, staging, run)
        found = staging.totals(queries.values())
        try:
            expected = {name: added_up[name].result() for name in queries}
        except DBAPIError as error:
            raise _failed(error) from error
    suspects = [
        suspect(query, expected[name], found[name], reread) for name, query in queries.items()
    ]
    if suspects := [s for s in suspects if s.months]:
        _extract(staging, _repairs(settings, staging, source, suspects, run))
        _merge(settings, staging, run)
        found = staging.totals(queries.values())
    audit.add(
        "control_total",
        ["run_id", "entity", "month", "measure"],
        [
            row
            for name in queries
            for row in totals.compared(
                run.run_id, name, queries[name].since, expected[name], found[name]
            )
        ],
        CONTROL_TOTAL,
    )
    left = [d for name in queries for d in totals.differences(name, expected[name], found[name])]
    if left:
        raise MismatchError(_mismatch(left))


def _repairs(
    settings: Settings,
    staging: Staging,
    source: Source,
    suspects: list[Suspect],
    run: Run,
) -> Iterator[DltResource]:
    for found in suspects:
        name, schema = found.query.entity.name, found.query.arrow_schema
        rows = repaired(settings, source, staging, found, run.started_at)
        rows = _repair_counted(rows, run.entities[name])
        yield warehouse.merged(name, found.query.entity.key, rows, schema)


def _repair_counted(tables: Iterator[pa.Table], part: EntityRun) -> Iterator[pa.Table]:
    repaired_rows = 0
    for table in tables:
        repaired_rows += len(table)
        yield table
    part.updated += repaired_rows
    part.finished_at = now()
    log.info("repaired", entity=part.entity, rows=repaired_rows)


def _mismatch(differences: list[Difference]) -> str:
    more = len(differences) - SHOWN
    return "\n".join(
        [
            f"source and staging differ in {len(differences)} totals, see audit.control_total;"
            " where the source keeps values that its columns cannot hold, convert them under"
            " `columns:` of the mapping",
            *map(str, differences[:SHOWN]),
            *([f"and {more} more"] if more > 0 else []),
        ]
    )


def _count(run: Run, plans: list[Plan], after: dict[str, Landed]) -> None:
    """Tell new rows from changed ones, by what the load has done to the number of rows."""
    for planned in plans:
        name = planned.query.entity.name
        part = run.entities[name]
        part.inserted = after[name].rows - planned.landed.rows
        part.updated -= part.inserted
        part.deleted = max(0, after[name].deleted - planned.landed.deleted)
        part.watermark_after = after[name].watermark


def _memory(staging: Staging) -> dict[str, Any]:
    """How earlier loads read the source, from the state that dlt keeps in the warehouse."""
    memory: dict[str, Any] = staging.pipeline.state.get("sources", {}).get(COMPANY, {})
    return memory
