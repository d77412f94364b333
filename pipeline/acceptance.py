"""How much may be left out of what is published, and who has accepted more than that."""

from collections import defaultdict
from decimal import Decimal

import pyarrow as pa

from core.audit import Audit, Run, new_id
from core.clock import now
from core.contract.entities import text
from core.errors import ExitCode, UsageError
from core.lock import hold_warehouse
from core.settings import Settings
from pipeline.export import PublicationRefusedError
from pipeline.left_out import Findings, LeftOut, in_staging

TABLE = "acceptance"
_KEY = ["acceptance_id"]
_SCHEMA = pa.schema(
    [
        text("acceptance_id", 64, nullable=False),
        ("accepted_at", pa.timestamp("us")),
        ("accepted_by", pa.string()),
        ("entity", pa.string()),
        ("reason", pa.string()),
        ("month", pa.int64()),
        ("rows", pa.int64()),
        ("amount", pa.decimal128(38, 4)),
    ]
)


class TooMuchLeftOutError(PublicationRefusedError):
    """More of a month's revenue waits in quarantine than anybody has accepted."""

    exit_code = ExitCode.TOO_MUCH_LEFT_OUT


def check(settings: Settings, audit: Audit, found: Findings | None = None) -> Findings:
    """What is left out of the newest load. Raises TooMuchLeftOutError when it is too much.

    ``found`` is what this process has seen of it since that load, under the same lock.
    """
    findings = found or in_staging(settings)
    limit = Decimal(str(settings.max_quarantine_percent))
    over = {m: s for m, s in shares(findings, _accepted(audit)).items() if s > limit}
    if over:
        month, share = max(over.items(), key=lambda item: item[1])
        where = f"{month // 100}-{month % 100:02}" if month else "orders without a month"
        raise TooMuchLeftOutError(
            "\n".join(
                [
                    f"{share:.2f} % of the revenue of {where} waits in quarantine, more than"
                    f" DW_MAX_QUARANTINE_PERCENT={limit:f} allows"
                    f" ({len(over)} months do); mend the source or its mapping, or accept it by"
                    ' `dw accept-left-out "REASON" --by NAME`',
                    *findings.lines(),
                ]
            )
        )
    return findings


def accept(settings: Settings, reason: str, by: str) -> list[LeftOut]:
    """Record that somebody accepts what waits now for a reason; what comes later is not accepted.

    Raises UsageError when nothing waits for it.
    """
    run = Run(command="accept-left-out", source=settings.source, target=settings.target)
    with hold_warehouse(settings):
        audit = Audit(settings)
        with audit.record(run):
            parts = [p for p in in_staging(settings).left_out if p.waits]
            chosen = [p for p in parts if p.reason == reason]
            if not chosen:
                known = ", ".join(sorted({repr(p.reason) for p in parts})) or "nothing"
                raise UsageError(f"no row waits for {reason!r}; what waits: {known}")
            rows = [
                {
                    "acceptance_id": new_id(),
                    "accepted_at": now(),
                    "accepted_by": by,
                    "entity": part.entity,
                    "reason": part.reason,
                    "month": part.month,
                    "rows": part.rows,
                    "amount": part.amount,
                }
                for part in chosen
            ]
            audit.add(TABLE, _KEY, rows, _SCHEMA)
    return chosen


def _accepted(audit: Audit) -> dict[tuple[str, str, int], int]:
    """The greatest number of rows that somebody has accepted, by entity, reason and month."""
    if not audit.has(TABLE):
        return {}
    statement = f"select entity, reason, month, max(rows) as n from audit.{TABLE}"  # noqa: S608
    return {
        (row["entity"], row["reason"], row["month"]): row["n"]
        for row in audit.rows(f"{statement} group by entity, reason, month")
    }


def shares(findings: Findings, accepted: dict[tuple[str, str, int], int]) -> dict[int, Decimal]:
    """The percentage of each month's revenue that waits and nobody has accepted.

    Rows of a month without any other revenue, such as one in 2035, and of the newest, which has
    only begun, are measured against the mean month if that is more; rows whose amount cannot be
    believed count as the mean row that can.
    """
    waiting: dict[int, Decimal] = defaultdict(Decimal)
    for part in findings.left_out:
        accepted_rows = accepted.get((part.entity, part.reason, part.month), 0)
        if part.amount is not None and part.rows > accepted_rows:
            waiting[part.month] += part.amount + part.unknown * findings.mean
    months = {m: amount for m, amount in findings.revenue.items() if m}
    mean = sum(months.values(), Decimal(0)) / len(months) if months else Decimal(0)
    found = {}
    for month, amount in waiting.items():
        believed = months.get(month, Decimal(0))
        if not believed or month == max(months):
            believed = max(believed, mean)
        whole = believed + amount
        found[month] = 100 * amount / whole if whole else Decimal(0)
    return found
