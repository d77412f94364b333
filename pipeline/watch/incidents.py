"""Incidents: what is wrong since when, which channel knows, and what it is still to be told.

Nothing here reads or sends: an incident opens when its rule first finds the problem, and closes
when the rule, having looked, finds it no more. A channel is told of each, once, then again every so
often while it lasts, and once of its end.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from pydantic import BaseModel

from published.incidents import Rule


@dataclass(frozen=True)
class Problem:
    """What a rule found."""

    rule: Rule
    job: str
    """The step, entity or day that it is about."""
    detail: str
    """One line, without personal data."""
    since: datetime
    """UTC."""
    run_id: str | None = None
    is_over: bool = False
    """It has ended, and is to be told all the same."""

    @property
    def key(self) -> tuple[Rule, str]:
        """What it is about: the next finding of the same is no news."""
        return self.rule, self.job


@dataclass
class Problems:
    """What the rules found, and which rules could look: the others leave their incidents open."""

    problems: list[Problem] = field(default_factory=list)
    judged: set[Rule] = field(default_factory=set)

    def add(self, rule: Rule, problems: Iterable[Problem]) -> None:
        """What one rule found."""
        self.judged.add(rule)
        self.problems += problems


class Incident(BaseModel):
    """A problem from its first finding to its end; times are UTC."""

    alert_id: str
    rule: Rule
    job: str
    detail: str
    since: datetime
    run_id: str | None
    fired_at: datetime
    resolved_at: datetime | None = None
    told: dict[str, datetime] = {}
    """When a channel was last told that it lasts."""
    told_end: dict[str, datetime] = {}
    """When a channel was told that it has ended."""
    is_mirrored: bool = False
    """Whether ``audit.alert`` has it as it is."""

    @property
    def key(self) -> tuple[Rule, str]:
        """What it is about."""
        return self.rule, self.job


class State(BaseModel):
    """The incidents that somebody is still to hear of, or that last: ``alerts.json``."""

    incidents: list[Incident] = []


class Kind(StrEnum):
    """What is said of an incident."""

    NEW = "novo"
    AGAIN = "continua"
    RESOLVED = "resolvido"
    PASSED = "aconteceu e já se resolveu"


@dataclass(frozen=True)
class News:
    """Something that a channel is to be told."""

    kind: Kind
    incident: Incident


def advance(state: State, findings: Problems, now: datetime) -> None:
    """Close the incidents whose problem is gone, and open one for each problem without."""
    problems = {problem.key: problem for problem in findings.problems}
    lasting = [incident for incident in state.incidents if incident.resolved_at is None]
    for incident in lasting:
        if incident.rule in findings.judged:
            _follow(incident, problems.get(incident.key), now)
    known = {incident.key for incident in lasting}
    # What had ended when it was found is found again for as long as its rule remembers it.
    ended = {incident.key for incident in state.incidents} - known
    state.incidents += [
        _opened(problem, now)
        for problem in problems.values()
        if problem.key not in known and not (problem.is_over and problem.key in ended)
    ]


def _follow(incident: Incident, problem: Problem | None, now: datetime) -> None:
    if problem is None or problem.is_over:
        incident.resolved_at, incident.is_mirrored = now, False
    elif (incident.detail, incident.run_id) != (problem.detail, problem.run_id):
        incident.detail, incident.run_id = problem.detail, problem.run_id
        incident.is_mirrored = False


def _opened(problem: Problem, now: datetime) -> Incident:
    return Incident(
        alert_id=f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}",
        rule=problem.rule,
        job=problem.job,
        detail=problem.detail,
        since=problem.since,
        run_id=problem.run_id,
        fired_at=now,
        resolved_at=now if problem.is_over else None,
    )


def news(state: State, channel: str, now: datetime, repeat: timedelta) -> list[News]:
    """What a channel is to be told now, oldest first."""
    found = ((_kind(incident, channel, now, repeat), incident) for incident in state.incidents)
    return [News(kind, incident) for kind, incident in found if kind is not None]


def _kind(incident: Incident, channel: str, now: datetime, repeat: timedelta) -> Kind | None:
    told = incident.told.get(channel)
    if incident.resolved_at is not None:
        if channel in incident.told_end:
            return None
        return Kind.PASSED if told is None else Kind.RESOLVED
    if told is None:
        return Kind.NEW
    return Kind.AGAIN if now - told >= repeat else None


def mark_told(told: Iterable[News], channel: str, now: datetime) -> None:
    """Remember that a channel knows."""
    for item in told:
        ended = item.kind in (Kind.RESOLVED, Kind.PASSED)
        (item.incident.told_end if ended else item.incident.told)[channel] = now


def forget(state: State, channels: Collection[str], findings: Problems) -> None:
    """Drop the incidents that have ended, that all channels know of, and that the audit keeps."""
    found = {problem.key for problem in findings.problems}
    state.incidents = [
        incident
        for incident in state.incidents
        if incident.resolved_at is None
        or not incident.is_mirrored
        or not incident.told_end.keys() >= set(channels)
        or incident.key in found
    ]
