"""The days: what happens at the company, the scheduler's tries, checks and smoke."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import holidays
import structlog

from core.clock import ZONE, local
from docker.schedule import PAUSE, TRIES
from pipeline.watch.incidents import Kind
from pipeline.watch.rules import DUE
from published import versions
from published.versions import Published, Reconciliation
from seeds_oltp import demand
from simulation.company import Company
from simulation.evidence import Attempt, Morning, ToldIncident, Volumes
from simulation.faults import Fault

RUN_AT = clock(0, 5)
"""When the scheduler begins, in São Paulo: a wave is a whole day, from its first second."""
CHECK_AFTER = timedelta(minutes=10)
"""How long after a run the alerts are checked, by a timer of their own."""

_RUN = """
select
    coalesce(sum(extracted), 0), coalesce(sum(inserted), 0), coalesce(sum(updated), 0),
    coalesce(sum(deleted), 0)
from audit.etl_run
where command = 'load' and status = 'success' and started_at >= ?
"""
_TESTS = """
select count(*), count(*) filter (status = 'pass')
from audit.dbt_run_node
where resource_type = 'test' and invocation_id = ?
"""
_INCIDENTS = """
select rule, job, detail, fired_at, resolved_at from audit.alert order by fired_at, rule, job
"""

log = structlog.get_logger()


def morning(number: int) -> datetime:
    """When the run is due that brings wave ``number``; 0 is the base load's."""
    return datetime.combine(demand.END + timedelta(days=number + 1), RUN_AT, ZONE)


def spread(faults: Sequence[Fault], days: int) -> list[list[Fault]]:
    """The faults of each day: those that end runs leave each day's last try alone, the others the
    last day, since what they do is over the day after.

    Raises ValueError when there are too few days for that.
    """
    plan: list[list[Fault]] = [[] for _ in range(days)]
    ending = [fault for fault in faults if fault.ends_runs]
    lasting = [fault for fault in faults if not fault.ends_runs]
    if days < 2 or len(ending) > days * (TRIES - 1):
        raise ValueError(f"{days} days are too few for {len(faults)} faults")
    for index, fault in enumerate(ending):
        plan[index * days // len(ending)].append(fault)
    for index, fault in enumerate(lasting):
        plan[index * (days - 1) // len(lasting)].append(fault)
    return plan


def live(company: Company, number: int, faults: Sequence[Fault]) -> Morning:
    """One more day and the morning after, with its faults."""
    changes = company.wave(number)
    due = morning(number)
    hits: list[Fault | None] = [fault for fault in faults if fault.ends_runs]
    with ExitStack() as lasting:
        for fault in faults:
            if not fault.ends_runs:
                lasting.enter_context(fault.around(company))
        attempts = _attempts(company, due, [*hits, None])
        smoke = _smoke(company, attempts[-1].at + CHECK_AFTER)
        company.dw(datetime.combine(due.date(), DUE, ZONE), "alerts", "check")
    version = _published_since(company.home, due)
    at = version.manifest.created_at.astimezone(ZONE) if version else None
    tests, passed = _tests(company, version)
    verdict = versions.read(company.home / versions.VERDICT, Reconciliation)
    return Morning(
        date=due.date(),
        is_business_day=is_business_day(due.date()),
        changes=sum(changes.values()),
        faults=[fault.name for fault in faults],
        attempts=attempts,
        published_at=at,
        met_sla=at is not None and at <= datetime.combine(due.date(), DUE, ZONE),
        tests=tests,
        passed=passed,
        reconciled=verdict is not None and verdict.ok,
        smoke=smoke,
        volumes=_volumes(company, due, version),
        told=_told(company),
    )


def is_business_day(day: date) -> bool:
    """Whether people work in Brazil."""
    return day.weekday() < 5 and day not in holidays.country_holidays("BR", years=day.year)


def incidents(company: Company) -> list[ToldIncident]:
    """What the audit keeps of all incidents, oldest first."""
    return [
        ToldIncident(
            rule=rule,
            job=job,
            detail=detail,
            fired_at=local(fired),
            resolved_at=resolved and local(resolved),
        )
        for rule, job, detail, fired, resolved in _rows(company, _INCIDENTS)
    ]


def _attempts(company: Company, due: datetime, hits: Sequence[Fault | None]) -> list[Attempt]:
    """The scheduler's tries, until one succeeds; each fault hits one of them."""
    attempts: list[Attempt] = []
    for number in range(TRIES):
        fault = hits[number] if number < len(hits) else None
        attempts.append(_attempt(company, due + number * PAUSE, fault))
        if attempts[-1].exit_code == 0:
            break
        company.dw(attempts[-1].at + CHECK_AFTER, "alerts", "check")
    return attempts


def _attempt(company: Company, at: datetime, fault: Fault | None) -> Attempt:
    started = time.monotonic()
    with ExitStack() as stack:
        if fault is not None:
            stack.enter_context(fault.around(company))
        done = company.dw(at, "run", fault=fault.within if fault else None)
    seconds = Decimal(f"{time.monotonic() - started:.1f}")
    name = fault.name if fault else None
    log.info(f"{at:%d/%m %H:%M}", fault=name, exit_code=done.code, seconds=str(seconds))
    return Attempt(at=at, fault=name, exit_code=done.code, seconds=seconds, message=done.message)


def _smoke(company: Company, at: datetime) -> list[str]:
    """The checks that failed."""
    results = [json.loads(line) for line in company.dw(at, "smoke", "--json").out]
    return [r["check"] for r in results if not r["ok"]] if results else ["not run"]


def _published_since(home: Path, since: datetime) -> Published | None:
    newer = [v for v in versions.versions(home) if v.manifest.created_at >= since]
    return newer[-1] if newer else None


def _tests(company: Company, version: Published | None) -> tuple[int, int]:
    if version is None:
        return 0, 0
    ((tests, passed),) = _rows(company, _TESTS, version.manifest.invocation_id)
    return tests, passed


def _volumes(company: Company, since: datetime, version: Published | None) -> Volumes:
    ((extracted, inserted, updated, deleted),) = _rows(
        company, _RUN, since.astimezone(UTC).replace(tzinfo=None)
    )
    return Volumes(
        extracted=extracted,
        inserted=inserted,
        updated=updated,
        deleted=deleted,
        published=version.manifest.rows if version else 0,
    )


def _told(company: Company) -> int:
    """How many incidents the channel has been told of for the first time, since the last look."""
    text = "\n".join(company.receiver.messages)
    company.receiver.messages.clear()
    return sum(text.count(f"{kind.upper()}: ") for kind in (Kind.NEW, Kind.PASSED))


def _rows(company: Company, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(company.settings.warehouse), read_only=True) as database:
        return database.execute(statement, values).fetchall()
