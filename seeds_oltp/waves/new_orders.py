"""The day's orders, and who places them."""

import numpy as np
import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import (
    baskets,
    campaigns,
    catalog,
    customers,
    demand,
    discounts,
    sales,
    staff,
    store,
)
from seeds_oltp.batch import Times, local, size, utc
from seeds_oltp.campaigns import Campaigns
from seeds_oltp.draws import Flags, Ints
from seeds_oltp.waves.wave import Changes, Wave


def sell(wave: Wave, watermark: np.datetime64) -> tuple[sales.Sales, Changes]:
    """The day's orders, new customers among them, and a few of last night, committed late."""
    number = demand.orders_on(wave.date, wave.orders)
    late = max(1, number // 100)
    order_id = wave.highest(tables.orders) + 1 + np.arange(late + number)
    late_at = (
        watermark - np.sort(wave.own.integers("late order", order_id[:late], 300, 3_300))[::-1]
    )
    today = wave.start + np.sort(baskets.time_of_day(wave.draws, order_id[late:]))
    placed_at = np.concatenate([local(late_at), today])
    # A late order is committed within a minute; nothing has happened to it yet.
    moment = np.concatenate([local(late_at) + 29, np.full(number, wave.end)])

    customer_id, first, customer_changes = _buyers(wave, order_id, placed_at, late)
    active = wave.active_sellers()["seller_id"]
    placed = baskets.placed(
        wave.draws,
        order_id,
        placed_at,
        customer_id,
        first,
        sellers=active,
        available=staff.skill(wave.draws, active)[None, :],
        period=np.zeros(len(order_id), np.int64),
        price_permille=np.full(len(order_id), 1000),
    )
    campaign = tables.discount_campaigns
    offers = store.read(wave.connection, sa.select(campaign).order_by(campaign.c.discount_id))
    terms = campaigns.terms(offers)
    sold = sales.generate(
        wave.draws,
        placed,
        catalog.on_sale(wave.draws, wave.products()),
        terms,
        _usage(wave, terms),
        sales.NextIds(
            wave.highest(tables.order_items) + 1, wave.highest(tables.order_item_discounts) + 1
        ),
        moment,
    )
    wave.insert(tables.orders, sold.orders)
    return sold, {
        **customer_changes,
        "orders: new": number,
        "orders: late commit": late,
        "order_items: new": wave.insert(tables.order_items, sold.items),
        "order_item_discounts: new": wave.insert(tables.order_item_discounts, sold.applications),
    }


def _buyers(wave: Wave, order_id: Ints, placed_at: Times, late: int) -> tuple[Ints, Flags, Changes]:
    """Who places each order, and whether it is that customer's first.

    After the ``late`` first orders come those of new customers, who signed up minutes before.
    """
    known = wave.highest(tables.customers)
    weights = customers.weights(wave.draws, np.arange(1, known + 1))
    customer_id = 1 + wave.draws.weighted("order.customer", order_id, weights)
    joining = slice(late, late + max(1, (len(order_id) - late) // 9))
    new = known + 1 + np.arange(joining.stop - joining.start)
    customer_id[joining] = new
    today = np.full(len(new), wave.date, dtype="M8[D]")
    purchases = customers.Purchases(np.ones(len(new), np.int64), today)
    joined = customers.rows(wave.draws, new, placed_at[joining] - 300, purchases)

    table = tables.customers.c
    old = wave.read_by(
        sa.select(table.customer_id, table.customer_type, table.last_purchase_date).order_by(
            table.customer_id
        ),
        table.customer_id,
        np.unique(customer_id[customer_id <= known]),
    )
    beginner = np.isnat(old["last_purchase_date"])
    first = (customer_id > known) | np.isin(customer_id, old["customer_id"][beginner])
    # The last of several orders of a customer: the first one met from behind.
    buyer, behind = np.unique(customer_id[::-1], return_index=True)
    bought_at = placed_at[::-1][behind][np.searchsorted(buyer, old["customer_id"])]
    regular = np.where(old["customer_type"] == "VIP", "VIP", "Recorrente")
    bought = {
        "customer_id": old["customer_id"],
        "customer_type": np.where(beginner, "Novo", regular),
        "is_active": np.full(size(old), True),
        "last_purchase_date": bought_at.astype("M8[D]"),
        "updated_at": np.clip(utc(bought_at), utc(wave.start), utc(wave.end)),
    }
    changes = {
        "customers: new": wave.insert(tables.customers, joined),
        "customers: purchase": wave.update(tables.customers, bought),
    }
    return customer_id, first, changes


def _usage(wave: Wave, terms: Campaigns) -> discounts.Usage:
    """How often the day's coupons, those with a limit, have been used before."""
    usage = discounts.Usage(np.zeros(len(terms.discount_id), np.int64))
    live = (terms.start <= wave.end) & (terms.end >= wave.start)
    limited = live & (terms.total < campaigns.NO_LIMIT)
    if not limited.any():
        return usage
    application, order = tables.order_item_discounts.c, tables.orders.c
    used = store.read(
        wave.connection,
        sa.select(application.discount_id, application.order_id, order.customer_id)
        .distinct()
        .join_from(tables.order_item_discounts, tables.orders)
        .where(
            application.discount_id.in_(terms.discount_id[limited].tolist()),
            application.approved,
            # No use is older than its campaign, and the index knows it.
            application.updated_at >= terms.start[limited].min().item(),
        )
        .order_by(application.order_id),
    )
    usage.admit(terms, np.searchsorted(terms.discount_id, used["discount_id"]), used["customer_id"])
    return usage
