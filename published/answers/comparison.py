"""With what a period is compared: the same days some distance before, paired by date."""

from collections.abc import Callable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from published.answers.periods import LENGTHS, start_of
from published.metrics import Grain

YEAR = relativedelta(years=1)
CALENDAR: tuple[Grain, ...] = ("month", "quarter", "year")

Distance = Callable[[date, date], relativedelta]


def right_before(first: date, last: date) -> relativedelta:
    """The days right before, as many as the period has."""
    return relativedelta(days=(last - first).days + 1)


def before(first: date, last: date) -> relativedelta:
    """The period before: whole months before whole months, the same days of the month before
    for a month that still runs (of the quarter, the year before), else the days right before."""
    for grain in CALENDAR:
        if first == start_of(first, grain) and last < first + LENGTHS[grain]:
            return LENGTHS[grain]
    if first.day == 1 and (last + timedelta(1)).day == 1:
        return relativedelta(months=_months(first, last) + 1)
    return right_before(first, last)


NONE = "Nenhuma"
DEFAULT = "Período anterior"
COMPARISONS: dict[str, Distance | None] = {
    DEFAULT: before,
    "Dias logo antes": right_before,
    "Mesmos dias do mês anterior": lambda first, last: relativedelta(months=1),
    "Ano anterior, pela data": lambda first, last: YEAR,
    "Ano anterior, pelo dia da semana": lambda first, last: relativedelta(days=364),
    NONE: None,
}
"""How far before the base lies, by the name of the comparison."""


def counterpart(start: date, grain: Grain, distance: relativedelta) -> date | None:
    """The period of the base that a period is drawn with; none where the base has no such day.

    Both are named by their first day. 29 February has no day in the year before, 31 March none
    in February: nothing is drawn there, and no other day moves for it.
    """
    if grain == "day":
        found = start - distance
        return found if found + distance == start else None
    # A week begins on a Monday and a month on its first: the nearest that far before.
    middle = (start + LENGTHS[grain] - start) // 2
    return start_of(start - distance + middle, grain)


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
