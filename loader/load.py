"""One load: it ends with ``staging`` equal to a snapshot of the source, proved, or it fails."""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import dlt
import pyarrow as pa
import structlog
from dlt.extract.resource import DltResource
from dlt.pipeline.exceptions import PipelineStepFailed
from sqlalchemy.exc import DBAPIError

from core import log as logs
from core import pending, seals, totals, warehouse
from core.audit import CONTROL_TOTAL, Audit, EntityRun, Run
from core.checkpoints import checkpoint
from core.clock import now
from core.contract.entities import ENTITIES, QUARANTINE
from core.engines import engine
from core.errors import LoaderError, MismatchError, SourceUnreachableError, UsageError, cause
from core.lock import hold_warehouse
from core.refusals import told
from core.settings import Settings
from core.totals import Totals
from core.warehouse import Client
from loader.diff import changed
from loader.erasing import apply as erasing
from loader.erasing import guarding
from loader.plan import HIDDEN, SECRET, SOURCE, Plan, company, plan, report_columns
from loader.repair import Suspect, repaired, suspect
from loader.source import mapping as mappings
from loader.source.guard import Guard
from loader.source.mapping import Mapping as SourceMapping
from loader.source.query import Query
from loader.source.read import NOT_YET
from loader.source.snapshot import Source, snapshot
from loader.staging import Landed, Staging

# What has its months by the orders, so that none of it is right without them.
SALES = ("orders", "order_items", "order_item_discounts")

log = structlog.get_logger()


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


def dry_run(
    settings: Settings, entities: Collection[str] = (), *, full: bool = False
) -> dict[str, int]:
    """The number of rows that :func:`load` would read, by entity, once all checks have passed."""
    mapping = mappings.read(settings.source)
    staging = Staging(settings)
    with open_source(settings, mapping) as source:
        plans = plan(settings, staging, source, entities or ENTITIES, full=full)
        return {p.query.entity.name: source.count(p.query, p.start) for p in plans}


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
    with hold_warehouse(settings):
        audit = Audit(settings)
        erasing.catch_up(settings, audit)
        with audit.record(run):
            mapping = mappings.read(settings.source)
            log.info("loading", source=mapping.description)
            staging = Staging(settings)
            interrupted = pending.finish(settings, staging.pipeline)
            if interrupted:
                log.info("finished the load that was interrupted")
            warehouse.await_clock(staging.pipeline)
            recent = "" if full or whole else totals.months_back(settings.prove_months, now())
            since = min(reread, default=recent)
            guard = guarding.guard(settings, audit, mapping)
            with open_source(settings, mapping, guard) as source:
                plans = plan(
                    settings, staging, source, entities, full=full, whole=whole, since=since
                )
                report_columns(plans, run)
                _warn_of_blanks(settings, source, plans)
                loading = _Load(settings, run, staging, source, plans)
                loading.extract_news()
                with source.totals(loading.queries) as added_up:
                    loading.merge()
                    found = staging.totals(loading.queries)
                    expected = _results(added_up)
                suspects = [
                    suspect(query, expected[query.entity.name], found[query.entity.name], reread)
                    for query in loading.queries
                ]
                if any(suspect.months for suspect in suspects):
                    loading.extract_repairs([s for s in suspects if s.months])
                    loading.merge()
                    found = staging.totals(loading.queries)
                loading.record_totals(audit, expected, found)
                loading.assert_equal(expected, found)
            loading.count()
            loading.seal(audit)
        if interrupted:
            # What was read before somebody was erased has landed now.
            erasing.catch_up(settings, audit)
    return run


