"""Each database says of a value what lands of it: control totals rest on that."""

import hashlib
import sqlite3
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract.entities import MONEY
from core.contract.values import cast_or_null
from core.totals import months
from core.totals_sql import DUCKDB, Template
from loader.source.databases.sqlite import SQLite, register_functions

pytestmark = pytest.mark.unit

SQLITE = SQLite.totals_sql
connection = sqlite3.connect(":memory:")
register_functions(connection)
warehouse = duckdb.connect()


def sqlite(template: Template, value: Any) -> Any:
    row = connection.execute(f"select {template.format(x='v')} from (select ? as v)", (value,))
    return row.fetchone()[0]


def staging(template: Template, value: Any, target: pa.DataType) -> Any:
    """What the warehouse says of a value of the source, after it has landed."""
    landed = pa.table({"v": cast_or_null([value], target)[0]})
    database = warehouse.from_arrow(landed)
    return database.project(template.format(x="v")).fetchall()[0][0]


stored = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.decimals(-(10**11), 10**11, places=5).map(float)
    | st.text(max_size=5)
    | st.none()
)


@given(stored)
def test_sqlite_counts_amounts_as_they_land(value: Any) -> None:
    counted = Decimal(sqlite(SQLITE.amount, value)) / SQLITE.units
    assert counted == staging(DUCKDB.amount, value, MONEY)


@given(stored)
def test_sqlite_counts_whole_numbers_as_they_land(value: Any) -> None:
    assert sqlite(SQLITE.whole, value) == staging(DUCKDB.whole, value, pa.int64())


two = st.integers(0, 99).map("{:02}".format)
near_timestamps = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["2025", "1969", "0000", "0001", "9999", "202", "12025"]),
        st.sampled_from(["-01", "-02", "-12", "-13", "-1", ""]),
        st.sampled_from(["-01", "-29", "-30", "-31", "-00", ""]),
        st.sampled_from(["", " ", "T", "t", "  "]),
        st.sampled_from(["", "10", "10:30", "10:30:15", "23:59:59", "24:00:00", "00:00:60"]),
        st.sampled_from(["", ".", ".5", ".999999", ".9999996", ".123456"]),
        st.sampled_from(["", "Z", "+03", "-03:00", "+0330", "+24:00", "-03:60", " "]),
    ),
)


@given(near_timestamps | st.text("0123456789-: T.Z+", max_size=26) | st.integers() | st.none())
def test_sqlite_reads_timestamps_as_they_land(value: Any) -> None:
    if isinstance(value, int):
        value %= 2**63
    moment = pa.timestamp("us")
    assert sqlite(SQLITE.month, value) == staging(DUCKDB.month, value, moment)
    assert sqlite(SQLITE.seconds, value) == staging(DUCKDB.seconds, value, moment)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(texts.filter(lambda text: not text.isdecimal()))
def test_checksum_of_a_text_is_the_head_of_its_md5(text: str) -> None:
    digest = int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8], 16)
    assert sqlite(SQLITE.checksum, text) == digest
    assert staging(DUCKDB.checksum, text, pa.string()) == digest


@given(st.integers(-(10**17), 10**17) | st.integers(10**15 - 2, 10**15 + 2))
def test_checksum_of_a_number_is_that_of_its_text(number: int) -> None:
    expected = staging(DUCKDB.checksum, str(number), pa.string())
    assert sqlite(SQLITE.checksum, number) == sqlite(SQLITE.checksum, str(number)) == expected
    assert 0 <= expected < 2**32


@given(st.text("0123456789+-._ eE", max_size=18))
def test_checksum_of_what_may_be_taken_for_a_number(text: str) -> None:
    assert sqlite(SQLITE.checksum, text) == staging(DUCKDB.checksum, text, pa.string())


@pytest.mark.parametrize("key", [7, 0, -3, 2**62, "007", "ção", "A-7", 1.5])
def test_keys_are_the_text_that_lands(key: Any) -> None:
    assert sqlite(SQLITE.text, key) == cast_or_null([key], pa.string())[0][0].as_py()


def test_months_from_one_to_another() -> None:
    assert months("2024-11", "2025-02") == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert months("2025-01", "2025-01") == ["2025-01"]
    for first, last in [("2025-13", "2025-12"), ("2025-1", "2025-02"), ("2025-02", "2025-01")]:
        with pytest.raises(ValueError):
            months(first, last)
