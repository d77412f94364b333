"""Orders, their items, and the discounts on them, generated a chunk of orders at a time."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from seeds_oltp import brazil, customers, demand, lifecycle
from seeds_oltp import campaigns as campaign_rows
from seeds_oltp.batch import Batch, Times, code, utc
from seeds_oltp.campaigns import Campaigns
from seeds_oltp.catalog import Assortment
from seeds_oltp.draws import Draws, Flags, Ints

# Orders with 1, 2, 3 … items, per mille: 2.54 on average.
_BASKET = np.array([320, 270, 180, 110, 60, 30, 20, 10])
_QUANTITY = np.array([760, 150, 40, 25, 10, 10, 5])
_NEVER = np.datetime64("NaT", "s")

_APPROVED, _EXPIRED, _MINIMUM, _STACKED, _REFUSED, _PER_CUSTOMER, _TOTAL = range(7)
REASONS = np.array(
    [
        None,
        "Cupom expirado",
        "Valor mínimo não atingido",
        "Não cumulativo com promoção",
        "Reprovado pelo gestor",
        "Limite por cliente atingido",
        "Limite de usos atingido",
    ],
    dtype=object,
)
_LEVELS = np.array(["Pedido", "Frete", "Categoria", "Item"], dtype=object)


@dataclass
class Usage:
    """How often each campaign has been used, in all and by customer; one element a campaign."""

    total: Ints
    # Campaign and customer in one number, sorted, as often as used.
    pairs: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def admit(self, terms: Campaigns, campaign: Ints, customer: Ints) -> tuple[Flags, Flags]:
        """Book uses in their order: which are within the customer's, and the campaign's, limit."""
        pair = campaign << 40 | customer
        earlier = np.searchsorted(self.pairs, pair, "right") - np.searchsorted(self.pairs, pair)
        within = earlier + _rank(pair) < terms.per_customer[campaign]
        left = terms.total[campaign] - self.total[campaign]
        granted = within.copy()
        granted[within] = _rank(campaign[within]) < left[within]
        limited = granted & (terms.per_customer[campaign] < 1000)
        self.pairs = np.sort(np.concatenate([self.pairs, pair[limited]]))
        self.total += np.bincount(campaign[granted], minlength=len(self.total))
        return within, granted

    def forget(self, terms: Campaigns, moment: np.datetime64) -> None:
        """Drop the uses of campaigns that ended before ``moment``."""
        self.pairs = self.pairs[terms.end[self.pairs >> 40] >= moment]


def _rank(keys: Ints) -> Ints:
    """How many equal keys stand before each."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    rank = np.empty_like(keys)
    rank[order] = np.arange(len(keys)) - np.repeat(first, np.diff(first, append=len(keys)))
    return rank


@dataclass(frozen=True)
class Placed:
    """Orders as they come in: one element each; ``seller_id`` and ``region_id`` may be masked.

    ``period`` is the row of the assortment's weights, ``price_permille`` the price level.
    """

    order_id: Ints
    placed: Times
    customer_id: Ints
    seller_id: npt.NDArray[np.int64]
    region_id: npt.NDArray[np.int64]
    channel: Ints
    first_purchase: Flags
    period: Ints
    price_permille: Ints


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
    seller = sellers[drawn_by_period(draws, "order.seller", order_id, period, available)]
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
        region_id=np.ma.array(np.where(gift, elsewhere, home), mask=unknown),
        channel=channel,
        first_purchase=first_purchase,
        period=period,
        price_permille=price_permille,
    )


