"""Values of every driver as the contract's types: exact, or refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract.entities import MONEY
from core.contract.values import arrow_array, too_long, trimmed

pytestmark = pytest.mark.unit

MOMENT = pa.timestamp("us")
CENT, UNIT = Decimal("0.01"), Decimal("0.0001")


@given(st.lists(st.decimals(-(10**13), 10**13, places=2), min_size=1))
def test_cents_kept_as_doubles_come_back_exactly(amounts: list[Decimal]) -> None:
    assert arrow_array([float(a) for a in amounts], MONEY).to_pylist() == amounts


@given(st.lists(st.decimals(-(10**10), 10**10, places=4), min_size=1))
def test_four_decimals_kept_as_doubles_come_back_exactly(amounts: list[Decimal]) -> None:
    assert arrow_array([float(a) for a in amounts], MONEY).to_pylist() == amounts


@given(st.lists(st.decimals(-(10**13), 10**13, places=4) | st.none()))
def test_decimals_stay_what_they_are(amounts: list[Decimal | None]) -> None:
    assert arrow_array(amounts, MONEY).to_pylist() == amounts


@given(st.decimals(-(10**9), 10**9, places=9))
def test_finer_decimals_are_rounded_half_up_once(amount: Decimal) -> None:
    (rounded,) = arrow_array([amount], MONEY).to_pylist()
    assert rounded == amount.quantize(UNIT, ROUND_HALF_UP)


@given(st.lists(st.integers(-(10**13), 10**13) | st.none() | st.floats(-1e9, 1e9).map(round)))
def test_whole_numbers_in_a_decimal_column(amounts: list[int | None]) -> None:
    assert arrow_array(amounts, MONEY).to_pylist() == amounts


@given(st.lists(st.decimals(-(10**9), 10**9, places=2).map(lambda a: int(a) if a % 1 == 0 else a)))
def test_sqlite_mixes_whole_numbers_and_doubles_in_one_column(amounts: list[Any]) -> None:
    stored = [a if isinstance(a, int) else float(a) for a in amounts]
    assert arrow_array(stored, MONEY).to_pylist() == amounts


def test_sum_of_doubles_is_rounded_to_the_amount_that_was_meant() -> None:
    assert arrow_array([0.1 + 0.2], MONEY).to_pylist() == [Decimal("0.3")]


@pytest.mark.parametrize(
    ("values", "target", "expected"),
    [
        ([0, 1, None], pa.bool_(), [False, True, None]),
        ([True, None], pa.bool_(), [True, None]),
        ([1, None], pa.string(), ["1", None]),
        ([7, "B-7"], pa.string(), ["7", "B-7"]),
        ([Decimal(3), None], pa.int64(), [3, None]),
        ([None, None], MONEY, [None, None]),
        (["2025-01-31 10:00:00.5", None], MOMENT, [datetime(2025, 1, 31, 10, 0, 0, 500000), None]),
        (["2025-01-31T10:00:00", "2025-01-31"], MOMENT,
         [datetime(2025, 1, 31, 10), datetime(2025, 1, 31)]),
        (["2025-01-31T10:00:00-03:00"], MOMENT, [datetime(2025, 1, 31, 13)]),
        ([datetime(2025, 1, 31, 10, tzinfo=timezone(-timedelta(hours=3)))], MOMENT,
         [datetime(2025, 1, 31, 13)]),
        ([datetime(2025, 1, 31, tzinfo=UTC)], pa.date32(), [date(2025, 1, 31)]),
        ([date(1, 1, 1), date(9999, 12, 31)], MOMENT, [datetime(1, 1, 1), datetime(9999, 12, 31)]),
        (["2025-01-31 00:00:00", "2025-01-31"], pa.date32(), [date(2025, 1, 31)] * 2),
    ],
)  # fmt: skip
def test_what_drivers_return_is_understood(
    values: list[Any], target: pa.DataType, expected: list[Any]
) -> None:
    array = arrow_array(values, target)
    assert array.type == target
    assert array.to_pylist() == expected


@pytest.mark.parametrize(
    ("values", "target"),
    [
        (["1.50"], MONEY),
        ([1.5, "x"], MONEY),
        ([float("nan")], MONEY),
        ([float("inf")], MONEY),
        ([Decimal("NaN")], MONEY),
        ([1e15], MONEY),
        ([2.5], pa.int64()),
        ([Decimal("2.5")], pa.int64()),
        ([2**70], pa.int64()),
        ([2], pa.bool_()),
        (["yes"], pa.bool_()),
        ([20250131], MOMENT),
        (["2025-02-30"], MOMENT),
        (["soon"], pa.date32()),
    ],
)
def test_what_does_not_fit_is_refused(values: list[Any], target: pa.DataType) -> None:
    with pytest.raises((ValueError, TypeError, ArithmeticError)):
        arrow_array(values, target)


def test_texts_lose_the_blanks_at_their_ends_and_are_not_cut() -> None:
    texts = trimmed(pa.array(["São Paulo", "São  ", " a b ", "", None, "coração"]))
    assert texts.to_pylist() == ["São Paulo", "São", " a b", "", None, "coração"]
    assert too_long(texts, 5) == [0, 5]


def test_a_length_counts_as_nvarchar_does() -> None:
    """An emoji is two units of UTF-16."""
    texts = pa.array(["🎁🎁🎁", "ab🎁🎁", "a🎁🎁", "ção🎁", "é" * 5, None, "\U0010ffff"])
    assert too_long(texts, 5) == [0, 1]
