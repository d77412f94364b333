"""Orders as they come in, and what is in them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seeds_oltp import brazil, customers, demand, lifecycle
from seeds_oltp.batch import Times
from seeds_oltp.catalog import Assortment
from seeds_oltp.draws import Draws, Flags, Ints

# Orders with 1, 2, 3 … items, per mille: 2.54 on average.
_BASKET = np.array([320, 270, 180, 110, 60, 30, 20, 10])
_QUANTITY = np.array([760, 150, 40, 25, 10, 10, 5])


@dataclass(frozen=True)
class Placed:
    """Orders as they come in: one element each; ``seller_id`` and ``region_id`` may be masked.

    ``partner_id`` sells some of the items, if the order came from the marketplace.
    ``period`` is the row of the assortment's weights, ``price_permille`` the price level.
    """

    order_id: Ints
    placed: Times
    customer_id: Ints
    seller_id: npt.NDArray[np.int64]
    partner_id: Ints
    region_id: npt.NDArray[np.int64]
    channel: Ints
    first_purchase: Flags
    period: Ints
    price_permille: Ints


@dataclass(frozen=True)
class Basket:
    """What is in the orders, one element an item: ``row`` is the order's position; cents."""

    row: Ints
    item_id: Ints
    item_number: Ints
    product_id: Ints
    category: Ints
    quantity: Ints
    unit: Ints
    unit_cost: Ints

    @property
    def gross(self) -> Ints:
        """The amounts before discounts."""
        return self.unit * self.quantity


def fill(draws: Draws, placed: Placed, assortment: Assortment, first_id: int) -> Basket:
    """Fill the baskets of these orders; the items' keys begin with ``first_id``."""
    number = draws.weighted("order.basket", placed.order_id, _BASKET) + 1
    row = np.repeat(np.arange(len(number)), number)
    item_id = first_id + np.arange(len(row))
    product = drawn_by_period(
        draws, "item.product", item_id, placed.period[row], assortment.weights
    )
    quantity = draws.weighted("item.quantity", item_id, _QUANTITY) + 1
    company = customers.is_company(draws, placed.customer_id)[row]
    level = placed.price_permille[row]
    return Basket(
        row=row,
        item_id=item_id,
        item_number=np.arange(len(row)) - (np.cumsum(number) - number)[row] + 1,
        product_id=assortment.product_id[product],
        category=assortment.category[product],
        quantity=np.where(company, 2 * quantity, quantity),
        unit=assortment.list_cents[product] * level // 1000,
        unit_cost=assortment.cost_cents[product] * level // 1000,
    )


def drawn_by_period(draws: Draws, stream: str, ids: Ints, period: Ints, weights: Ints) -> Ints:
    """A column of ``weights`` (periods by things) for each id, by the weights of its period."""
    cumulative = np.cumsum(weights.ravel())
    ends = cumulative[weights.shape[1] - 1 :: weights.shape[1]]
    starts = np.concatenate([[0], ends[:-1]])
    target = draws.integers(stream, ids, starts[period], ends[period])
    column: Ints = np.searchsorted(cumulative, target, side="right") % weights.shape[1]
    return column


def time_of_day(draws: Draws, order_id: Ints) -> Ints:
    """The second of the day at which each order is placed."""
    hour = draws.weighted("order.hour", order_id, demand.HOURS)
    return hour * 3_600 + draws.integers("order.second", order_id, 0, 3_600)


def placed(
    draws: Draws,
    order_id: Ints,
    when: Times,
    customer_id: Ints,
    first_purchase: Flags,
    *,
    sellers: Ints,
    available: Ints,
    period: Ints,
    price_permille: Ints,
) -> Placed:
    """Orders with their channel, seller and region; ``available`` is periods by sellers."""
    channel = lifecycle.channel(draws, order_id)
    seller, partner = (
        sellers[drawn_by_period(draws, f"order.{who}", order_id, period, available)]
        for who in ("seller", "partner")
    )
    # Whoever finds the way alone needs no seller.
    alone = (channel <= lifecycle.APP) & draws.chance("order.alone", order_id, 0.06)
    home = customers.state_index(draws, customer_id) + 1
    elsewhere = draws.integers("order.elsewhere", order_id, 1, len(brazil.STATES) + 1)
    gift = draws.chance("order.gift", order_id, 0.02)
    unknown = draws.chance("order.nowhere", order_id, 0.01)
    return Placed(
        order_id=order_id,
        placed=when,
        customer_id=customer_id,
        seller_id=np.ma.array(seller, mask=alone),
        partner_id=partner,
        region_id=np.ma.array(np.where(gift, elsewhere, home), mask=unknown),
        channel=channel,
        first_purchase=first_purchase,
        period=period,
        price_permille=price_permille,
    )
