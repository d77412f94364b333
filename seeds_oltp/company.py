"""The sample company: all rows of the base load, table by table, sales in chunks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seeds_oltp import (
    baskets,
    campaigns,
    catalog,
    customers,
    demand,
    discounts,
    sales,
    staff,
    targets,
)
from seeds_oltp.batch import Batch, Times, midnight, utc
from seeds_oltp.draws import Draws, Ints

ORDERS_PER_CHUNK = 50_000

_FIRST_MONTH = np.datetime64(demand.START, "M")
MONTHS: Times = np.arange(_FIRST_MONTH, np.datetime64(demand.END, "M") + 1)
# The company is seen at the end of its last day.
_MOMENT = np.datetime64(demand.END, "s") + 86_399


@dataclass
class Realized:
    """Sales by seller and month: net cents and units."""

    amount: Ints
    quantity: Ints

    @classmethod
    def nothing(cls, sellers: int) -> "Realized":
        """No sales yet."""
        return cls(*(np.zeros((sellers, len(MONTHS)), np.int64) for _ in range(2)))

    def add(self, part: sales.Sales) -> None:
        """Add what counts."""
        booked = part.booked()
        month = (booked["month"] - _FIRST_MONTH).astype(np.int64)
        np.add.at(self.amount, (booked["seller_id"] - 1, month), booked["net_amount"])
        np.add.at(self.quantity, (booked["seller_id"] - 1, month), booked["quantity"])


def base(orders: int, seed: int) -> Iterator[tuple[str, Batch]]:
    """The rows of all tables, and of the state, as (table, batch); parents before children."""
    draws = Draws(seed)
    yield (
        "seed_state",
        {
            "wave": np.array([0]),
            "day": np.array([demand.END], dtype="M8[D]"),
            "orders": np.array([orders]),
            "seed": np.array([seed]),
        },
    )
    yield "regions", staff.regions()

    seller_count = staff.seller_count(orders)
    team_count = staff.team_count(seller_count)
    yield "teams", staff.teams(team_count)

    product_count = catalog.count(orders)
    supplier_count = max(8, product_count // 25)
    yield "suppliers", catalog.suppliers(draws, supplier_count)
    products = catalog.products(draws, product_count, supplier_count)
    yield "products", products

    seller_ids = np.arange(1, seller_count + 1)
    hired = staff.hiring_days(draws, seller_ids, team_count)
    sellers = staff.sellers(draws, seller_ids, team_count, hired)
    yield "sellers", sellers

    campaign_batch = campaigns.rows(orders)
    yield "discount_campaigns", campaign_batch

    plan = _plan(draws, orders)
    for first in range(0, plan.customers, ORDERS_PER_CHUNK):
        yield "customers", _customers(draws, plan, first)

    assortment = catalog.assortment(draws, products, MONTHS)
    available = staff.availability(draws, sellers, MONTHS)
    terms = campaigns.terms(campaign_batch)
    usage = discounts.Usage(np.zeros(len(terms.discount_id), np.int64))
    realized = Realized.nothing(seller_count)
    item, application = 1, 1
    for first in range(0, orders, ORDERS_PER_CHUNK):
        placed = _placed(draws, plan, available, first)
        usage.forget(terms, placed.placed[0])
        part = sales.generate(
            draws,
            placed,
            assortment,
            terms,
            usage,
            sales.NextIds(item, application),
            np.full(len(placed.placed), _MOMENT),
        )
        item += len(part.items["order_id"])
        application += len(part.applications["order_id"])
        realized.add(part)
        yield "orders", part.orders
        yield "order_items", part.items
        yield "order_item_discounts", part.applications

    share = available / available.sum(axis=1, keepdims=True)
    expected = (realized.amount.sum(axis=0)[:, None] * share).astype(np.int64).T
    closing = midnight(MONTHS + 1) - np.timedelta64(1, "h")
    yield (
        "seller_targets_monthly",
        targets.rows(
            draws,
            sellers,
            team_count,
            MONTHS,
            realized.amount,
            realized.quantity,
            expected,
            utc(closing),
        ),
    )


@dataclass(frozen=True)
class _Plan:
    """Who orders on which day: one small number an order; days count from START."""

    day: npt.NDArray[np.int16]
    customer: npt.NDArray[np.int32]
    signup: npt.NDArray[np.datetime64]
    # By customer: number of orders, position of the first and of the last one (-1: none).
    number: Ints
    first: Ints
    last: Ints

    @property
    def customers(self) -> int:
        return len(self.signup)


def _plan(draws: Draws, orders: int) -> _Plan:
    per_day = demand.orders_per_day(orders)
    day = np.repeat(np.arange(len(per_day), dtype=np.int16), per_day)
    signup = customers.signup_days(customers.count(orders))
    cumulative = np.cumsum(customers.weights(draws, np.arange(1, len(signup) + 1)))
    # Whoever signed up before the day may order.
    known = np.searchsorted(signup, np.datetime64(demand.START) + np.arange(len(per_day)))
    customer = np.empty(orders, np.int32)
    for first in range(0, orders, ORDERS_PER_CHUNK):
        chunk = slice(first, min(first + ORDERS_PER_CHUNK, orders))
        ids = np.arange(chunk.start, chunk.stop) + 1
        target = draws.integers("order.customer", ids, 0, cumulative[known - 1][day[chunk]])
        customer[chunk] = np.searchsorted(cumulative, target, side="right")
    first_order, last_order = (np.full(len(signup), -1) for _ in range(2))
    # Of several orders of a customer the last assignment stays.
    last_order[customer] = np.arange(orders)
    first_order[customer[::-1]] = np.arange(orders)[::-1]
    number = np.bincount(customer, minlength=len(signup))
    return _Plan(day, customer, signup, number, first_order, last_order)


def _customers(draws: Draws, plan: _Plan, first: int) -> Batch:
    chunk = slice(first, min(first + ORDERS_PER_CHUNK, plan.customers))
    ids = np.arange(chunk.start, chunk.stop) + 1
    signup = midnight(plan.signup[chunk]) + draws.integers("customer.hour", ids, 0, 86_400)
    last = np.where(
        plan.number[chunk] > 0,
        np.datetime64(demand.START) + plan.day[plan.last[chunk]].astype(np.int64),
        np.datetime64("NaT"),
    )
    return customers.rows(draws, ids, signup, customers.Purchases(plan.number[chunk], last))


def _placed(draws: Draws, plan: _Plan, available: Ints, first: int) -> baskets.Placed:
    chunk = slice(first, min(first + ORDERS_PER_CHUNK, len(plan.day)))
    order_id = np.arange(chunk.start, chunk.stop) + 1
    day = np.datetime64(demand.START, "s") + plan.day[chunk].astype(np.int64) * 86_400
    placed = np.sort(day + baskets.time_of_day(draws, order_id))
    month = (placed.astype("M8[M]") - _FIRST_MONTH).astype(np.int64)
    customer = plan.customer[chunk].astype(np.int64)
    return baskets.placed(
        draws,
        order_id,
        placed,
        customer + 1,
        plan.first[customer] == order_id - 1,
        sellers=np.arange(1, available.shape[1] + 1),
        available=available,
        period=month,
        # Prices rose by 0.4 % a month.
        price_permille=1000 - 4 * (len(MONTHS) - 1 - month),
    )
