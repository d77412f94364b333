"""What a table holds, month by month, in a few numbers: enough to see that a cent is another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.contract.entities import ENTITIES

NO_MONTH = 0
"""The month of rows that have none, and of tables whose rows never have."""
# No column has such a name.
ROWS, CONTENT = "(linhas)", "(conteúdo)"
"""What the number of rows and their hash are called among the measures."""

# By schema, the column that gives a row its month: a day as 20251231, a month as 202512.
_DAY = {"fact": "data_id", "agg": "data_id", "mart": "data_id", "audit": "mes"}


@dataclass(frozen=True)
class Content:
    """The rows of a month."""

    rows: int = 0
    hash: str = ""
    """Of all rows, whatever their order; equal rows have equal hashes in one engine only."""
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    """By column, of what can be added up: numbers, days and moments, marks."""

    def measures(self) -> dict[str, Decimal]:
        """All that can differ, each as a number: rows, the sums, the hash."""
        return {ROWS: Decimal(self.rows), **self.sums, CONTENT: Decimal(self.hash or 0)}


Contents = dict[int, Content]
"""By month, as 202512. A month without rows is not there."""


def month_of(table: str, columns: Mapping[str, str]) -> str:
    """SQL of the month of a row of a table, given its columns with their types."""
    schema, name = table.split(".", 1) if "." in table else ("", table)
    if schema == "staging" and name in ENTITIES:
        column = ENTITIES[name].month or ""
        if columns.get(column, "").lower().startswith(("date", "timestamp")):
            return f"coalesce(year({column}) * 100 + month({column}), {NO_MONTH})"
    column = _DAY.get(schema, "data_id")
    if column not in columns:
        return str(NO_MONTH)
    months = column if column == "mes" else f"cast(floor({column} / 100.0) as int)"
    return f"coalesce({months}, {NO_MONTH})"


def as_contents(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Contents:
    """The answer of a database: month, rows, hash, and a sum or null for each column."""
    return {
        int(month): Content(
            int(count),
            str(int(digest)),
            {c: Decimal(s) for c, s in zip(columns, sums, strict=True) if s is not None},
        )
        for month, count, digest, *sums in rows
        if count
    }


@dataclass(frozen=True)
class Difference:
    """A measure of a month that is not what it should be."""

    month: int
    measure: str
    expected: Decimal
    found: Decimal


def differences(
    expected: Contents, found: Contents, measures: Iterable[str] | None = None
) -> list[Difference]:
    """What differs between two contents, of all measures or of some; the hash if nothing else."""
    nothing, none = Content(), Decimal(0)
    wrong = []
    chosen = None if measures is None else set(measures)
    for month in sorted(expected.keys() | found.keys()):
        one = expected.get(month, nothing).measures()
        other = found.get(month, nothing).measures()
        differ = [
            Difference(month, m, one.get(m, none), other.get(m, none))
            for m in dict.fromkeys([*one, *other])
            if (chosen is None or m in chosen) and one.get(m, none) != other.get(m, none)
        ]
        told = [d for d in differ if d.measure != CONTENT]
        wrong += told or differ
    return wrong
