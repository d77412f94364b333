"""Orders, their items, and the discounts on them, generated a chunk of orders at a time."""

from dataclasses import dataclass

import numpy as np

from seeds_oltp import baskets, discounts, lifecycle
from seeds_oltp.baskets import Basket, Placed
from seeds_oltp.batch import Batch, Times, code, utc
from seeds_oltp.campaigns import Campaigns
from seeds_oltp.catalog import Assortment
from seeds_oltp.draws import Draws, Flags, Ints

_NEVER = np.datetime64("NaT", "s")


@dataclass(frozen=True)
class Sales:
    """Rows of ``orders``, ``order_items`` and ``order_item_discounts`` that belong together."""

    orders: Batch
    items: Batch
    applications: Batch

    def booked(self) -> Batch:
        """seller_id, month, net_amount and quantity of what counts for a seller's targets.

        That are the live items of live orders that count as a sale and have a seller.
        """
        orders, items = self.orders, self.items
        order = items["order_id"] - orders["order_id"][0]
        seller = np.where(
            np.ma.getmaskarray(items["seller_id"]),
            np.ma.filled(orders["seller_id"], 0)[order],
            np.ma.getdata(items["seller_id"]),
        )
        open_or_lost = np.isin(orders["order_status"], ["Pendente", "Cancelado"])[order]
        counted = ~open_or_lost & np.isnat(items["deleted_at"]) & (seller > 0)
        return {
            "seller_id": seller[counted],
            "month": orders["order_date"].astype("M8[M]")[order][counted],
            "net_amount": items["net_amount"][counted],
            "quantity": items["quantity"][counted],
        }


@dataclass(frozen=True)
class NextIds:
    """The first free keys."""

    item: int
    application: int


def generate(
    draws: Draws,
    placed: Placed,
    assortment: Assortment,
    terms: Campaigns,
    usage: discounts.Usage,
    next_ids: NextIds,
    moment: Times,
) -> Sales:
    """The rows of these orders, each as it stands at its ``moment``."""
    lives = lifecycle.lives(draws, placed.order_id, placed.placed, placed.channel, placed.region_id)
    seen = lives.seen_at(moment)
    orders = _order_rows(draws, placed, seen, moment)
    basket = baskets.fill(draws, placed, assortment, next_ids.item)
    applications, discount = discounts.apply(draws, placed, basket, terms, usage)
    items = _item_rows(draws, placed, basket, discount, moment)
    items |= _returns(draws, basket, items["net_amount"], seen, lives.returned_whole)
    # What happened to the order or to the item itself, whatever came last.
    items["deleted_at"] = np.fmax(items["deleted_at"], orders["deleted_at"][basket.row])
    for event in (items["created_at"], items["deleted_at"]):
        items["updated_at"] = np.fmax(items["updated_at"], event)

    item = applications.pop("item")
    created_at, deleted_at = items["created_at"][item], items["deleted_at"][item]
    return Sales(
        orders,
        items,
        {
            "order_item_discount_id": next_ids.application + np.arange(len(item)),
            "order_item_id": items["order_item_id"][item],
            "order_id": items["order_id"][item],
            **applications,
            "created_at": created_at,
            "updated_at": np.fmax(created_at, deleted_at),
            "deleted_at": deleted_at,
        },
    )


def _order_rows(draws: Draws, placed: Placed, seen: lifecycle.Seen, moment: Times) -> Batch:
    order_id = placed.order_id
    deleted_at = np.where(
        draws.chance("order.deleted", order_id, 0.003), seen.latest + 3_600, _NEVER
    )
    deleted_at = utc(np.where(deleted_at <= moment, deleted_at, _NEVER))
    touched = utc(seen.latest) + draws.integers("order.lag", order_id, 1, 20)
    return {
        "order_id": order_id,
        "order_number": code("PED-", order_id, 9),
        "customer_id": placed.customer_id,
        "seller_id": placed.seller_id,
        "region_id": placed.region_id,
        "order_date": placed.placed,
        **seen.columns(),
        "sales_channel": lifecycle.CHANNELS[placed.channel],
        "currency_code": np.full(len(order_id), "BRL", dtype=object),
        "created_at": utc(placed.placed),
        "updated_at": np.fmax(touched, deleted_at),
        "deleted_at": deleted_at,
    }


def _item_rows(
    draws: Draws, placed: Placed, basket: Basket, discount: Ints, moment: Times
) -> Batch:
    """The items as ordered; what came back is not yet in."""
    row, item_id = basket.row, basket.item_id
    foreign = draws.chance("item.partner", item_id, 0.15)
    foreign &= placed.channel[row] == lifecycle.MARKETPLACE
    # The order's seller, or the partner; nobody is paid where there is neither.
    seller = np.ma.array(
        np.where(foreign, placed.partner_id[row], np.ma.getdata(placed.seller_id)[row]),
        mask=np.ma.getmaskarray(placed.seller_id)[row] & ~foreign,
    )
    percent = np.ma.filled(200 + 50 * (seller % 7), 0) * 100
    net = basket.gross - discount
    created_at = utc(placed.placed)[row]
    deleted_at = created_at + 1_200
    gone = draws.chance("item.deleted", item_id, 0.001) & (basket.item_number > 1)
    gone &= deleted_at <= utc(moment)[row]
    return {
        "order_item_id": item_id,
        "order_id": placed.order_id[row],
        "item_number": basket.item_number,
        "product_id": basket.product_id,
        "quantity": basket.quantity,
        "unit_price": basket.unit,
        "gross_amount": basket.gross,
        "discount_amount": discount,
        "net_amount": net,
        "cost_amount": basket.unit_cost * basket.quantity,
        "commission_percent": percent,
        "commission_amount": commission(net, percent),
        "had_discount": discount > 0,
        "seller_id": np.ma.array(placed.partner_id[row], mask=~foreign),
        "created_at": created_at,
        "deleted_at": np.where(gone, deleted_at, _NEVER),
    }


def _returns(draws: Draws, basket: Basket, net: Ints, seen: lifecycle.Seen, whole: Flags) -> Batch:
    """What came back of each item, and when."""
    returned_at = seen.returned[basket.row]
    quantity = np.where(
        np.isnat(returned_at),
        0,
        returned_quantity(
            draws, basket.item_id, basket.item_number, basket.quantity, whole[basket.row]
        ),
    )
    return {
        "return_quantity": quantity,
        "returned_amount": returned_amount(net, quantity, basket.quantity),
        "updated_at": utc(np.where(quantity > 0, returned_at, _NEVER)),
    }


def returned_quantity(
    draws: Draws, item_id: Ints, item_number: Ints, quantity: Ints, whole: Flags
) -> Ints:
    """How much of each item of a returning order comes back: all, or some of some items."""
    some = (item_number == 1) | draws.chance("item.returns", item_id, 0.3)
    part = draws.integers("item.returned", item_id, 1, quantity + 1)
    return np.where(whole, quantity, np.where(some, part, 0))


def returned_amount(net: Ints, returned: Ints, quantity: Ints) -> Ints:
    """The share of the net amount, in cents, that is paid back."""
    return (2 * net * returned + quantity) // (2 * quantity)


def commission(net: Ints, percent: Ints) -> Ints:
    """The commission in cents; ``percent`` has four decimals."""
    return (net * percent + 500_000) // 1_000_000
