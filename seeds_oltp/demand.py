"""When Brazil buys: growth, months, weekdays, hours, holidays and the events of retail."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
import numpy as np
import numpy.typing as npt

from seeds_oltp.draws import Ints

Days = npt.NDArray[np.datetime64]

START = date(2023, 1, 1)
END = date(2025, 12, 31)

# Per mille of an average day.
_MONTHS = (930, 860, 960, 950, 1060, 990, 970, 990, 950, 1010, 1130, 1150)
_WEEKDAYS = (1120, 1100, 1070, 1040, 1010, 830, 830)
_HOLIDAY = 700
_GROWTH_PER_YEAR = 180
# Orders per mille by hour of the day: lunch and the evening.
HOURS = np.array(
    [18, 10, 6, 4, 4, 6, 12, 22, 36, 50, 58, 60, 56, 54, 58, 58, 56, 52, 52, 58, 68, 74, 68, 40]
)


@dataclass(frozen=True)
class Event:
    """A season of retail: its campaign runs from ``start`` to ``end``, ``peak`` is its best day.

    ``boost`` and ``peak_boost`` multiply the demand, in per mille. ``category`` is the one that
    its automatic promotion is about.
    """

    code: str
    name: str
    start: date
    peak: date
    end: date
    boost: int
    peak_boost: int
    category: str


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The ``nth`` (from 1) ``weekday`` (Monday is 0) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    return nth_weekday(year, 11, 3, 4) + timedelta(days=1)


def events(year: int) -> list[Event]:
    """The year's events, by date."""

    def event(
        code: str,
        name: str,
        peak: date,
        days_before: int,
        days_after: int,
        boost: int,
        peak_boost: int,
        category: str,
    ) -> Event:
        start, end = peak - timedelta(days=days_before), peak + timedelta(days=days_after)
        return Event(f"{code}{year % 100}", name, start, peak, end, boost, peak_boost, category)

    mothers = nth_weekday(year, 5, 6, 2) - timedelta(days=3)
    fathers = nth_weekday(year, 8, 6, 2) - timedelta(days=3)
    friday = black_friday(year)
    return [
        event(
            "AULAS", "Volta às Aulas", date(year, 1, 27), 17, 10, 1080, 1250, "Livros e Papelaria"
        ),
        event(
            "CONSUMIDOR", "Dia do Consumidor", date(year, 3, 15), 5, 2, 1250, 2000, "Informática"
        ),
        event("OUTONO", "Liquida Outono", date(year, 4, 12), 5, 5, 1080, 1200, "Moda"),
        event("MAES", "Dia das Mães", mothers, 12, 3, 1300, 1700, "Beleza e Perfumaria"),
        event("NAMORADOS", "Dia dos Namorados", date(year, 6, 9), 8, 3, 1250, 1600, "Moda"),
        event("FERIAS", "Férias de Julho", date(year, 7, 10), 6, 12, 1080, 1200, "Esporte e Lazer"),
        event("PAIS", "Dia dos Pais", fathers, 9, 3, 1220, 1500, "Eletrônicos"),
        event(
            "CLIENTE", "Semana do Cliente", date(year, 9, 15), 4, 4, 1150, 1400, "Casa e Decoração"
        ),
        event("CRIANCAS", "Dia das Crianças", date(year, 10, 8), 9, 4, 1250, 1600, "Brinquedos"),
        event("BLACK", "Black Friday", friday, 6, 3, 1700, 4600, "Eletrodomésticos"),
        event("NATAL", "Natal", date(year, 12, 15), 12, 7, 1350, 1650, "Alimentos e Bebidas"),
    ]


@cache
def _day_weight(day: date) -> int:
    """Demand of a day, in per mille of an average day of the last year."""
    weight = 1000 - _GROWTH_PER_YEAR * (END - day).days // 365
    factors = [_MONTHS[day.month - 1], _WEEKDAYS[day.weekday()]]
    if day in holidays.country_holidays("BR", years=day.year):
        factors.append(_HOLIDAY)
    for event in events(day.year):
        if day == event.peak:
            factors.append(event.peak_boost)
        elif event.start <= day <= event.end:
            factors.append(event.boost)
    for factor in factors:
        weight = weight * factor // 1000
    return max(weight, 1)


def days(start: date, end: date) -> Iterator[date]:
    """Every day from ``start`` to ``end``, both included."""
    for offset in range((end - start).days + 1):
        yield start + timedelta(days=offset)


@cache
def _base_weights() -> Ints:
    return np.array([_day_weight(day) for day in days(START, END)])


def orders_per_day(orders: int) -> Ints:
    """How many of ``orders`` fall on each day from START to END; the sum is ``orders``."""
    cumulative = np.cumsum(_base_weights())
    per_day: Ints = np.diff(cumulative * orders // cumulative[-1], prepend=0)
    return per_day


def orders_on(day: date, orders: int) -> int:
    """How many orders a later day brings, in a company that had ``orders`` from START to END."""
    return max(1, round(_day_weight(day) * orders / int(_base_weights().sum())))


def day_at(fraction: npt.NDArray[np.float64]) -> Days:
    """The day by which ``fraction`` (0 to 1) of all orders were placed."""
    cumulative = np.cumsum(_base_weights())
    index = np.searchsorted(cumulative, (fraction * cumulative[-1]).astype(np.int64), side="right")
    day: Days = np.datetime64(START) + index.astype("m8[D]")
    return day