def generate(
    draws: Draws,
    placed: Placed,
    assortment: Assortment,
    terms: Campaigns,
    usage: Usage,
    next_ids: NextIds,
    moment: Times,
) -> Sales:
    """The rows of these orders, each as it stands at its ``moment``."""
    order_id = placed.order_id
    lives = lifecycle.lives(draws, order_id, placed.placed, placed.channel, placed.region_id)
    seen = lives.seen_at(moment)

    basket = draws.weighted("order.basket", order_id, _BASKET) + 1
    row = np.repeat(np.arange(len(order_id)), basket)
    item_id = next_ids.item + np.arange(len(row))
    item_number = np.arange(len(row)) - np.repeat(np.cumsum(basket) - basket, basket) + 1
    product = drawn_by_period(
        draws, "item.product", item_id, placed.period[row], assortment.weights
    )
    quantity = draws.weighted("item.quantity", item_id, _QUANTITY) + 1
    quantity *= np.where(customers.is_company(draws, placed.customer_id)[row], 2, 1)
    level = placed.price_permille[row]
    unit = assortment.list_cents[product] * level // 1000
    cost = assortment.cost_cents[product] * level // 1000 * quantity
    gross = unit * quantity

    applications, discount = _discounts(
        draws, placed, row, item_id, gross, assortment.category[product], terms, usage
    )
    net = gross - discount

    override = draws.chance("item.marketplace", item_id, 0.15) & (
        placed.channel[row] == lifecycle.MARKETPLACE
    )
    order_seller = placed.seller_id[row]
    item_seller = np.ma.array(order_seller, mask=np.ma.getmaskarray(order_seller) | ~override)
    # Nobody is paid for an order without a seller.
    percent = np.ma.filled(200 + 50 * (order_seller % 7), 0) * 100

    back = ~np.isnat(seen.returned)[row]
    returned = np.where(
        back, returned_quantity(draws, item_id, item_number, quantity, lives.returned_whole[row]), 0
    )
    placed_at = utc(placed.placed)
    deleted_at = np.where(
        draws.chance("order.deleted", order_id, 0.003), seen.latest + 3_600, _NEVER
    )
    deleted_at = utc(np.where(deleted_at <= moment, deleted_at, _NEVER))
    updated_at = np.fmax(
        utc(seen.latest) + draws.integers("order.lag", order_id, 1, 20), deleted_at
    )
    item_gone = draws.chance("item.deleted", item_id, 0.001) & (basket[row] > 1)
    item_deleted = np.where(item_gone, placed_at[row] + 1_200, _NEVER)
    item_deleted = np.fmax(
        np.where(item_deleted <= utc(moment)[row], item_deleted, _NEVER), deleted_at[row]
    )
    item_updated = np.fmax(
        np.fmax(placed_at[row], np.where(returned > 0, utc(seen.returned[row]), _NEVER)),
        item_deleted,
    )
    orders: Batch = {
        "order_id": order_id,
        "order_number": code("PED-", order_id, 9),
        "customer_id": placed.customer_id,
        "seller_id": placed.seller_id,
        "region_id": placed.region_id,
        "order_date": placed.placed,
        **seen.columns(),
        "sales_channel": lifecycle.CHANNELS[placed.channel],
        "currency_code": np.full(len(order_id), "BRL", dtype=object),
        "created_at": placed_at,
        "updated_at": updated_at,
        "deleted_at": deleted_at,
    }
    items: Batch = {
        "order_item_id": item_id,
        "order_id": order_id[row],
        "item_number": item_number,
        "product_id": assortment.product_id[product],
        "quantity": quantity,
        "unit_price": unit,
        "gross_amount": gross,
        "discount_amount": discount,
        "net_amount": net,
        "cost_amount": cost,
        "return_quantity": returned,
        "returned_amount": returned_amount(net, returned, quantity),
        "commission_percent": percent,
        "commission_amount": commission(net, percent),
        "had_discount": discount > 0,
        "seller_id": item_seller,
        "created_at": placed_at[row],
        "updated_at": item_updated,
        "deleted_at": item_deleted,
    }
    item = applications.pop("item")
    applications = {
        "order_item_discount_id": next_ids.application + np.arange(len(item)),
        "order_item_id": item_id[item],
        "order_id": order_id[row[item]],
        **applications,
        "created_at": placed_at[row[item]],
        "updated_at": np.fmax(placed_at[row[item]], item_deleted[item]),
        "deleted_at": item_deleted[item],
    }
    return Sales(orders, items, applications)


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


def _discounts(
    draws: Draws,
    placed: Placed,
    row: Ints,
    item_id: Ints,
    gross: Ints,
    category: Ints,
    terms: Campaigns,
    usage: Usage,
) -> tuple[Batch, Ints]:
    """The applications to these items, and the discount of each item in cents.

    A promotion of a category comes first, a coupon on the order's rest second; a rejected
    coupon leaves its applications behind, and no discount.
    """
    promotion, promoted = _promotions(draws, placed, row, item_id, gross, category, terms)
    rest = gross - promoted
    order_rest = np.bincount(row, rest, len(placed.order_id)).astype(np.int64)
    has_promotion = np.bincount(row, promoted > 0, len(placed.order_id)) > 0
    coupon = _coupons(draws, placed, terms)
    tried = np.flatnonzero(coupon >= 0)
    verdict = _verdicts(
        draws, placed, tried, coupon[tried], order_rest, has_promotion, terms, usage
    )
    amount = np.zeros(len(placed.order_id), np.int64)
    amount[tried] = _amount(terms, coupon[tried], order_rest[tried])

    # Shared among the items in proportion, to the cent: differences of rounded running sums.
    running = np.cumsum(rest)
    before = (running - rest)[np.searchsorted(row, np.arange(len(placed.order_id)))][row]
    divisor = np.maximum(order_rest, 1)[row]
    share = (
        amount[row] * (running - before) // divisor
        - amount[row] * (running - rest - before) // divisor
    )

    reason = np.full(len(placed.order_id), _APPROVED)
    reason[tried] = verdict
    granted = np.where((coupon >= 0) & (reason == _APPROVED), 1, 0)[row] * share

    first = np.flatnonzero(promotion >= 0)
    second = np.flatnonzero((coupon[row] >= 0) & (share > 0))
    item = np.concatenate([first, second])
    campaign = np.concatenate([promotion[first], coupon[row[second]]])
    rank = np.concatenate([np.zeros(len(first), np.int64), np.ones(len(second), np.int64)])
    order = np.lexsort((rank, item))
    item, campaign, rank = item[order], campaign[order], rank[order]
    base = np.where(rank == 0, gross[item], rest[item])
    discount = np.where(rank == 0, promoted[item], share[item])
    why = np.where(rank == 0, _APPROVED, reason[row[item]])
    applications: Batch = {
        "item": item,
        "discount_id": terms.discount_id[campaign],
        "application_level": _LEVELS[terms.level[campaign]],
        "discount_amount": discount,
        "base_amount": base,
        "final_amount": base - discount,
        "applied_at": placed.placed[row[item]],
        "approved": why == _APPROVED,
        "rejection_reason": REASONS[why],
    }
    return applications, promoted + granted


