"""What a simulation leaves behind: figures day by day, incidents, and the verdict."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, computed_field

from core import files


class Attempt(BaseModel):
    """One run of the pipeline."""

    at: datetime
    """Simulated, in São Paulo."""
    fault: str | None
    """What hit it; none when nothing ends it."""
    exit_code: int
    seconds: Decimal
    """Of real time."""
    message: str
    """The last line that it printed."""


class Volumes(BaseModel):
    """Rows that a day's loads moved, and that its version shows."""

    extracted: int
    inserted: int
    updated: int
    deleted: int
    published: int


class Morning(BaseModel):
    """One day at the company, and the morning after, when its data is due."""

    date: date
    """The morning's."""
    is_business_day: bool
    changes: int
    """Rows that changed at the source."""
    faults: list[str]
    attempts: list[Attempt]
    published_at: datetime | None
    """Simulated, in São Paulo; none when no version was published that morning."""
    met_sla: bool
    """Whether it was by 8:00."""
    tests: int
    passed: int
    """Of the tests of the data in the build that was published."""
    reconciled: bool
    smoke: list[str]
    """The checks that failed."""
    volumes: Volumes
    told: int
    """Incidents that the channel heard of for the first time."""

    @property
    def succeeded(self) -> bool:
        """Whether the day's data was right, and there in time."""
        return self.met_sla and self.reconciled and not self.smoke


class ToldIncident(BaseModel):
    """What was told of a problem; simulated times, in São Paulo."""

    rule: str
    job: str
    detail: str
    fired_at: datetime
    resolved_at: datetime | None


class Status(StrEnum):
    """What is said of a criterion."""

    GO = "go"
    NO_GO = "no-go"
    TOO_SHORT = "too short"
    """Nothing went wrong, but fewer days were simulated than the criterion asks for."""
    NOT_TESTED = "not tested"
    """There was nothing to judge by."""


class Verdict(BaseModel):
    """A criterion of acceptance, and what it rests on."""

    criterion: str
    asks: str
    status: Status
    evidence: str


class Evidence(BaseModel):
    """The whole report."""

    orders: int
    seed: int
    days: list[Morning]
    incidents: list[ToldIncident]
    kpis: dict[str, Decimal | None]
    """The operational KPIs as readers have them."""
    verdicts: list[Verdict]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def go(self) -> bool:
        """Whether every criterion was tested, as far as it asks, and met."""
        return bool(self.verdicts) and all(v.status is Status.GO for v in self.verdicts)


def write(folder: Path, evidence: Evidence) -> None:
    """Write ``evidence.json`` for machines and ``EVIDENCE.md`` for people."""
    files.write(folder / "evidence.json", evidence)
    (folder / "EVIDENCE.md").write_text(markdown(evidence), encoding="utf-8")


def markdown(evidence: Evidence) -> str:
    """The report as a page."""
    word = "GO" if evidence.go else "NO-GO"
    business = sum(day.is_business_day for day in evidence.days)
    return "\n\n".join(
        [
            f"# Simulated operation: {word}",
            f"{len(evidence.days)} days, {business} of them business days, of a sample company of"
            f" {evidence.orders} orders (seed {evidence.seed}). Times are simulated, in São Paulo;"
            " seconds are real.",
            "## Acceptance",
            _table(
                ("criterion", "asks", "verdict", "evidence"),
                ((v.criterion, v.asks, f"**{v.status}**", v.evidence) for v in evidence.verdicts),
            ),
            "## Days",
            _table(
                ("morning", "business day", "changed at the source", "read", "new", "updated",
                 "deleted", "published rows", "tests", "reconciled", "smoke", "published", "SLA",
                 "incidents told", "faults"),
                map(_day, evidence.days),
            ),
            "## Runs",
            _table(
                ("at", "fault", "exit code", "seconds", "last words"),
                (
                    (f"{a.at:%d/%m %H:%M}", a.fault or "–", a.exit_code, a.seconds, a.message)
                    for day in evidence.days
                    for a in day.attempts
                ),
            ),
            "## Incidents",
            _table(
                ("alert", "about", "detail", "fired", "resolved"),
                (
                    (i.rule, i.job, i.detail, f"{i.fired_at:%d/%m %H:%M}", _moment(i.resolved_at))
                    for i in evidence.incidents
                ),
            ),
            "## Operational KPIs",
            _table(
                ("metric", "value"),
                ((k, "–" if v is None else v) for k, v in evidence.kpis.items()),
            ),
            "",
        ]
    )  # fmt: skip


def _day(day: Morning) -> Sequence[object]:
    rows = day.volumes
    return (
        f"{day.date:%a %d/%m/%Y}",
        "yes" if day.is_business_day else "no",
        day.changes,
        rows.extracted,
        rows.inserted,
        rows.updated,
        rows.deleted,
        rows.published,
        f"{day.passed} of {day.tests}",
        "yes" if day.reconciled else "**no**",
        ", ".join(day.smoke) or "ok",
        _moment(day.published_at),
        "met" if day.met_sla else "**missed**",
        day.told,
        ", ".join(day.faults) or "–",
    )


def _moment(at: datetime | None) -> str:
    return "–" if at is None else f"{at:%d/%m %H:%M}"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |" for line in lines
    )
