"""Repair of staging where its totals are not the source's: rows that are gone, rows that differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from core import scratch, totals
from core.contract.entities import HARD_DELETED_AT
from core.errors import ExitCode, LoaderError, SchemaContractError
from core.settings import Settings
from core.totals import MONTH, Totals
from core.totals_sql import DUCKDB
from loader.source.problems import SourceProblem
from loader.source.query import Query
from loader.source.snapshot import Source
from loader.staging import Staging

# So few rows may always go, unless they are more than half of the entity: one team of ten is more
# than any percentage that protects a million orders.
FEW_ROWS = 3


class TooManyGoneError(LoaderError):
    """The source lacks more rows than people delete: rather something is wrong with it."""

    exit_code = ExitCode.TOO_MANY_GONE


@dataclass(frozen=True)
class Suspect:
    """An entity whose landed rows may not be what the source has."""

    query: Query
    expected: Totals
    """The source's."""
    months: frozenset[str]
    """Where to look: at least every month whose totals differ, since a row may have moved."""
    reread: frozenset[str]
    """Those of them to read again even if their totals agree."""
    landed: int
    """Rows in staging, without those known to be gone."""


def suspect(query: Query, expected: Totals, found: Totals, reread: frozenset[str]) -> Suspect:
    """What to look at in an entity; it has no months when there is nothing to look at."""
    differing = frozenset(d.month for d in totals.differences(query.entity.name, expected, found))
    landed = sum(int(value) for (_, measure), value in found.items() if measure == "rows")
    return Suspect(query, expected, differing | reread, reread, landed)


def repaired(
    settings: Settings, source: Source, staging: Staging, suspect: Suspect, gone_at: datetime
) -> Iterator[pa.Table]:
    """The rows that, landed, make staging equal to the source.

    First those whose keys the source has no more, marked with ``gone_at`` (UTC), which takes the
    reading of keys only; then what differs in the months whose totals this does not explain.
    Raises TooManyGoneError before the first row.
    """
    query, schema = suspect.query, suspect.query.arrow_schema
    columns = ", ".join(f'"{name}"' for name in schema.names)
    with scratch.opened(settings.data_dir) as database:
        dated = schema.append(pa.field(MONTH, pa.string()))
        known = staging.live_rows(query, dated, suspect.months)
        scratch.fill(database, "known", known, dated)
        # Where not all months are compared, a row may have moved to one that is not.
        keys = source.keys(query, None if query.since else suspect.months)
        scratch.fill(database, "present", keys, pa.schema([("key", pa.string())]))
        _check_unique(database, query)
        gone = f"from known where {query.entity.key} not in (select key from present)"  # noqa: S608
        _check_gone(settings, suspect, _count(database, f"select count(*) {gone}"))
        marked = f"(select * replace (timestamp '{gone_at}' as {HARD_DELETED_AT}) {gone})"
        yield from scratch.read(database, f"select {columns} from {marked}", schema)  # noqa: S608
        database.execute(f"delete {gone}")
        if months := suspect.reread | _unexplained(database, suspect):
            incoming = source.read(query, months=months)
            scratch.fill(database, "incoming", incoming, schema)
            news = f"select * from incoming except select {columns} from known"  # noqa: S608
            yield from scratch.read(database, news, schema)


def _unexplained(database: duckdb.DuckDBPyConnection, suspect: Suspect) -> frozenset[str]:
    """The months whose totals are not the source's."""
    entity = suspect.query.entity
    result = database.sql(
        totals.statement(DUCKDB, entity, "known", suspect.query.unproved)
    ).to_arrow_table()
    found = totals.totals(DUCKDB, entity, result.to_pylist())
    differing = {d.month for d in totals.differences(entity.name, suspect.expected, found)}
    return suspect.months & differing


def _check_unique(database: duckdb.DuckDBPyConnection, query: Query) -> None:
    twice = "select key from present group by key having count(*) > 1"
    if count := _count(database, f"select count(*) from ({twice})"):  # noqa: S608
        example = database.sql(f"{twice} order by key limit 1").fetchall()[0][0]
        raise SchemaContractError(
            SourceProblem.DUPLICATE_KEY(entity=query.entity.name, count=count, example=example)
        )


def _check_gone(settings: Settings, suspect: Suspect, gone: int) -> None:
    share = settings.max_missing_percent
    allowed = max(suspect.landed * share / 100, min(FEW_ROWS, suspect.landed // 2))
    if gone > allowed:
        raise TooManyGoneError(
            f"{suspect.query.entity.name}: the source lacks {gone} of the {suspect.landed} rows"
            f" that have landed, more than DW_MAX_MISSING_PERCENT={share:g} allows; none was"
            " marked as deleted. Look at the source; if it is right, set DW_MAX_MISSING_PERCENT"
            " to 100 for one load"
        )


def _count(database: duckdb.DuckDBPyConnection, statement: str) -> int:
    return int(database.sql(statement).fetchall()[0][0])
