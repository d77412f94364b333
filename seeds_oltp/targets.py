"""What sellers are to sell, near what they really sell."""

from datetime import date

import numpy as np
import numpy.typing as npt

from seeds_oltp.batch import Batch, Times
from seeds_oltp.draws import Draws, Ints

# The amount, in cents, below which nobody sets a target.
_LEAST = 50_000
# The kinds of periods, and how many months they have.
MONTHS = {"Mensal": 1, "Trimestral": 3, "Anual": 12}


def first_days(day: date) -> dict[str, date]:
    """The first day of the period of each kind that ``day`` is in."""
    return {
        period: day.replace(month=(day.month - 1) // months * months + 1, day=1)
        for period, months in MONTHS.items()
    }


def holders(period: str, seller_id: Ints, leaders: int) -> Ints:
    """Who has targets of this kind: all; the leaders, who are the first; the first five."""
    last = {"Mensal": np.inf, "Trimestral": leaders, "Anual": 5}[period]
    chosen: Ints = seller_id[seller_id <= last]
    return chosen


def amounts(draws: Draws, ids: Ints, realized: Ints, expected: Ints) -> Ints:
    """Target amounts in cents, whole hundreds of reais: between what came and what was expected."""
    ambition = draws.integers("target.ambition", ids, 780, 1190)
    middle = (realized * 3 + expected * 2) // 5
    amount: Ints = np.maximum(middle * ambition // 1000 // 10_000 * 10_000, _LEAST)
    return amount


def rows(
    draws: Draws,
    sellers: Batch,
    leaders: int,
    months: npt.NDArray[np.datetime64],
    realized: Ints,
    quantity: Ints,
    expected: Ints,
    closing: Times,
) -> Batch:
    """All rows of ``seller_targets_monthly``; the arrays are sellers by months, money in cents.

    Targets begin with the period in which the seller was hired. ``closing`` is when, by month,
    the books were closed, in UTC.
    """
    seller_id = sellers["seller_id"]
    parts = []
    for period, length in MONTHS.items():
        held = len(holders(period, seller_id, leaders))
        firsts = months[::length]

        def total(values: Ints) -> Ints:
            by_period: Ints = values[:held].reshape(held, -1, length).sum(axis=2)  # noqa: B023
            return by_period.ravel()

        seller, first = np.divmod(np.arange(held * len(firsts)), len(firsts))
        hired = sellers["hire_date"][seller] < (firsts[first] + length).astype("M8[D]")
        parts.append(
            {
                "seller_id": seller_id[seller][hired],
                "target_month": firsts[first].astype("M8[D]")[hired],
                "realized_amount": total(realized)[hired],
                "expected": total(expected)[hired],
                "realized_quantity": total(quantity)[hired],
                "period_type": np.full(hired.sum(), period, dtype=object),
                "updated_at": closing[length - 1 :: length][first][hired],
            }
        )
    batch: Batch = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    ids = np.arange(1, len(batch["seller_id"]) + 1)
    amount = amounts(draws, ids, batch["realized_amount"], batch.pop("expected"))
    return {
        "seller_target_id": ids,
        **batch,
        "target_amount": amount,
        "target_quantity": np.maximum(batch["realized_quantity"] * 21 // 20, 1),
        "period_closed": np.full(len(ids), True),
        "created_at": np.maximum(
            batch["target_month"].astype("M8[s]") - 5 * 86_400, np.datetime64("2022-12-27")
        ),
        "deleted_at": np.full(len(ids), "NaT", "M8[s]"),
    }
