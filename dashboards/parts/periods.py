"""Periods that people ask for by name, counted from the last day that has data."""

from collections.abc import Callable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from published.metrics import Grain

Span = tuple[date, date]


def _days(count: int) -> Callable[[date], Span]:
    return lambda last: (last - timedelta(count - 1), last)


def _previous(first: date, length: relativedelta) -> Span:
    return first - length, first - timedelta(1)


def _quarter(last: date) -> date:
    return last.replace(month=(last.month - 1) // 3 * 3 + 1, day=1)


PRESETS: dict[str, Callable[[date], Span]] = {
    "Este mês": lambda last: (last.replace(day=1), last),
    "Mês passado": lambda last: _previous(last.replace(day=1), relativedelta(months=1)),
    "Últimos 7 dias": _days(7),
    "Últimos 30 dias": _days(30),
    "Últimos 90 dias": _days(90),
    "Este trimestre": lambda last: (_quarter(last), last),
    "Últimos 12 meses": lambda last: (last + timedelta(1) - relativedelta(months=12), last),
    "Este ano": lambda last: (last.replace(month=1, day=1), last),
    "Ano passado": lambda last: _previous(last.replace(month=1, day=1), relativedelta(years=1)),
}
"""First and last day of each period by its name, given the last day that has data."""
DEFAULT = "Este mês"
CUSTOM = "Escolher datas"


def grain_for(first: date, last: date) -> Grain:
    """Days, weeks or months: what shows the period in a readable number of points."""
    days = (last - first).days + 1
    return "day" if days <= 62 else "week" if days <= 200 else "month"


def whole_months(first: date, last: date) -> Span:
    """The whole months that the dates lie in: targets are set for months."""
    return first.replace(day=1), last + relativedelta(day=31)
