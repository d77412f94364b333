"""Targets: what was sold counts for them, periods end and begin."""

from datetime import timedelta

import numpy as np
import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import sales, store
from seeds_oltp import targets as goals
from seeds_oltp.batch import Batch, size, take, utc
from seeds_oltp.draws import Ints
from seeds_oltp.waves.wave import Changes, Wave


def change(wave: Wave, sold: sales.Sales) -> Changes:
    """What was sold counts for the open targets, one is revised; a first day sets new ones."""
    first_days = goals.first_days(wave.date)
    starting = [period for period, first in first_days.items() if first == wave.date]
    changes = {
        "seller_targets_monthly: closed": _close_targets(wave, starting),
        "seller_targets_monthly: new": wave.insert(
            tables.seller_targets_monthly, _new_targets(wave, starting)
        ),
    }
    table = tables.seller_targets_monthly.c
    rows = store.read(
        wave.connection,
        sa.select(
            table.seller_target_id,
            table.seller_id,
            table.target_amount,
            table.realized_amount,
            table.realized_quantity,
        )
        .where(
            sa.or_(
                *(
                    (table.period_type == period) & (table.target_month == first)
                    for period, first in first_days.items()
                )
            ),
            table.deleted_at.is_(None),
        )
        .order_by(table.seller_target_id),
    )
    booked = sold.booked()
    amount, quantity = (
        _sum_by_seller(wave, booked["seller_id"], booked[name])[rows["seller_id"]]
        for name in ("net_amount", "quantity")
    )
    realized = {
        "seller_target_id": rows["seller_target_id"],
        "realized_amount": rows["realized_amount"] + amount,
        "realized_quantity": rows["realized_quantity"] + quantity,
        "updated_at": np.full(size(rows), utc(wave.end)),
    }
    revised = wave.some("revised", rows, 1 / 200)
    factor = wave.own.integers("revision", revised["seller_target_id"], 90, 115)
    revision = {
        "seller_target_id": revised["seller_target_id"],
        "target_amount": revised["target_amount"] * factor // 100,
        "updated_at": np.full(size(revised), utc(wave.end)),
    }
    return {
        **changes,
        "seller_targets_monthly: realized": wave.update(
            tables.seller_targets_monthly, take(realized, quantity > 0)
        ),
        "seller_targets_monthly: revised": wave.update(tables.seller_targets_monthly, revision),
    }


def _close_targets(wave: Wave, periods: list[str]) -> int:
    table = tables.seller_targets_monthly
    open_ones = store.read(
        wave.connection,
        sa.select(table.c.seller_target_id)
        .where(table.c.period_type.in_(periods), ~table.c.period_closed)
        .order_by(table.c.seller_target_id),
    )
    closed = {
        **open_ones,
        "period_closed": np.full(size(open_ones), True),
        "updated_at": np.full(size(open_ones), utc(wave.start)),
    }
    return wave.update(table, closed)


def _new_targets(wave: Wave, periods: list[str]) -> Batch:
    """Targets for the periods that start today, after the sales of the last three months."""
    table = tables.seller_targets_monthly
    past = store.read(
        wave.connection,
        sa.select(table.c.seller_id, table.c.realized_amount, table.c.realized_quantity).where(
            table.c.period_type == "Mensal",
            table.c.target_month < wave.date,
            table.c.target_month >= wave.date - timedelta(days=92),
        ),
    )
    active = wave.active_sellers()["seller_id"]
    holders = [goals.holders(p, active, wave.highest(tables.teams)) for p in periods]
    seller = np.concatenate([np.zeros(0, np.int64), *holders])
    lengths = [goals.MONTHS[period] for period in periods]
    months = np.repeat(np.array(lengths, np.int64), [len(h) for h in holders])
    amount, quantity = (
        _sum_by_seller(wave, past["seller_id"], past[name])[seller] * months // 3
        for name in ("realized_amount", "realized_quantity")
    )
    ids = wave.highest(table) + 1 + np.arange(len(seller))
    return {
        "seller_target_id": ids,
        "seller_id": seller,
        "target_month": np.full(len(ids), wave.date, dtype="M8[D]"),
        "target_amount": goals.amounts(wave.draws, ids, amount, amount),
        "target_quantity": np.maximum(quantity, 1),
        "realized_amount": np.zeros(len(ids), np.int64),
        "realized_quantity": np.zeros(len(ids), np.int64),
        "period_type": np.repeat(np.array(periods, dtype=object), [len(h) for h in holders]),
        "period_closed": np.full(len(ids), False),
        "created_at": np.full(len(ids), utc(wave.start)),
        "updated_at": np.full(len(ids), utc(wave.start)),
        "deleted_at": np.full(len(ids), "NaT", "M8[s]"),
    }


def _sum_by_seller(wave: Wave, seller_id: Ints, values: Ints) -> Ints:
    """Sums, exact as long as they stay below 2**53; the position is the seller's key."""
    length = wave.highest(tables.sellers) + 1
    return np.bincount(seller_id, values, length).astype(np.int64)