@dataclass(frozen=True)
class _Load:
    """A load under way, from an open source into staging."""

    settings: Settings
    run: Run
    staging: Staging
    source: Source
    plans: list[Plan]

    @property
    def queries(self) -> list[Query]:
        """How the entities are read, and whether pseudonyms have landed for their keys."""
        return [replace(p.query, key_is_hidden=self._is_hidden(p.query)) for p in self.plans]

    def _is_hidden(self, query: Query) -> bool:
        guard = self.source.guard
        replaced = guard is not None and query.entity.name in guard.replaced
        return replaced or query.key_is_hidden

    def extract_news(self) -> None:
        """Read the rows that are new or changed into one package."""
        with self.staging.pipeline.sql_client() as client:
            self._extract(self._entities(client))

    def extract_repairs(self, suspects: list[Suspect]) -> None:
        """Read what makes staging equal to the source into one package."""
        self._extract(self._repairs(suspects))

    def merge(self) -> None:
        """Put the package, if there is one, into staging. Raises LoaderError."""
        pipeline = self.staging.pipeline
        if pipeline.has_pending_data:
            with pending.loading(self.settings, pipeline):
                checkpoint("extracted")
                pipeline.normalize()
                checkpoint("normalised")
                loads = pipeline.load().loads_ids
                self.run.load_id = next(iter(loads), self.run.load_id)
                checkpoint("loaded")

    def record_totals(
        self, audit: Audit, expected: Mapping[str, Totals], found: Mapping[str, Totals]
    ) -> None:
        """Have both sides of each total written to ``audit.control_total``."""
        rows = [
            row
            for query in self.queries
            for name in [query.entity.name]
            for row in totals.compared(
                self.run.run_id, name, query.since, expected[name], found[name]
            )
        ]
        key = ["run_id", "entity", "month", "measure"]
        audit.add("control_total", key, rows, CONTROL_TOTAL)

    def assert_equal(self, expected: Mapping[str, Totals], found: Mapping[str, Totals]) -> None:
        """Raises MismatchError when source and staging do not have the same totals."""
        left = [
            difference
            for query in self.queries
            for name in [query.entity.name]
            for difference in totals.differences(name, expected[name], found[name])
        ]
        if left:
            raise MismatchError(totals.mismatch(left))
        checkpoint("proved")

    def count(self) -> None:
        """Tell new rows from changed ones, by what the load has done to the number of rows."""
        after = self.staging.landed()
        for planned in self.plans:
            name = planned.query.entity.name
            part = self.run.entities[name]
            part.inserted = after[name].rows - planned.landed.rows
            part.updated -= part.inserted
            part.deleted = max(0, after[name].deleted - planned.landed.deleted)
            part.watermark_after = after[name].watermark

    def seal(self, audit: Audit) -> None:
        """Seal what staging holds, now that it is what the source holds."""
        if engine(self.settings).lands_files:
            # The tables that a build makes of them are sealed after it.
            return
        with engine(self.settings).reader() as opened:
            sealed = seals.read(self.settings, audit, opened.version)
            there = seals.look(opened, seals.staging_tables())
            seals.keep(audit, self.run.run_id, opened.version, sealed, there)

    def _extract(self, resources: Iterator[DltResource]) -> None:
        """Read rows into one package; after a failure there is none."""
        try:
            self.staging.pipeline.extract(company(resources))
        except PipelineStepFailed as error:
            if expected := cause(error, LoaderError):
                raise expected from error
            if lost := cause(error, DBAPIError):
                raise _failed(lost) from error
            raise

    def _entities(self, client: Client) -> Iterator[DltResource]:
        """The eleven entities; those that are not read only make sure that their table exists."""
        planned = {p.query.entity.name: p for p in self.plans}
        present = warehouse.tables(self.staging.pipeline)
        for name, entity in ENTITIES.items():
            if name in planned:
                part = self.run.entities[name] = EntityRun(name)
                rows = self._news(client, planned[name], part)
                yield warehouse.merged(name, entity.key, rows, planned[name].query.arrow_schema)
            elif not present.get(name, set()).issuperset(entity.arrow_schema.names):
                empty = iter([entity.arrow_schema.empty_table()])
                yield warehouse.merged(name, entity.key, empty, entity.arrow_schema)

    def _news(self, client: Client, planned: Plan, part: EntityRun) -> Iterator[pa.Table]:
        """The rows of one entity that are new or changed."""
        part.started_at = now()
        part.watermark_before = planned.landed.watermark
        query, landed = planned.query, planned.landed
        name, schema = query.entity.name, query.arrow_schema
        checkpoint("reading", name)
        if not landed.columns.issuperset(schema.names):
            # Makes the table, or columns that the contract has got, even when there is no news.
            yield schema.empty_table()
        rows = _counted(self.source.read(query, planned.start), part)
        if landed.rows:
            known = self.staging.known_rows(client, name, landed, schema, planned.start)
            due = self._due(client, query, landed)
            rows = changed(rows, known, schema, self.settings.data_dir, again=due)
        for table in rows:
            part.updated += len(table)
            yield table
        state = dlt.current.source_state()
        state[SOURCE] = Path(self.settings.source).stem
        state[name] = {"mapping": planned.mapped, "columns": query.filled}
        if self._is_hidden(query):
            state[name][HIDDEN] = True
        if self.source.guard and self.source.guard.replaced:
            state[SECRET] = self.source.guard.pseudonyms.fingerprint
        part.finished_at = now()
        log.info("read", entity=name, rows=part.extracted, news=part.updated)

    def _due(self, client: Client, query: Query, landed: Landed) -> Iterator[pa.Table]:
        """The landed rows that waited for a day which has come, as they no longer wait."""
        if query.until is None:
            return
        schema, name = query.arrow_schema, query.entity.name
        column = schema.names.index(QUARANTINE)
        for table in self.staging.rows_due(client, name, landed, schema, NOT_YET, query.until):
            left = [_without(reasons, NOT_YET) for reasons in table[QUARANTINE].to_pylist()]
            yield table.set_column(column, schema.field(column), pa.array(left, pa.string()))

    def _repairs(self, suspects: list[Suspect]) -> Iterator[DltResource]:
        for found in suspects:
            entity, schema = found.query.entity, found.query.arrow_schema
            yield warehouse.merged(entity.name, entity.key, self._repaired(found), schema)

    def _repaired(self, found: Suspect) -> Iterator[pa.Table]:
        name, rows = found.query.entity.name, 0
        checkpoint("repairing", name)
        started = self.run.started_at
        for table in repaired(self.settings, self.source, self.staging, found, started):
            rows += len(table)
            yield table
        part = self.run.entities[name]
        part.updated += rows
        part.finished_at = now()
        log.info("repaired", entity=name, rows=rows)


