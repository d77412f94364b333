"""A batch: columns of one table as arrays, the form in which everything is generated.

Decimals are integers scaled by the column's scale (money is cents), timestamps are
``datetime64[s]`` with NaT for null, other nulls are masked or, in texts, ``None``.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from seeds_oltp.draws import Array, Ints

Batch = dict[str, Array]
Texts = npt.NDArray[np.object_]
Times = npt.NDArray[np.datetime64]

# One moment or many.
Moment = TypeVar("Moment", np.datetime64, npt.NDArray[np.datetime64])

_UTC_OFFSET = np.timedelta64(3, "h")


def utc(local: Moment) -> Moment:
    """Local time of São Paulo to UTC; Brazil has had no daylight saving since 2019."""
    return local + _UTC_OFFSET


def local(in_utc: Moment) -> Moment:
    """UTC to local time of São Paulo."""
    return in_utc - _UTC_OFFSET


def midnight(days: Array) -> Times:
    """The first second of each day, or of each month."""
    return days.astype("datetime64[s]")


def code(prefix: str, numbers: Ints, width: int) -> Texts:
    """Numbers as texts of ``width`` digits after a prefix."""
    return np.array([f"{prefix}{n:0{width}}" for n in numbers.tolist()], dtype=object)


def size(batch: Batch) -> int:
    """The number of rows."""
    return len(next(iter(batch.values())))


def take(batch: Batch, rows: Array) -> Batch:
    """The chosen rows, by flag or by position."""
    return {name: values[rows] for name, values in batch.items()}
