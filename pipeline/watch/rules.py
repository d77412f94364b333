"""The rules of alerting: what is wrong now, by the audit, what is published, and the source."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import structlog
from sqlalchemy.exc import DBAPIError

from core import record
from core.audit import NODES, Audit
from core.clock import ZONE, local
from core.engines import engine
from core.errors import LoaderError, LockedError, first_line
from core.lock import hold_warehouse
from core.settings import Settings
from loader.source import mapping as mappings
from loader.source.snapshot import Source, snapshot
from pipeline.watch.incidents import Problem, Problems
from published import versions
from published.incidents import Rule
from published.versions import Reconciliation

DUE = time(8)
"""When yesterday's data is due, in São Paulo."""
STEPS = ("load", "build", "reconcile", "publish")
"""The commands of the daily run; who types another one sees how it ends."""
RECENT = timedelta(hours=26)
"""A day and its night, and the time that a run may take."""
WINDOW = timedelta(days=7)
FEWEST_RUNS = 3
FAILED_PERCENT = 30
WRONG_LOGINS = 20
WRONG_WINDOW = timedelta(hours=1)

_RUNS = """
select run.run_id, run.command, run.status, run.error, run.started_at, run.finished_at
from audit.etl_run as run
where
    run.started_at >= %s
    or run.started_at = (
        select max(other.started_at) from audit.etl_run as other where other.command = run.command
    )
order by run.started_at, run.run_id
"""
# Only one entity is read at a time: of those that did not finish, the one that began last.
_UNFINISHED = """
select entity, started_at from audit.etl_run_entity
where run_id = %s and status = 'failed' and finished_at is null
order by started_at desc
"""
_WATERMARKS = """
select part.entity, part.started_at, part.watermark_after
from audit.etl_run_entity as part
where
    part.watermark_after is not null
    and part.started_at = (
        select max(other.started_at) from audit.etl_run_entity as other
        where other.entity = part.entity and other.status = 'success'
    )
"""
_FAILED_TESTS = """
select name from audit.dbt_run_node
where run_id = %s and resource_type = 'test' and status in ('fail', 'error')
order by name
"""
# Rows that came with the loads which the newest build saw and the build before had not seen.
_QUARANTINED = """
with builds as (
    select load_id from audit.etl_run where command = 'build' and status = 'success'
)
select entidade, count(*) as linhas
from audit.quarentena
where
    _dlt_load_id <= (select max(load_id) from builds)
    and _dlt_load_id > coalesce(
        (select max(load_id) from builds where load_id < (select max(load_id) from builds)), ''
    )
group by entidade
order by entidade
"""
_AUDITED = (
    Rule.PIPELINE_FAILED,
    Rule.ENTITY_FAILED,
    Rule.NO_RECENT_RUN,
    Rule.REPEATED_FAILURES,
    Rule.TESTS_FAILED,
    Rule.QUARANTINE_GREW,
)

log = structlog.get_logger()


def evaluate(settings: Settings, now: datetime) -> Problems:
    """What is wrong at ``now`` (UTC). What cannot be read leaves its rules without a judgement."""
    findings = Problems()
    try:
        findings.add(Rule.SLA_MISSED, _sla(settings.data_dir, now))
        verdict = _verdict(settings.data_dir)
        findings.add(Rule.RECONCILIATION_MISMATCH, _mismatch(verdict))
        findings.add(Rule.TABLE_REPAIRED, _repaired(verdict))
    except LoaderError as error:
        log.error("not judged", reason=first_line(error))
    try:
        findings.add(Rule.LOGIN_FAILURES, _logins(settings.data_dir, now))
    except OSError as error:
        log.error("logins are not judged", reason=error.strerror)
    watermarks: list[dict[str, Any]] | None = None
    try:
        findings.add(Rule.WAREHOUSE_AWAY, _missing(settings, now))
        if not findings.problems and not _is_new(settings):
            with hold_warehouse(settings):
                watermarks = _audited(Audit(settings), findings, now)
    except LockedError:
        log.info("a run is under way: its audit is judged when it has ended")
        findings.judged.discard(Rule.WAREHOUSE_AWAY)
    # Whatever it is, somebody must hear of it.
    except Exception as error:
        # The text of an unexpected error may hold anything.
        reason = first_line(error) if isinstance(error, LoaderError) else type(error).__name__
        findings.judged -= set(_AUDITED)
        findings.problems = [p for p in findings.problems if p.rule not in _AUDITED]
        findings.add(Rule.WAREHOUSE_AWAY, [_away(settings, reason, now)])
    try:
        if watermarks is not None:
            findings.add(Rule.WATERMARK_STALLED, list(_stalled(settings, watermarks)))
    except (LoaderError, DBAPIError) as error:
        log.warning("the source is not judged", reason=type(error).__name__)
    return findings


