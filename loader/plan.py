"""What a load will read: of which entities, since when, and whether they fit their mapping."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import structlog
from dlt.extract.resource import DltResource

from core.audit import Run
from core.clock import today
from core.contract.entities import ENTITIES
from core.contract.values import describe
from core.engines import engine
from core.errors import SchemaContractError, UsageError
from core.pseudonyms import FILE
from core.settings import Settings
from loader.source.problems import SourceProblemsError
from loader.source.query import Query
from loader.source.snapshot import Source
from loader.staging import Landed, Staging

COMPANY = "company"
SOURCE = "source"
# What dlt's state has beside each entity's: the secret that pseudonyms were made with. And of an
# entity, that some of its keys are pseudonyms.
SECRET, HIDDEN = "secret", "hidden"

log = structlog.get_logger()


@dlt.source(name=COMPANY)
def company(resources: Iterable[DltResource]) -> Iterable[DltResource]:
    """The entities as dlt knows them, all of one schema."""
    return resources


@dataclass(frozen=True)
class Plan:
    """What a load will read of one entity."""

    query: Query
    mapped: dict[str, Any]
    """The entity's part of the mapping."""
    landed: Landed
    start: datetime | None
    """Rows that changed before are not read; None: all are read."""


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
    _check_secret(memory, source)
    plans, problems, broken = [], [], False
    for name in source.mapping.present:
        if name not in entities:
            continue
        remembered = memory.get(name, {})
        mapped = source.mapping.present[name].model_dump(mode="json")
        if source.mapping.trim_keys:
            mapped["trim_keys"] = True
        if remembered.get("mapping") != mapped:
            remembered = {}
        try:
            query = source.query(name, remembered.get("columns", {}))
            query = replace(query, key_is_hidden=HIDDEN in memory.get(name, {}))
            known = landed.get(name, Landed())
            planned = _plan(settings, query, mapped, remembered, known, full or name in whole)
            planned = _apart(source, planned)
            found = source.problems(planned.query, is_new=not remembered)
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
    # What waited in an old month must be seen to be gone.
    return [
        replace(p, query=_dated(p.query, orders, "" if p.landed.repeated else since)) for p in plans
    ]


def _check_secret(memory: dict[str, Any], source: Source) -> None:
    secret = source.guard and source.guard.pseudonyms.fingerprint
    if secret and memory.get(SECRET, secret) != secret:
        raise UsageError(
            "the keys that have landed are pseudonyms of another secret, so that nothing would be"
            f" the same; put back the {FILE} of the data folder, or the DW_PSEUDONYM_KEY"
        )


def _apart(source: Source, planned: Plan) -> Plan:
    """The plan; if rows of the source share a key or some landed so, all rows are read."""
    query = source.apart(planned.query)
    is_whole = query.is_doubtful or planned.landed.repeated
    return replace(planned, query=query, start=None if is_whole else planned.start)


def _waiting(query: Query) -> Query:
    """The query; orders dated after today wait until their day has come."""
    return replace(query, until=today()) if query.entity.name == "orders" else query


def _dated(query: Query, orders: Query | None, since: str) -> Query:
    """The query with what gives its rows their months, and the first one to compare."""
    if query.entity.month == ENTITIES["orders"].key:
        query = replace(query, orders=orders)
    return query if query.month is None or query.is_doubtful else replace(query, since=since)


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
    as_before = remembered.get("columns") == query.filled
    start = None
    if as_before and not full and query.cursor is not None and landed.watermark is not None:
        start = landed.watermark - timedelta(minutes=settings.cutoff_minutes)
    return Plan(query, mapped, landed, start)


def report_columns(plans: list[Plan], run: Run) -> None:
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
    for query in [p.query for p in plans]:
        if query.trimmed:
            log.info("blanks taken off keys", entity=query.entity.name, columns=[*query.trimmed])
        for name, why in query.left_out.items():
            log.info("column left out", column=f"{query.entity.name}.{name}", why=why)


def _memory(staging: Staging) -> dict[str, Any]:
    """How earlier loads read the source, from the state that dlt keeps in the warehouse."""
    memory: dict[str, Any] = staging.pipeline.state.get("sources", {}).get(COMPANY, {})
    return memory
