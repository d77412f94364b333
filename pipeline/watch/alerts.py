"""Alerts: look for problems, keep the incidents, tell the channels; one message each per check.

What is to be told is on disk before it is sent, and what was told after: a process that is killed,
or a channel that is off, makes a message late or leaves it repeated, never lost.
"""

import fcntl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from pydantic import BaseModel

from core import files
from core import log as logs
from core.audit import ALERT, ALERTS, Audit
from core.clock import local, now
from core.engines import engine
from core.errors import LoaderError, LockedError
from core.lock import hold_warehouse
from core.refusals import behind, told
from core.settings import Settings
from pipeline.watch import incidents, rules
from pipeline.watch.channels import Channel, channels
from pipeline.watch.incidents import Incident, Kind, News, Problem, Problems, State
from published import versions
from published.incidents import TITLES, Rule
from published.versions import OpenIncident, OpenIncidents

STATE = "alerts.json"
SHOWN = 20
"""Incidents that one message describes; it counts the others."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Checked:
    """What a check leaves."""

    lasting: list[Incident]
    silent: list[str]
    """Channels that did not take what they were to be told; they will be, by the next check."""
    wrong: list[int]
    """The places in DW_ALERT_URLS of what is no address; nobody hears of anything there."""


def check(settings: Settings) -> Checked:
    """Look for problems and tell the channels. Raises LoaderError when it cannot."""
    return _check(settings, Problems())


def after_run(settings: Settings, failure: BaseException | None) -> Checked:
    """Checked at the end of a daily run, which may have failed before it could be recorded."""
    told = Problems()
    told.add(Rule.RUN_FAILED, [] if failure is None else _unrecorded(failure))
    return _check(settings, told)


def _unrecorded(failure: BaseException) -> list[Problem]:
    # The run that it waits for is watched itself.
    if isinstance(failure, LockedError):
        return []
    # The text of an unexpected error may quote an address; that of the system names a file.
    cause = behind(failure)
    plain = isinstance(cause, LoaderError | OSError)
    reason = told(cause) if plain else type(cause).__name__
    return [Problem(Rule.RUN_FAILED, "dw run", reason, now())]


def _check(settings: Settings, told: Problems) -> Checked:
    logs.start(settings.data_dir / "logs", "alerts")
    receivers, wrong = channels(settings)
    with _alone(settings):
        path = settings.data_dir / STATE
        state = versions.read(path, State) or State()
        findings = rules.evaluate(settings, now())
        failed_step = any(p.rule is Rule.PIPELINE_FAILED for p in findings.problems)
        for rule in told.judged:
            findings.add(rule, [] if failed_step else told.problems)
        incidents.advance(state, findings, now())
        _save(path, state)
        silent = []
        for channel in receivers:
            if not _tell(settings, channel, state):
                silent.append(channel.name)
            _save(path, state)
        _mirror(settings, state)
        # Who listens at a wrong address hears all of it once the address is right.
        if not wrong:
            incidents.forget(state, [channel.name for channel in receivers], findings)
            _save(path, state)
    lasting = [incident for incident in state.incidents if incident.resolved_at is None]
    _show(settings.data_dir, lasting)
    return Checked(lasting, silent, wrong)


def _show(data_dir: Path, lasting: list[Incident]) -> None:
    """Let readers of what is published know what lasts, in no more words than its rule and job."""
    folder = versions.folder(data_dir)
    if not folder.is_dir():
        return
    known = [OpenIncident(rule=i.rule, job=i.job, since=i.since) for i in lasting]
    _save(folder / versions.INCIDENTS, OpenIncidents(checked_at=now(), incidents=known))


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Wait for the check that may be under way: it takes seconds, since channels have a limit."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "alerts.lock").open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _save(path: Path, content: BaseModel) -> None:
    try:
        files.replace(path, content)
    # A full disk is what people must hear of, if need be twice.
    except OSError as error:
        log.error("incidents are not kept", path=str(path), reason=error.strerror)


def _tell(settings: Settings, channel: Channel, state: State) -> bool:
    """Tell a channel what it does not know, unless people sleep; whether it took it."""
    repeat = timedelta(hours=settings.alert_repeat_hours)
    news = incidents.news(state, channel.name, now(), repeat)
    if not news or _is_quiet(settings, now()):
        return True
    if not channel.send(_title(news), _body(news, settings.runbook_url)):
        return False
    incidents.mark_told(news, channel.name, now())
    return True


def _is_quiet(settings: Settings, at: datetime) -> bool:
    if settings.alert_quiet is None:
        return False
    start, end = settings.alert_quiet
    clock = local(at).time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def _title(news: list[News]) -> str:
    counts = Counter(item.kind for item in news)
    return "DW E-commerce: " + ", ".join(f"{counts[k]} {k}" for k in Kind if counts[k])


def _body(news: list[News], runbook: str) -> str:
    more = len(news) - SHOWN
    parts = [_described(item, runbook) for item in news[:SHOWN]]
    return "\n\n".join([*parts, *([f"e mais {more}"] if more > 0 else [])])


def _described(item: News, runbook: str) -> str:
    incident = item.incident
    lines = [
        f"{item.kind.upper()}: {TITLES[incident.rule]} · {incident.job}",
        incident.detail,
        f"desde {local(incident.since):%d/%m/%Y %H:%M}"
        + (f" · execução {incident.run_id}" if incident.run_id else ""),
    ]
    if incident.resolved_at is not None:
        lines.append(f"resolvido em {local(incident.resolved_at):%d/%m/%Y %H:%M}")
    lines.append(f"incidente {incident.alert_id} · {runbook}#{incident.rule}")
    return "\n".join(lines)


def _mirror(settings: Settings, state: State) -> None:
    """Write what has changed to ``audit.alert``; later, when the warehouse is away or busy."""
    changed = [incident for incident in state.incidents if not incident.is_mirrored]
    if not changed or engine(settings).is_missing():
        return
    try:
        with hold_warehouse(settings):
            rows = [incident.model_dump(include=set(ALERT.names)) for incident in changed]
            Audit(settings).write(ALERTS, ["alert_id"], rows, ALERT)
    # An alert that was sent must not be sent again because of its copy.
    except Exception as error:
        log.warning("alerts are not in the audit yet", reason=type(error).__name__)
        return
    for incident in changed:
        incident.is_mirrored = True