def _promotions(
    draws: Draws,
    placed: Placed,
    row: Ints,
    item_id: Ints,
    gross: Ints,
    category: Ints,
    terms: Campaigns,
) -> tuple[Ints, Ints]:
    """The automatic promotion of each item (-1: none), and its discount in cents."""
    promotion = np.full(len(row), -1)
    when = placed.placed[row]
    chosen = draws.chance("item.promoted", item_id, 0.6)
    for campaign in np.flatnonzero(terms.category >= 0):
        if terms.end[campaign] < placed.placed.min() or terms.start[campaign] > placed.placed.max():
            continue
        live = (when >= terms.start[campaign]) & (when <= terms.end[campaign])
        promotion[live & chosen & (category == terms.category[campaign])] = campaign
    amount = np.where(promotion >= 0, gross * terms.value[promotion] // 10_000, 0)
    return np.where(amount > 0, promotion, -1), amount


def _coupons(draws: Draws, placed: Placed, terms: Campaigns) -> Ints:
    """The coupon that each order tries (-1: none): a season's, an evergreen, or an expired one."""
    order_id, when = placed.order_id, placed.placed
    season = np.full(len(order_id), -1)
    expired = np.full(len(order_id), -1)
    evergreen = terms.end > np.datetime64("2090-01-01")
    for campaign in np.flatnonzero((terms.category < 0) & ~evergreen):
        end = terms.end[campaign]
        if end + 30 * 86_400 < when.min() or terms.start[campaign] > when.max():
            continue
        season[(when >= terms.start[campaign]) & (when <= end)] = campaign
        expired[(when > end) & (when <= end + 30 * 86_400)] = campaign
    general = np.flatnonzero(evergreen & (terms.category < 0))[1:]
    weights = np.array([90, 60, 14, 20, *[10] * max(0, len(general) - 4)])[: len(general)]
    wish = draws.uniform("order.wish", order_id)
    other = general[draws.weighted("order.coupon", order_id, weights)]
    late = draws.chance("order.late", order_id, 0.04)
    return np.select(
        [
            placed.first_purchase & (wish < 0.4),
            ~placed.first_purchase & late & (expired >= 0) & (wish < 0.6),
            (season >= 0) & (wish < 0.38),
            (season < 0) & (wish < 0.26),
        ],
        [campaign_rows.FIRST_PURCHASE - 1, expired, season, other],
        -1,
    )


def _verdicts(
    draws: Draws,
    placed: Placed,
    tried: Ints,
    coupon: Ints,
    order_rest: Ints,
    has_promotion: Flags,
    terms: Campaigns,
    usage: Usage,
) -> Ints:
    """Why each tried coupon is rejected, or that it is not: an index into :data:`REASONS`."""
    order_id = placed.order_id[tried]
    verdict = np.select(
        [
            placed.placed[tried] > terms.end[coupon],
            order_rest[tried] < terms.minimum[coupon],
            has_promotion[tried] & ~terms.stackable[coupon],
            terms.approval[coupon] & draws.chance("order.refused", order_id, 0.3),
        ],
        [_EXPIRED, _MINIMUM, _STACKED, _REFUSED],
        _APPROVED,
    )
    able = np.flatnonzero(verdict == _APPROVED)
    within, granted = usage.admit(terms, coupon[able], placed.customer_id[tried][able])
    verdict[able[~within]] = _PER_CUSTOMER
    verdict[able[within & ~granted]] = _TOTAL
    return verdict


def _amount(terms: Campaigns, coupon: Ints, rest: Ints) -> Ints:
    """What each coupon is worth on an order of ``rest`` cents; fixed ones at most a fifth of it."""
    percentual = rest * terms.value[coupon] // 10_000
    fixed = np.minimum(terms.value[coupon], rest // 5)
    return np.minimum(np.where(terms.percentual[coupon], percentual, fixed), terms.maximum[coupon])
