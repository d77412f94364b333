"""What is compared with what: periods of calendars, and days that pair by date."""

from datetime import date, timedelta

import pytest

from published.answers.comparison import COMPARISONS, YEAR, counterpart
from published.answers.filters import Filters
from published.answers.periods import periods

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "first", "last", "base"),
    [
        ("Período anterior", "2025-12-01", "2025-12-15", ("2025-11-01", "2025-11-15")),
        ("Período anterior", "2025-10-01", "2025-12-15", ("2025-07-01", "2025-09-15")),
        ("Período anterior", "2025-01-01", "2025-12-15", ("2024-01-01", "2024-12-15")),
        ("Período anterior", "2025-02-01", "2025-03-31", ("2024-12-01", "2025-01-31")),
        ("Período anterior", "2025-12-09", "2025-12-15", ("2025-12-02", "2025-12-08")),
        ("Dias logo antes", "2025-12-01", "2025-12-15", ("2025-11-16", "2025-11-30")),
        ("Mesmos dias do mês anterior", "2025-03-09", "2025-03-20", ("2025-02-09", "2025-02-20")),
        ("Ano anterior, pela data", "2024-02-29", "2024-03-02", ("2023-02-28", "2023-03-02")),
        ("Ano anterior, pelo dia da semana", "2025-12-15", "2025-12-15",
         ("2024-12-16", "2024-12-16")),
    ],
)  # fmt: skip
def test_a_comparison_has_its_base(name: str, first: str, last: str, base: tuple[str, str]) -> None:
    distance = COMPARISONS[name]
    assert distance is not None
    found = Filters(inicio=date.fromisoformat(first), fim=date.fromisoformat(last))
    earlier = found.earlier(distance)
    assert (str(earlier.inicio), str(earlier.fim)) == base


def test_days_pair_by_date_over_a_leap_day() -> None:
    assert counterpart(date(2024, 2, 28), "day", YEAR) == date(2023, 2, 28)
    assert counterpart(date(2024, 2, 29), "day", YEAR) is None
    assert counterpart(date(2024, 3, 1), "day", YEAR) == date(2023, 3, 1)
    assert counterpart(date(2025, 3, 1), "day", YEAR) == date(2024, 3, 1)


@pytest.mark.parametrize("grain", ["month", "quarter", "year"])
def test_months_pair_with_their_own(grain: str) -> None:
    for start, _, _ in periods(date(2022, 1, 1), date(2025, 12, 31), grain):  # type: ignore[arg-type]
        assert counterpart(start, grain, YEAR) == start - YEAR  # type: ignore[arg-type]


def test_weeks_pair_with_the_nearest() -> None:
    for start, _, _ in periods(date(2023, 1, 1), date(2025, 12, 31), "week"):
        found = counterpart(start, "week", YEAR)
        assert found is not None and found.weekday() == 0
        assert abs((start - YEAR) - found) <= timedelta(4)
