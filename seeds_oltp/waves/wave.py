"""The day that a wave brings, and how it reads and writes the source."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import demand, store
from seeds_oltp.batch import Batch, Times, size, take, utc
from seeds_oltp.draws import Array, Draws, Ints

# How many keys fit into one query, whatever the database.
_KEYS = 500

# The rows that each kind of change touched.
Changes = dict[str, int]


@dataclass(frozen=True)
class Wave:
    """The day that a wave brings to a company of ``orders`` base orders.

    ``draws`` are the company's, the same in every wave; ``own`` are this wave's.
    """

    connection: sa.Connection
    number: int
    orders: int
    draws: Draws

    @property
    def own(self) -> Draws:
        """The random numbers of this wave alone."""
        return Draws(self.draws.seed, f"wave {self.number}")

    @property
    def date(self) -> date:
        """The day itself."""
        return demand.END + timedelta(days=self.number)

    @property
    def start(self) -> np.datetime64:
        """The day's first second, local time."""
        return np.datetime64(self.date, "s")

    @property
    def end(self) -> np.datetime64:
        """The day's last second, local time: the moment at which everything is seen."""
        return self.start + 86_399

    def read_by(self, query: sa.Select[Any], column: sa.Column[Any], keys: Array) -> Batch:
        """The rows of the query whose ``column`` is one of ``keys``."""
        parts = [keys[i : i + _KEYS].tolist() for i in range(0, max(len(keys), 1), _KEYS)]
        return store.read(self.connection, *(query.where(column.in_(part)) for part in parts))

    def highest(self, table: sa.Table) -> int:
        """The highest key of a table, 0 if it is empty."""
        (key,) = table.primary_key.columns
        return self.connection.execute(sa.select(sa.func.max(key))).scalar() or 0

    def latest(self, table: sa.Table) -> np.datetime64:
        """The table's newest ``updated_at``, in UTC."""
        newest = sa.select(sa.func.max(table.c.updated_at))
        return np.datetime64(self.connection.execute(newest).scalar_one(), "s")

    def some(self, what: str, rows: Batch, share: float, least: int = 1) -> Batch:
        """About ``share`` of the rows, at least ``least`` if there are so many."""
        number = min(size(rows), max(least, round(share * size(rows))))
        key = next(iter(rows.values()))
        order = np.argsort(self.own.uniform(f"some {what}", key), kind="stable")
        return take(rows, np.sort(order[:number]))

    def office_hours(self, what: str, ids: Ints) -> Times:
        """A moment of the working day, in UTC, for each id."""
        return utc(self.start + self.own.integers(f"at {what}", ids, 9 * 3_600, 19 * 3_600))

    def insert(self, table: sa.Table, rows: Batch) -> int:
        """Insert rows; returns how many."""
        store.insert(self.connection, table, rows)
        return size(rows)

    def update(self, table: sa.Table, rows: Batch) -> int:
        """Update rows by their first column, the primary key; returns how many."""
        store.update(self.connection, table, rows)
        return size(rows)

    def active_sellers(self) -> Batch:
        """seller_id and team_id of those who sell today."""
        table = tables.sellers.c
        return store.read(
            self.connection,
            sa.select(table.seller_id, table.team_id)
            .where(table.seller_status == "Ativo", table.deleted_at.is_(None))
            .order_by(table.seller_id),
        )

    def products(self) -> Batch:
        """product_id, category_name, cost_price and list_price of what is on sale today."""
        table = tables.products.c
        return store.read(
            self.connection,
            sa.select(table.product_id, table.category_name, table.cost_price, table.list_price)
            .where(table.product_status == "Ativo", table.deleted_at.is_(None))
            .order_by(table.product_id),
        )