def _warn_of_blanks(settings: Settings, source: Source, plans: list[Plan]) -> None:
    """Tell, in a first load, of keys that the warehouse takes for others and the source may not."""
    if engine(settings).ignores_blanks and not any(p.landed.rows for p in plans):
        for line in source.nearly([p.query for p in plans]):
            log.warning("keys that are nearly others", keys=line)


def open_source(
    settings: Settings, mapping: SourceMapping, guard: Guard | None = None
) -> AbstractContextManager[Source]:
    """A snapshot of the company's database; ``guard`` says what may land. Raises LoaderError."""
    return snapshot(
        settings.oltp_url.get_secret_value(),
        mapping,
        patience=settings.connect_seconds,
        consistent=settings.oltp_snapshot,
        statement_minutes=settings.statement_minutes,
        guard=guard,
    )


def _results(added_up: Mapping[str, Future[Totals]]) -> dict[str, Totals]:
    try:
        return {name: total.result() for name, total in added_up.items()}
    except DBAPIError as error:
        raise _failed(error) from error


def _failed(error: DBAPIError) -> SourceUnreachableError:
    return SourceUnreachableError(f"the source failed while it was read: {told(error)}")


def _counted(tables: Iterator[pa.Table], part: EntityRun) -> Iterator[pa.Table]:
    for table in tables:
        part.extracted += len(table)
        yield table


def _without(reasons: str, over: str) -> str | None:
    return "; ".join(reason for reason in reasons.split("; ") if reason != over) or None
