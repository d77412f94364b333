"""Waves: what one more day does to the sample company, in one transaction.

Wave N is the N-th day after the base load's last one (a shop on the web has no days off). What
it does follows from the seed, N and the rows that are there; applied once, it is not applied
again.
"""

import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import store
from seeds_oltp.draws import Draws
from seeds_oltp.waves import masters, new_orders, orders, targets
from seeds_oltp.waves.wave import Changes, Wave

__all__ = ["Changes", "apply"]


def apply(connection: sa.Connection, number: int) -> Changes | None:
    """Apply wave ``number`` inside the caller's transaction; ``None`` if it was applied before.

    Returns how many rows each kind of change touched. Raises RefusedError when there is no
    sample company, or when the wave before has not been applied.
    """
    state = store.state
    if not store.exists(connection, state):
        raise store.RefusedError("there is no sample company here: seed it first")
    base = connection.execute(sa.select(state).where(state.c.wave == 0)).one()
    last: int = connection.execute(sa.select(sa.func.max(state.c.wave))).scalar_one()
    if number <= last:
        return None
    if number > last + 1:
        raise store.RefusedError(
            f"wave {number} must wait: the last one applied is {last}, apply {last + 1} first"
        )
    wave = Wave(connection, number, base.orders, Draws(base.seed))
    # First of all, so that of two at the same time one fails on the key and changes nothing.
    connection.execute(
        sa.insert(state).values(wave=number, day=wave.date, orders=base.orders, seed=base.seed)
    )
    # What comes late is older than the newest order of the waves before.
    watermark = wave.latest(tables.orders)
    recent = orders.recent(wave)
    changes = {
        **masters.change_customers(wave),
        **masters.change_sellers(wave),
        **masters.change_products(wave),
        **masters.change_campaigns(wave),
        **orders.move(wave, recent),
        **orders.book_returns(wave, recent),
        **orders.delete(wave, recent),
    }
    sold, sold_changes = new_orders.sell(wave, watermark)
    return {**changes, **sold_changes, **targets.change(wave, sold)}
