"""Control totals: what two sides of a load count and add up, to prove that they hold the same."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from core.contract.entities import MONEY, Entity
from core.totals_sql import TotalsSql

# Under a prefix that no column of a source lands with.
MONTH = "_dw_month"

# Month (yyyy-mm, empty for rows without one) and measure to value; what is 0 may be left out.
# Differences that a message shows; all are in audit.control_total.
SHOWN = 20
Totals = dict[tuple[str, str], Decimal]


@dataclass(frozen=True)
class TotalDifference:
    """A total that is not the same at the source and in staging."""

    entity: str
    month: str
    measure: str
    source: Decimal
    staging: Decimal

    def __str__(self) -> str:
        where = f"{self.entity} {self.month}".strip()
        return f"{where}, {self.measure}: source {self.source}, staging {self.staging}"


def measures(sql: TotalsSql, entity: Entity, present: Collection[str]) -> dict[str, str]:
    """Measure to aggregate SQL, over rows with the columns of an entity.

    ``rows`` counts, ``keys`` is a checksum of the keys; each number of the contract is added up;
    ``updated_at``, in seconds, tells that a row changed though none of its numbers did.
    """
    found = {"rows": "count(*)"}
    if entity.key in present:
        found["keys"] = f"sum({sql.checksum.format(x=entity.key)})"
    for column in entity.columns:
        if column.name not in present:
            continue
        if column.type == MONEY:
            found[column.name] = f"sum({sql.amount.format(x=column.name)})"
        elif column.type == pa.int64():
            found[column.name] = f"sum({sql.whole.format(x=column.name)})"
        elif column.name == "updated_at":
            found[column.name] = f"sum({sql.seconds.format(x=column.name)})"
    return found


def statement(sql: TotalsSql, entity: Entity, rows: str, leaving_out: Collection[str] = ()) -> str:
    """A SELECT of all measures of an entity by month; ``rows`` is a table or SELECT.

    Columns that are left out are not measured: others make them, or the source has others.
    """
    present = [column.name for column in entity.columns if column.name not in leaving_out]
    selected = (f'{total} as "{name}"' for name, total in measures(sql, entity, present).items())
    return f"select {MONTH}, {', '.join(selected)} from {rows} as counted group by {MONTH}"  # noqa: S608


def totals(sql: TotalsSql, entity: Entity, rows: Iterable[Mapping[str, Any]]) -> Totals:
    """The totals out of what a database gave for :func:`measures`, a row per month."""
    units = {c.name: sql.units for c in entity.columns if c.type == MONEY}
    return {
        (row[MONTH], measure): Decimal(value) / units.get(measure, 1)
        for row in rows
        for measure, value in row.items()
        if measure != MONTH and value
    }


def compared(
    run_id: str, entity: str, since: str, source: Totals, staging: Totals
) -> Iterator[dict[str, object]]:
    """Both sides of each total of an entity since a month, as ``audit.control_total`` keeps them.

    One row at least: that it was compared is worth knowing even when there is nothing.
    """
    for month, measure in sorted(source.keys() | staging.keys()) or [(since, "rows")]:
        yield {
            "run_id": run_id,
            "entity": entity,
            "since": since,
            "month": month,
            "measure": measure,
            "source_value": source.get((month, measure), Decimal(0)),
            "staging_value": staging.get((month, measure), Decimal(0)),
        }


def months(first: str, last: str) -> list[str]:
    """The months from ``first`` to ``last``, both yyyy-mm. Raises ValueError for wrong ones."""
    for month in (first, last):
        if not re.fullmatch(r"[1-9]\d{3}-(0[1-9]|1[0-2])", month):
            raise ValueError(f"{month} is none")
    start, end = (12 * int(month[:4]) + int(month[5:]) - 1 for month in (first, last))
    if start > end:
        raise ValueError(f"{first} is after {last}")
    return [_month(number) for number in range(start, end + 1)]


def months_back(number: int, now: datetime) -> str:
    """The first of the ``number`` newest months, yyyy-mm; empty for 0, which is no limit."""
    last = 12 * now.year + now.month - 1
    return _month(last - number + 1) if number else ""


def _month(number: int) -> str:
    """The month, yyyy-mm, that is so many months after January of the year 0."""
    return f"{number // 12:04}-{number % 12 + 1:02}"


def differences(entity: str, source: Totals, staging: Totals) -> list[TotalDifference]:
    """The totals of an entity that differ, in order."""
    zero = Decimal(0)
    return [
        TotalDifference(entity, month, measure, source.get(at, zero), staging.get(at, zero))
        for at in sorted(source.keys() | staging.keys())
        for month, measure in [at]
        if source.get(at, zero) != staging.get(at, zero)
    ]


def mismatch(differences: list[TotalDifference]) -> str:
    """What to tell of totals that differ."""
    more = len(differences) - SHOWN
    return "\n".join(
        [
            f"source and staging differ in {len(differences)} totals, see audit.control_total;"
            " where the source keeps values that its columns cannot hold, convert them under"
            " `columns:` of the mapping",
            *map(str, differences[:SHOWN]),
            *([f"and {more} more"] if more > 0 else []),
        ]
    )
