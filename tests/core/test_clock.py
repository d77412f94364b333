"""The company's clock, and those of others."""

import pytest

from core.clock import standard_hours

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("America/Sao_Paulo", -3),
        ("UTC", 0),
        ("Asia/Kolkata", 5.5),
        # Summer time, in either half of the year, is not counted.
        ("Europe/Lisbon", 0),
        ("Australia/Sydney", 10),
        ("", None),
        ("nowhere", None),
        ("../etc/passwd", None),
    ],
)
def test_the_hours_of_a_zone(zone: str, hours: float | None) -> None:
    assert standard_hours(zone) == hours
