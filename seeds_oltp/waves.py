"""Waves: what one more day does to the sample company, in one transaction.

Wave N is the N-th day after the base load's last one (a shop on the web has no days off). What
it does follows from the seed, N and the rows that are there; applied once, it is not applied
again.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from seeds_oltp import (
    baskets,
    campaigns,
    catalog,
    customers,
    demand,
    discounts,
    lifecycle,
    sales,
    schema,
    staff,
    store,
)
from seeds_oltp import targets as goals
from seeds_oltp.batch import Batch, Times, local, size, take, utc
from seeds_oltp.campaigns import Campaigns
from seeds_oltp.draws import Array, Draws, Flags, Ints

# How many keys fit into one query, whatever the database.
_KEYS = 500

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
    watermark = wave.latest(schema.orders)
    recent = _recent_orders(wave)
    changes = {
        **_change_customers(wave),
        **_change_sellers(wave),
        **_change_products(wave),
        **_change_campaigns(wave),
        **_move_orders(wave, recent),
        **_return_items(wave, recent),
        **_delete(wave, recent),
    }
    sold, sold_changes = _sell(wave, watermark)
    return {**changes, **sold_changes, **_change_targets(wave, sold)}


def _recent_orders(wave: Wave) -> Batch:
    """The live orders that may still move; they are among the newest keys."""
    table = schema.orders.c
    return store.read(
        wave.connection,
        sa.select(table.order_id, table.order_date, table.region_id, table.order_status)
        .where(
            table.order_id > wave.highest(schema.orders) - wave.orders // 8 - 1000,
            table.order_date >= wave.date - timedelta(days=lifecycle.LONGEST_DAYS),
            table.order_date < wave.date,
            table.order_status.not_in(["Cancelado", "Devolvido"]),
            table.deleted_at.is_(None),
        )
        .order_by(table.order_id),
    )


def _change_customers(wave: Wave) -> Changes:
    """Segments and consents change; some of the consents are committed late."""
    table = schema.customers.c
    number = 3 * max(2, demand.orders_on(wave.date, wave.orders) // 100)
    drawn = wave.own.integers("customers", np.arange(number), 0, wave.highest(schema.customers))
    rows = wave.read_by(
        sa.select(table.customer_id, table.segment, table.accepts_email_marketing, table.updated_at)
        .where(table.deleted_at.is_(None))
        .order_by(table.customer_id),
        table.customer_id,
        np.unique(drawn) + 1,
    )
    ids = rows["customer_id"]
    late_at = wave.latest(schema.customers) - wave.own.integers("late", ids, 60, 3_000)
    turn = np.arange(len(ids)) % 3
    late = (turn == 2) & (rows["updated_at"] < late_at)
    segment = {
        "customer_id": ids,
        "segment": np.where(rows["segment"] == "Pessoa Fisica", "Pessoa Juridica", "Pessoa Fisica"),
        "updated_at": wave.office_hours("segment", ids),
    }
    consent = {
        "customer_id": ids,
        "accepts_email_marketing": ~rows["accepts_email_marketing"],
        "updated_at": np.where(late, late_at, wave.office_hours("consent", ids)),
    }
    return {
        "customers: segment": _update(wave, schema.customers, take(segment, turn == 0)),
        "customers: consent": _update(wave, schema.customers, take(consent, turn == 1)),
        "customers: consent, late commit": _update(wave, schema.customers, take(consent, late)),
    }


def _change_sellers(wave: Wave) -> Changes:
    """Sellers move to another team, whose leader becomes their manager; now and then one joins."""
    teams = wave.highest(schema.teams)
    active = _active_sellers(wave)
    # The leaders, whose keys are those of their teams, stay.
    moving = wave.some("movers", take(active, active["seller_id"] > teams), 1 / 150)
    ids = moving["seller_id"]
    step = wave.own.integers("team", ids, 1, teams)
    team = (np.ma.filled(moving["team_id"], 1) - 1 + step) % teams + 1
    moved = {
        "seller_id": ids,
        "team_id": team,
        "manager_seller_id": team,
        "updated_at": wave.office_hours("team", ids),
    }
    joining = wave.highest(schema.sellers) + 1 + np.arange(wave.number % 5 == 1)
    hired = np.full(len(joining), wave.date, dtype="M8[D]")
    return {
        "sellers: team": _update(wave, schema.sellers, moved),
        "sellers: new": _insert(
            wave, schema.sellers, staff.sellers(wave.draws, joining, teams, hired)
        ),
    }


def _active_sellers(wave: Wave) -> Batch:
    table = schema.sellers.c
    return store.read(
        wave.connection,
        sa.select(table.seller_id, table.team_id)
        .where(table.seller_status == "Ativo", table.deleted_at.is_(None))
        .order_by(table.seller_id),
    )


def _products(wave: Wave) -> Batch:
    table = schema.products.c
    return store.read(
        wave.connection,
        sa.select(table.product_id, table.category_name, table.cost_price, table.list_price)
        .where(table.product_status == "Ativo", table.deleted_at.is_(None))
        .order_by(table.product_id),
    )


def _change_products(wave: Wave) -> Changes:
    """Costs change, and the price with every other of them."""
    rows = wave.some("products", _products(wave), 1 / 150, least=2)
    ids = rows["product_id"]
    factor = wave.own.integers("price", ids, 985, 1065)
    cost = rows["cost_price"] * factor // 1000
    old = rows["list_price"]
    price = np.where(np.arange(len(ids)) % 2 == 0, old * factor // 1000, old)
    changed = {
        "product_id": ids,
        "cost_price": cost,
        "list_price": price,
        "suggested_margin_percent": (price - cost) * 1_000_000 // price,
        "updated_at": wave.office_hours("price", ids),
    }
    return {"products: cost and price": _update(wave, schema.products, changed)}


def _change_campaigns(wave: Wave) -> Changes:
    """What ended is closed, a coupon may be used more often, now and then a flash sale begins."""
    table = schema.discount_campaigns
    rows = store.read(wave.connection, sa.select(table).order_by(table.c.discount_id))
    over = rows["end_at"] < wave.start
    ended = take(rows, over & rows["is_active"])
    limited = ~np.ma.getmaskarray(rows["max_uses_total"])
    widened = wave.some("coupons", take(rows, limited & ~over), 0)
    closed = {
        "discount_id": ended["discount_id"],
        "is_active": np.full(size(ended), False),
        "updated_at": wave.office_hours("closing", ended["discount_id"]),
    }
    limit = {
        "discount_id": widened["discount_id"],
        "max_uses_total": widened["max_uses_total"] * 11 // 10 + 1,
        "updated_at": wave.office_hours("limit", widened["discount_id"]),
    }
    changes = {
        "discount_campaigns: closed": _update(wave, table, closed),
        "discount_campaigns: limit": _update(wave, table, limit),
        "discount_campaigns: new": 0,
    }
    if wave.number % 7 == 1:
        flash = campaigns.coupon(
            f"RELAMPAGO{wave.date:%y%m%d}",
            f"Oferta Relâmpago {wave.date:%d/%m/%Y}",
            wave.date,
            wave.date + timedelta(days=2),
            wave.orders,
        )
        new = campaigns.batch([flash], wave.highest(table) + 1, created=utc(wave.start))
        changes["discount_campaigns: new"] = _insert(wave, table, new)
    return changes


def _lives(wave: Wave, recent: Batch) -> lifecycle.Lives:
    ids = recent["order_id"]
    channel = lifecycle.channel(wave.draws, ids)
    return lifecycle.lives(wave.draws, ids, recent["order_date"], channel, recent["region_id"])


def _move_orders(wave: Wave, recent: Batch) -> Changes:
    """Orders go on along their lives."""
    ids = recent["order_id"]
    seen = _lives(wave, recent).seen_at(wave.end)
    updated_at = utc(seen.latest) + wave.own.integers("lag", ids, 1, 20)
    moved = take(
        {
            "order_id": ids,
            **seen.columns(),
            # A late order catches up with what happened the day before.
            "updated_at": np.clip(updated_at, utc(wave.start), utc(wave.end)),
        },
        seen.order_status != recent["order_status"],
    )
    _update(wave, schema.orders, moved)
    return {
        f"orders: {status}": int((moved["order_status"] == status).sum())
        for status in schema.STATUS_PEDIDO[1:]
    }


def _return_items(wave: Wave, recent: Batch) -> Changes:
    """What comes back today is booked on the items."""
    lives = _lives(wave, recent)
    ids = recent["order_id"]
    table = schema.order_items.c
    items = wave.read_by(
        sa.select(
            table.order_item_id,
            table.order_id,
            table.item_number,
            table.quantity,
            table.net_amount,
        )
        .where(table.deleted_at.is_(None))
        .order_by(table.order_item_id),
        table.order_id,
        ids[(lives.returned >= wave.start) & (lives.returned <= wave.end)],
    )
    order = np.searchsorted(ids, items["order_id"])
    quantity = sales.returned_quantity(
        wave.draws,
        items["order_item_id"],
        items["item_number"],
        items["quantity"],
        lives.returned_whole[order],
    )
    amount = sales.returned_amount(items["net_amount"], quantity, items["quantity"])
    returned = {
        "order_item_id": items["order_item_id"],
        "return_quantity": quantity,
        "returned_amount": amount,
        "updated_at": utc(lives.returned[order]),
    }
    return {
        "order_items: returned": _update(wave, schema.order_items, take(returned, quantity > 0))
    }


def _delete(wave: Wave, recent: Batch) -> Changes:
    """Soft deletes of orders, items and discounts; withdrawn discounts make the item dearer.

    Every other order leaves its items and discounts as they are: the reader must cope with both.
    """
    share = 1 / 300 / lifecycle.LONGEST_DAYS
    deleted = wave.some("deleted", recent, share)["order_id"]
    others = take(recent, ~np.isin(recent["order_id"], deleted))
    thinned = wave.some("thinned", others, 20 * share, least=40)["order_id"]
    whole = deleted[wave.number % 2 :: 2]

    table = schema.order_items.c
    items = wave.read_by(
        sa.select(
            table.order_item_id,
            table.order_id,
            table.item_number,
            table.discount_amount,
            table.net_amount,
            table.commission_percent,
            table.return_quantity,
        )
        .where(table.deleted_at.is_(None))
        .order_by(table.order_item_id),
        table.order_id,
        np.sort(np.concatenate([whole, thinned])),
    )
    table = schema.order_item_discounts.c
    applications = wave.read_by(
        sa.select(
            table.order_item_discount_id,
            table.order_item_id,
            table.discount_amount,
            table.approved,
        )
        # What is older cannot belong to a recent order, and the index knows it.
        .where(
            table.deleted_at.is_(None),
            table.updated_at >= wave.date - timedelta(days=lifecycle.LONGEST_DAYS),
        )
        .order_by(table.order_item_discount_id),
        table.order_id,
        np.sort(np.concatenate([whole, thinned])),
    )

    in_whole = np.isin(items["order_id"], whole)
    single = wave.some("items", take(items, ~in_whole & (items["item_number"] > 1)), 1 / 20)
    gone = np.concatenate([items["order_item_id"][in_whole], single["order_item_id"]])
    orphaned = np.isin(applications["order_item_id"], gone)

    kept = take(items, ~np.isin(items["order_item_id"], gone) & (items["return_quantity"] == 0))
    withdrawn = _last_approved(take(applications, ~orphaned), kept["order_item_id"])
    withdrawn = wave.some("withdrawn", withdrawn, 1 / 10)
    return {
        "orders: deleted": _mark(wave, schema.orders, deleted),
        "order_items: deleted": _mark(wave, schema.order_items, gone),
        "order_item_discounts: deleted": _mark(
            wave,
            schema.order_item_discounts,
            np.concatenate(
                [
                    applications["order_item_discount_id"][orphaned],
                    withdrawn["order_item_discount_id"],
                ]
            ),
        ),
        "order_items: discount withdrawn": _charge(wave, kept, withdrawn),
    }


def _mark(wave: Wave, table: sa.Table, ids: Ints) -> int:
    (key,) = table.primary_key.columns
    moment = utc(np.full(len(ids), wave.start + 11 * 3_600))
    return _update(wave, table, {key.name: ids, "deleted_at": moment, "updated_at": moment})


def _last_approved(applications: Batch, items: Ints) -> Batch:
    """The approved applications that are the last ones of these items; the keys are in order."""
    item = applications["order_item_id"]
    last = np.append(item[1:] != item[:-1], True)[: len(item)]
    return take(applications, last & applications["approved"] & np.isin(item, items))


def _charge(wave: Wave, items: Batch, withdrawn: Batch) -> int:
    """Add withdrawn discounts to what the items cost, and to the commission."""
    items = take(items, np.searchsorted(items["order_item_id"], withdrawn["order_item_id"]))
    discount = items["discount_amount"] - withdrawn["discount_amount"]
    net = items["net_amount"] + withdrawn["discount_amount"]
    return _update(
        wave,
        schema.order_items,
        {
            "order_item_id": items["order_item_id"],
            "discount_amount": discount,
            "net_amount": net,
            "had_discount": discount > 0,
            "commission_amount": sales.commission(net, items["commission_percent"]),
            "updated_at": utc(np.full(size(items), wave.start + 11 * 3_600)),
        },
    )


def _sell(wave: Wave, watermark: np.datetime64) -> tuple[sales.Sales, Changes]:
    """The day's orders, new customers among them, and a few of last night, committed late."""
    number = demand.orders_on(wave.date, wave.orders)
    late = max(1, number // 100)
    order_id = wave.highest(schema.orders) + 1 + np.arange(late + number)
    late_at = (
        watermark - np.sort(wave.own.integers("late order", order_id[:late], 300, 3_300))[::-1]
    )
    today = wave.start + np.sort(baskets.time_of_day(wave.draws, order_id[late:]))
    placed_at = np.concatenate([local(late_at), today])
    # A late order is committed within a minute; nothing has happened to it yet.
    moment = np.concatenate([local(late_at) + 29, np.full(number, wave.end)])

    customer_id, first, customer_changes = _buyers(wave, order_id, placed_at, late)
    active = _active_sellers(wave)["seller_id"]
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
    campaign = schema.discount_campaigns
    offers = store.read(wave.connection, sa.select(campaign).order_by(campaign.c.discount_id))
    terms = campaigns.terms(offers)
    sold = sales.generate(
        wave.draws,
        placed,
        catalog.on_sale(wave.draws, _products(wave)),
        terms,
        _usage(wave, terms),
        sales.NextIds(
            wave.highest(schema.order_items) + 1, wave.highest(schema.order_item_discounts) + 1
        ),
        moment,
    )
    _insert(wave, schema.orders, sold.orders)
    return sold, {
        **customer_changes,
        "orders: new": number,
        "orders: late commit": late,
        "order_items: new": _insert(wave, schema.order_items, sold.items),
        "order_item_discounts: new": _insert(wave, schema.order_item_discounts, sold.applications),
    }


def _buyers(wave: Wave, order_id: Ints, placed_at: Times, late: int) -> tuple[Ints, Flags, Changes]:
    """Who places each order, and whether it is that customer's first.

    After the ``late`` first orders come those of new customers, who signed up minutes before.
    """
    known = wave.highest(schema.customers)
    weights = customers.weights(wave.draws, np.arange(1, known + 1))
    customer_id = 1 + wave.draws.weighted("order.customer", order_id, weights)
    joining = slice(late, late + max(1, (len(order_id) - late) // 9))
    new = known + 1 + np.arange(joining.stop - joining.start)
    customer_id[joining] = new
    today = np.full(len(new), wave.date, dtype="M8[D]")
    purchases = customers.Purchases(np.ones(len(new), np.int64), today)
    joined = customers.rows(wave.draws, new, placed_at[joining] - 300, purchases)

    table = schema.customers.c
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
        "customers: new": _insert(wave, schema.customers, joined),
        "customers: purchase": _update(wave, schema.customers, bought),
    }
    return customer_id, first, changes


def _usage(wave: Wave, terms: Campaigns) -> discounts.Usage:
    """How often the day's coupons, those with a limit, have been used before."""
    usage = discounts.Usage(np.zeros(len(terms.discount_id), np.int64))
    live = (terms.start <= wave.end) & (terms.end >= wave.start)
    limited = live & (terms.total < campaigns.NO_LIMIT)
    if not limited.any():
        return usage
    application, order = schema.order_item_discounts.c, schema.orders.c
    used = store.read(
        wave.connection,
        sa.select(application.discount_id, application.order_id, order.customer_id)
        .distinct()
        .join_from(schema.order_item_discounts, schema.orders)
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


def _change_targets(wave: Wave, sold: sales.Sales) -> Changes:
    """What was sold counts for the open targets, one is revised; a first day sets new ones."""
    first_days = goals.first_days(wave.date)
    starting = [period for period, first in first_days.items() if first == wave.date]
    changes = {
        "seller_targets_monthly: closed": _close_targets(wave, starting),
        "seller_targets_monthly: new": _insert(
            wave, schema.seller_targets_monthly, _new_targets(wave, starting)
        ),
    }
    table = schema.seller_targets_monthly.c
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
        "seller_targets_monthly: realized": _update(
            wave, schema.seller_targets_monthly, take(realized, quantity > 0)
        ),
        "seller_targets_monthly: revised": _update(wave, schema.seller_targets_monthly, revision),
    }


def _close_targets(wave: Wave, periods: list[str]) -> int:
    table = schema.seller_targets_monthly
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
    return _update(wave, table, closed)


def _new_targets(wave: Wave, periods: list[str]) -> Batch:
    """Targets for the periods that start today, after the sales of the last three months."""
    table = schema.seller_targets_monthly
    past = store.read(
        wave.connection,
        sa.select(table.c.seller_id, table.c.realized_amount, table.c.realized_quantity).where(
            table.c.period_type == "Mensal",
            table.c.target_month < wave.date,
            table.c.target_month >= wave.date - timedelta(days=92),
        ),
    )
    active = _active_sellers(wave)["seller_id"]
    holders = [goals.holders(p, active, wave.highest(schema.teams)) for p in periods]
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
    length = wave.highest(schema.sellers) + 1
    return np.bincount(seller_id, values, length).astype(np.int64)


def _insert(wave: Wave, table: sa.Table, rows: Batch) -> int:
    store.insert(wave.connection, table, rows)
    return size(rows)


def _update(wave: Wave, table: sa.Table, rows: Batch) -> int:
    store.update(wave.connection, table, rows)
    return size(rows)
