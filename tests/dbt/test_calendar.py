"""dim_data, all of it, against Python's calendar and the holidays library."""

from collections.abc import Callable
from datetime import date, timedelta

import holidays
import pytest

from tests.conftest import Pipeline

pytestmark = pytest.mark.slow

FIRST, LAST = date(1990, 1, 1), date(2049, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


@pytest.fixture(scope="module")
def calendar(new_pipeline: Callable[..., Pipeline]) -> Pipeline:
    warehouse = new_pipeline()
    # Cautious: without the tests that compare dim_data with tables which are not built.
    warehouse.build(
        "--select", "feriados_nacionais", "dim_data", "--indirect-selection", "cautious"
    )
    return warehouse


def test_each_day_is_in_its_iso_week(calendar: Pipeline) -> None:
    rows = calendar.warehouse(
        "select data, data_id, ano_iso, semana_iso, dia_semana, dia, mes, ano, ano_mes, trimestre"
        " from dim.dim_data where data_id <> -1 order by data"
    )
    assert rows == [
        (
            day,
            int(f"{day:%Y%m%d}"),
            *day.isocalendar(),
            day.day,
            day.month,
            day.year,
            int(f"{day:%Y%m}"),
            (day.month + 2) // 3,
        )
        for day in DAYS
    ]


def test_holidays_are_those_of_the_law(calendar: Pipeline) -> None:
    law = holidays.country_holidays("BR", years=range(FIRST.year, LAST.year + 1), language="pt_BR")
    rows = calendar.warehouse(
        "select data, nome_feriado from dim.dim_data where nome_feriado is not null"
    )
    assert len(rows) > len(DAYS) // 365 * 8
    assert dict(rows) == dict(law.items())


def test_business_days_are_weekdays_that_are_no_holidays(calendar: Pipeline) -> None:
    rows = calendar.warehouse(
        "select data, nome_feriado is not null, eh_feriado, eh_fim_de_semana, eh_dia_util"
        " from dim.dim_data where data_id <> -1"
    )
    for day, has_name, is_holiday, is_weekend, is_business_day in rows:
        assert is_holiday == has_name
        assert is_weekend == (day.weekday() >= 5)
        assert is_business_day == (not is_weekend and not is_holiday)
