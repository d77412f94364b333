"""A source on SQL Server says of a value what lands of it: its SQL, carried out by the stand-in.

Arithmetic is that of IEEE 754 doubles and exact decimals on both. What DuckDB has not, the seventh
digit of a second, is looked for in the SQL.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.contract.entities import MONEY
from core.contract.values import cast_or_null
from core.totals_sql import DUCKDB, SQLSERVER, Template
from loader.source.databases.sqlserver import SQLServer
from tests.sqlserver.translate import translated

pytestmark = pytest.mark.unit

SOURCE = SQLServer.totals_sql
database = duckdb.connect()
database.execute("set TimeZone = 'UTC'")


def server(template: Template, kind: str, value: Any) -> Any:
    """What the server says of a value in a column of a kind."""
    sql = translated(f"select {template.format(x='v')} as x from t", {}).sql(dialect="duckdb")
    table = f"(select cast($v as {kind}) as v) as t"
    return database.execute(sql.replace("FROM t", f"FROM {table}"), {"v": value}).fetchall()[0][0]


def landed(template: Template, value: Any, target: pa.DataType) -> Any:
    table = pa.table({"v": cast_or_null([value], target)[0]})
    return database.from_arrow(table).project(template.format(x="v")).fetchall()[0][0]


@given(st.floats(allow_nan=False) | st.decimals(-(10**10), 10**10, places=5).map(float))
@example(1.00015)
@example(-0.00005)
@example(2.675)
@example(99_999_999.99995)
def test_halves_of_a_float_go_where_they_land(value: float) -> None:
    if abs(value) < 1e11:
        assert server(SOURCE.amount, "double", value) == landed(DUCKDB.amount, value, MONEY)


@given(st.decimals(-(10**10), 10**10, places=6))
@example(Decimal("1.000150"))
@example(Decimal("-1.000149"))
def test_decimals_of_more_places_are_rounded_as_they_land(value: Decimal) -> None:
    counted = server(SOURCE.amount, "decimal(19, 6)", value)
    assert counted == landed(DUCKDB.amount, value, MONEY)


@pytest.mark.parametrize("value", [0, 7, -3, 2.0, 2.5, 1e30, -1e19, 9e18])
def test_whole_numbers_are_those_that_land(value: float) -> None:
    assert server(SOURCE.whole, "double", value) == landed(DUCKDB.whole, value, pa.int64())


MOMENTS = [
    ("varchar", "2025-01-31 23:59:59"),
    ("varchar", "2025-01-31T23:59:59-03:00"),
    ("varchar", "2025-01-31"),
    ("varchar", "2025-02-30"),
    ("varchar", "31/01/2025"),
    ("varchar", "Jan 31 2025"),
    ("varchar", "ontem"),
    ("varchar", None),
    ("timestamp", datetime(1969, 12, 31, 23, 59, 59, 999_999)),
    ("timestamp", datetime(2025, 1, 31, 23, 59, 59, 999_999)),
    ("date", date(2025, 1, 31)),
]


@pytest.mark.parametrize(("kind", "value"), MOMENTS)
def test_a_bad_date_counts_for_nothing_and_fails_nothing(kind: str, value: Any) -> None:
    moment = pa.timestamp("us")
    assert server(SOURCE.month, kind, value) == landed(DUCKDB.month, value, moment)
    assert server(SOURCE.seconds, kind, value) == landed(DUCKDB.seconds, value, moment)


def test_the_seventh_digit_of_a_second_is_cut_and_not_rounded() -> None:
    """As pyodbc does: a cast to six digits would make the next day of 23:59:59.9999999."""
    for template in (SOURCE.month, SOURCE.seconds):
        sql = template.format(x="v")
        assert "try_cast(v as datetimeoffset(7))" in sql
        assert "as datetime2(7))" in sql


@pytest.mark.parametrize("template", [SQLSERVER.text, SOURCE.text])
def test_keys_that_differ_in_blanks_at_their_ends_are_two(template: Template) -> None:
    """T-SQL ignores such blanks when it compares, so what is compared must not end in them."""
    assert template.format(x="v").endswith("as varchar(512)) + '.'")
    assert server(template, "varchar", "A1 ") == "A1 ."
    assert server(template, "varchar", None) is None
