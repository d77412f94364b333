"""What people are told of a reconciliation: the verdict as JSON, and a report of what differs."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import structlog

from core import files
from core.settings import Settings
from published import versions
from published.versions import Mismatch, Proof, Reconciliation

REPORT = "CRITICAL_MISMATCHES.md"
SHOWN = 500
"""Differences that the report lists; the verdict has them all."""

_REMEDIES: tuple[tuple[str | tuple[str, ...], str], ...] = (
    (
        ("staging.", "audit.control_total"),
        "`dw load --full` compares every row with the source and lands what differs; then"
        " `dw build` and `dw reconcile`.",
    ),
    (
        "fact.",
        "`dw build --full-refresh` makes the facts again from staging; then `dw reconcile`.",
    ),
    (
        "dim.",
        "`dw build --full-refresh` makes the dimensions again from staging; then `dw reconcile`. A"
        " history (`dim_*_historico`) cannot be made again: restore the newest backup, or what you"
        " find in the table stays as it is.",
    ),
    (
        ("agg.", "mart.", "audit.totais", "audit.reconciliation", "audit.quarentena"),
        "What `dw reconcile` makes again from the facts was not made again, since something before"
        " it differs too, or differs still: then the model has a fault.",
    ),
    ("published", "`dw publish` writes a new version, whole, and readers read it from then on."),
)

log = structlog.get_logger()


def tell(settings: Settings, verdict: Reconciliation) -> None:
    """Write the verdict, and the report if anything differs or did; else there is no report."""
    files.replace(settings.data_dir / versions.VERDICT, verdict)
    path = settings.data_dir / REPORT
    if not verdict.mismatches and not verdict.repaired:
        path.unlink(missing_ok=True)
        return
    path.write_text("\n".join(_lines(verdict)) + "\n", encoding="utf-8")
    log.error(
        "mismatch",
        differences=len(verdict.mismatches),
        repaired=len(verdict.repaired),
        report=str(path),
    )


def _lines(verdict: Reconciliation) -> Iterator[str]:
    yield "# Critical mismatches"
    yield ""
    yield f"Load {verdict.load_id or '-'}, build {verdict.invocation_id or '-'}."
    if verdict.mismatches:
        yield ""
        yield "Nothing has been published since: readers keep the last good version."
        yield from _table(verdict.mismatches)
        yield ""
        yield "Remedy:"
        yield ""
        for prefix, remedy in _REMEDIES:
            if any(m.entity.startswith(prefix) for m in verdict.mismatches):
                yield f"- {remedy}"
        yield (
            "- If it stays, the source changes behind its own back or a model has a fault: open an"
            " issue with this file."
        )
    if verdict.repaired:
        yield ""
        yield "## Repaired by itself"
        yield ""
        yield (
            "This was not what it must be and was made again from what is right; it has been"
            " compared since. Find out who or what changed it."
        )
        yield from _table(verdict.repaired)


def _table(mismatches: list[Mismatch]) -> Iterator[str]:
    shown = mismatches[:SHOWN]
    yield ""
    yield "| step | table | month | measure | expected | found | difference |"
    yield "|---|---|---|---|---:|---:|---:|"
    for m in shown:
        yield (
            f"| {m.step} | {m.entity} | {m.month or '-'} | {m.measure} | {m.expected} | {m.found}"
            f" | {m.found - m.expected} |"
        )
    if len(mismatches) > SHOWN:
        yield f"| and {len(mismatches) - SHOWN} more | | | | | | |"
    yield ""
    yield "To look at each:"
    yield ""
    for query in dict.fromkeys(m.query for m in shown):
        yield f"    {query};"


def proven(proof: Proof, now: datetime) -> str:
    """What was proven, in a line: how far, how deep, for which months, and what was left out."""
    if proof.first_month is None:
        months = "no months yet"
    else:
        months = f"{_month(proof.first_month)} to {_month(proof.last_month or proof.first_month)}"
    depth = (
        f"every row of {proof.months} months of {proof.tables} tables hashed and added up,"
        f" {proof.compared} compared row by row"
    )
    if proof.compared < proof.months and proof.sealed_at is not None:
        depth += f" and the others as sealed since {proof.sealed_at:%Y-%m-%d %H:%M} UTC"
    source = "the source not added up yet"
    if proof.source_at is not None:
        since = f" from {proof.source_since}" if proof.source_since else ""
        source = f"source{since} as added up {_age(now - proof.source_at)} ago"
    return (
        f"proven: source → staging → dimensions, facts → aggregates → marts → files, {months};"
        f" {source}; {depth}; left out: {_left_out(proof)}"
    )


def _left_out(proof: Proof) -> str:
    parts = [
        f"{part.rows} {part.entity} ({part.reason}) worth {part.amount:.2f}"
        for part in proof.left_out
    ]
    return ", ".join(parts) or "nothing"


def _month(month: int) -> str:
    return f"{month // 100}-{month % 100:02}"


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def tables(mismatches: Iterable[Mismatch]) -> str:
    """The tables that are wrong, in a few words."""
    return ", ".join(sorted({m.entity for m in mismatches}))