def _sla(data_dir: Path, now: datetime) -> list[Problem]:
    """Whether the newest day that is due was published too late, or is not yet."""
    here = local(now)
    due = datetime.combine(here.date(), DUE, ZONE)
    if here < due:
        due = datetime.combine(here.date() - timedelta(days=1), DUE, ZONE)
    ended = datetime.combine(due.date(), time(), ZONE)
    published_at = [version.manifest.created_at for version in versions.versions(data_dir)]
    # Before the first version nothing was due.
    if not published_at or min(published_at) >= ended:
        return []
    first = min((at for at in published_at if at >= ended), default=None)
    if first is not None and first <= due:
        return []
    late = "ainda não foram" if first is None else f"só às {first.astimezone(ZONE):%H:%M} foram"
    return [
        Problem(
            Rule.SLA_MISSED,
            f"dados de {due.date() - timedelta(days=1):%d/%m/%Y}",
            f"eram devidos às {due:%H:%M} e {late} publicados",
            due.astimezone(UTC).replace(tzinfo=None),
            is_over=first is not None,
        )
    ]


def _verdict(data_dir: Path) -> tuple[Reconciliation, datetime] | None:
    """The newest verdict and when it was reached."""
    path = data_dir / versions.VERDICT
    verdict = versions.read(path, Reconciliation)
    if verdict is None:
        return None
    return verdict, datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _mismatch(judged: tuple[Reconciliation, datetime] | None) -> list[Problem]:
    if judged is None or judged[0].ok:
        return []
    verdict, judged_at = judged
    tables = _listed(sorted({mismatch.entity for mismatch in verdict.mismatches}))
    detail = f"{len(verdict.mismatches)} diferenças entre origem, staging e marts: {tables}"
    return [Problem(Rule.RECONCILIATION_MISMATCH, "reconcile", detail, judged_at)]


def _repaired(judged: tuple[Reconciliation, datetime] | None) -> Iterator[Problem]:
    """What was not what it must be, and has been made again: over, but somebody did it."""
    if judged is None:
        return
    verdict, judged_at = judged
    for table in sorted({mismatch.entity for mismatch in verdict.repaired}):
        found = [m for m in verdict.repaired if m.entity == table]
        first = found[0]
        when = f" de {first.month}" if first.month else ""
        detail = (
            f"{len(found)} diferenças, a primeira em {first.measure}{when}: esperado"
            f" {first.expected}, encontrado {first.found}; refeita a partir do que está certo"
        )
        yield Problem(Rule.TABLE_REPAIRED, table, detail, judged_at, is_over=True)


def _logins(data_dir: Path, now: datetime) -> list[Problem]:
    """Whether somebody guesses passwords: many wrong ones in an hour, until an hour has none.

    Tells how many, never whose name was tried or from where.
    """
    failed = sorted(
        (datetime.fromisoformat(line["at"]).astimezone(UTC).replace(tzinfo=None), line["address"])
        for line in record.read(data_dir)
        if line.get("event") in ("login_failed", "login_refused")
    )
    series: list[tuple[datetime, str]] = []
    after = now
    for at, address in reversed(failed):
        if after - at > WRONG_WINDOW:
            break
        series.insert(0, (at, address))
        after = at
    apart = zip(series, series[WRONG_LOGINS - 1 :], strict=False)
    if not any(last - first <= WRONG_WINDOW for (first, _), (last, _) in apart):
        return []
    addresses = len({address for _, address in series})
    detail = f"{len(series)} tentativas erradas ou recusadas; endereços: {addresses}"
    return [Problem(Rule.LOGIN_FAILURES, "login", detail, series[0][0])]


def _is_new(settings: Settings) -> bool:
    """Whether nothing has ever been loaded here."""
    return engine(settings).is_missing()


def _missing(settings: Settings, now: datetime) -> list[Problem]:
    """The embedded warehouse, if it was there once: to open it would make an empty one."""
    if not _is_new(settings) or versions.stamp(settings.data_dir) is None:
        return []
    return [_away(settings, f"o arquivo {settings.warehouse.name} não existe", now)]


def _away(settings: Settings, reason: str, now: datetime) -> Problem:
    return Problem(Rule.WAREHOUSE_AWAY, settings.target, reason, now)


