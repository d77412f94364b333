"""Days, weeks, months, quarters and years: where each begins, and which a span of days has."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from published.metrics import Grain

LENGTHS: dict[str, relativedelta] = {
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "year": relativedelta(years=1),
}


def periods(first: date, last: date, grain: Grain | None) -> list[tuple[date, date, date]]:
    """Each period of the dates: its name (the first day of the whole one), first and last day."""
    if grain is None:
        return [(first, first, last)]
    found = []
    name = start_of(first, grain)
    while name <= last:
        following = name + LENGTHS[grain]
        found.append((name, max(name, first), min(following - timedelta(1), last)))
        name = following
    return found


def start_of(day: date, grain: Grain) -> date:
    """The first day of the period that a day lies in."""
    match grain:
        case "day":
            return day
        case "week":
            return day - timedelta(day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)