def _audited(audit: Audit, findings: Problems, now: datetime) -> list[dict[str, Any]]:
    """Judge by the audit; the watermarks. The caller holds the lock, so whatever runs is dead."""
    runs = audit.rows(_RUNS, now - WINDOW) if audit.has("etl_run") else []
    steps = {run["command"]: run for run in runs if run["command"] in STEPS}
    findings.add(Rule.PIPELINE_FAILED, [_failure(run) for run in steps.values() if _failed(run)])
    findings.add(Rule.NO_RECENT_RUN, _idle(runs, now))
    findings.add(Rule.REPEATED_FAILURES, _repeated(runs, now))
    load, build = steps.get("load"), steps.get("build")
    findings.add(Rule.ENTITY_FAILED, _entity(audit, load) if load and _failed(load) else [])
    tested = build is not None and audit.has(NODES)
    findings.add(Rule.TESTS_FAILED, _tests(audit, build) if build and tested else [])
    built = build is not None and audit.is_built("quarentena")
    findings.add(Rule.QUARANTINE_GREW, _quarantine(audit, build) if build and built else [])
    return audit.rows(_WATERMARKS) if runs else []


def _failed(run: dict[str, Any]) -> bool:
    return bool(run["status"] != "success")


def _failure(run: dict[str, Any]) -> Problem:
    at = run["finished_at"] or run["started_at"]
    return Problem(Rule.PIPELINE_FAILED, run["command"], _reason(run), at, run["run_id"])


def _reason(run: dict[str, Any]) -> str:
    """Why a run failed: the line that says what kind it is, never those with the details."""
    if run["status"] != "failed":
        return "o processo morreu antes de terminar"
    return next(iter((run["error"] or "").splitlines()), "sem explicação")


def _idle(runs: list[dict[str, Any]], now: datetime) -> list[Problem]:
    newest = max((run["started_at"] for run in runs), default=now)
    if now - newest <= RECENT:
        return []
    hours = (now - newest) // timedelta(hours=1)
    return [Problem(Rule.NO_RECENT_RUN, "dw run", f"nada foi executado há {hours} horas", newest)]


def _repeated(runs: list[dict[str, Any]], now: datetime) -> Iterator[Problem]:
    for step in STEPS:
        week = [r for r in runs if r["command"] == step and r["started_at"] >= now - WINDOW]
        failed = [run for run in week if _failed(run)]
        if len(week) >= FEWEST_RUNS and len(failed) * 100 >= len(week) * FAILED_PERCENT:
            detail = f"{len(failed)} de {len(week)} execuções falharam em {WINDOW.days} dias"
            first, last = failed[0], failed[-1]
            yield Problem(Rule.REPEATED_FAILURES, step, detail, first["started_at"], last["run_id"])


def _entity(audit: Audit, load: dict[str, Any]) -> list[Problem]:
    return [
        Problem(
            Rule.ENTITY_FAILED, part["entity"], _reason(load), part["started_at"], load["run_id"]
        )
        for part in audit.rows(_UNFINISHED, load["run_id"])[:1]
    ]


def _tests(audit: Audit, build: dict[str, Any]) -> list[Problem]:
    names = [row["name"] for row in audit.rows(_FAILED_TESTS, build["run_id"])]
    if not names:
        return []
    detail = f"{len(names)} testes falharam: {_listed(names)}"
    return [Problem(Rule.TESTS_FAILED, "build", detail, build["started_at"], build["run_id"])]


def _quarantine(audit: Audit, build: dict[str, Any]) -> list[Problem]:
    counts = [f"{row['entidade']} {row['linhas']}" for row in audit.rows(_QUARANTINED)]
    if not counts:
        return []
    detail = f"linhas novas em quarentena: {_listed(counts)}"
    return [Problem(Rule.QUARANTINE_GREW, "build", detail, build["started_at"], build["run_id"])]


def _listed(names: list[str], shown: int = 5) -> str:
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" e mais {more}" if more > 0 else "")


def _stalled(settings: Settings, watermarks: list[dict[str, Any]]) -> Iterator[Problem]:
    """The entities whose source has rows that their newest load should have brought."""
    if not watermarks:
        return
    mapping = mappings.read(settings.source)
    url = settings.oltp_url.get_secret_value()
    with snapshot(url, mapping, consistent=settings.oltp_snapshot) as source:
        for mark in watermarks:
            until = mark["started_at"] - timedelta(minutes=settings.cutoff_minutes)
            after = mark["watermark_after"]
            if mark["entity"] in mapping.present and _has_rows(
                source, mark["entity"], after, until
            ):
                detail = f"a origem tem linhas mais novas que {after:%Y-%m-%d %H:%M:%S} UTC"
                yield Problem(Rule.WATERMARK_STALLED, mark["entity"], detail, mark["started_at"])


def _has_rows(source: Source, entity: str, after: datetime, until: datetime) -> bool:
    """Whether the source has a row that changed after one moment and not after another."""
    query = source.query(entity, {})
    if query.cursor is None:
        return False
    for table in source.read(query, after):
        moments = table["updated_at"]
        due = pc.and_kleene(pc.greater(moments, after), pc.less_equal(moments, until))
        if pc.any(due).as_py():
            return True
    return False
