"""Discounts on orders: promotions, coupons, and the applications that they leave behind."""

from dataclasses import dataclass, field

import numpy as np

from seeds_oltp import campaigns as offers
from seeds_oltp.baskets import Basket, Placed
from seeds_oltp.batch import Batch, take
from seeds_oltp.campaigns import Campaigns
from seeds_oltp.draws import Draws, Flags, Ints

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
        limited = granted & (terms.per_customer[campaign] < offers.NO_LIMIT)
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


def apply(
    draws: Draws, placed: Placed, basket: Basket, terms: Campaigns, usage: Usage
) -> tuple[Batch, Ints]:
    """The applications to these items, and the discount of each item in cents.

    A promotion of a category comes first, a coupon on the order's rest second; a rejected
    coupon leaves its applications behind, and no discount. The column ``item`` of the
    applications is the item's position.
    """
    row, orders = basket.row, len(placed.order_id)
    promotion, promoted = _promotions(draws, placed, basket, terms)
    rest = basket.gross - promoted
    order_rest = np.bincount(row, rest, orders).astype(np.int64)
    has_promotion = np.bincount(row, promoted > 0, orders) > 0

    coupon = _coupons(draws, placed, terms)
    tried = np.flatnonzero(coupon >= 0)
    reason = np.full(orders, _APPROVED)
    reason[tried] = _verdicts(
        draws, placed, tried, coupon[tried], order_rest, has_promotion, terms, usage
    )
    amount = np.zeros(orders, np.int64)
    amount[tried] = _amount(terms, coupon[tried], order_rest[tried])
    share = _shares(row, amount, rest)
    granted = np.where(reason[row] == _APPROVED, share, 0)

    first, second = np.flatnonzero(promotion >= 0), np.flatnonzero(share > 0)
    item = np.concatenate([first, second])
    applications: Batch = {
        "item": item,
        "campaign": np.concatenate([promotion[first], coupon[row[second]]]),
        "base_amount": np.concatenate([basket.gross[first], rest[second]]),
        "discount_amount": np.concatenate([promoted[first], share[second]]),
        "reason": np.concatenate([np.full(len(first), _APPROVED), reason[row[second]]]),
    }
    # By item; the sort is stable, a promotion stays before the coupon.
    applications = take(applications, np.argsort(item, kind="stable"))
    campaign, why = applications.pop("campaign"), applications.pop("reason")
    return {
        **applications,
        "discount_id": terms.discount_id[campaign],
        "application_level": _LEVELS[terms.level[campaign]],
        "final_amount": applications["base_amount"] - applications["discount_amount"],
        "applied_at": placed.placed[row[applications["item"]]],
        "approved": why == _APPROVED,
        "rejection_reason": REASONS[why],
    }, promoted + granted


def _shares(row: Ints, amount: Ints, rest: Ints) -> Ints:
    """Each order's ``amount`` shared among its items in proportion to ``rest``, to the cent.

    By differences of running sums rounded down, which add up to the whole.
    """
    running = np.cumsum(rest)
    first = np.searchsorted(row, row)
    before = (running - rest)[first]
    total = np.maximum(np.bincount(row, rest)[row].astype(np.int64), 1)
    until, since = running - before, running - rest - before
    return amount[row] * until // total - amount[row] * since // total


def _promotions(
    draws: Draws, placed: Placed, basket: Basket, terms: Campaigns
) -> tuple[Ints, Ints]:
    """The automatic promotion of each item (-1: none), and its discount in cents."""
    promotion = np.full(len(basket.row), -1)
    when = placed.placed[basket.row]
    chosen = draws.chance("item.promoted", basket.item_id, 0.6)
    for campaign in np.flatnonzero(terms.category >= 0):
        if terms.end[campaign] < placed.placed.min() or terms.start[campaign] > placed.placed.max():
            continue
        live = (when >= terms.start[campaign]) & (when <= terms.end[campaign])
        promotion[live & chosen & (basket.category == terms.category[campaign])] = campaign
    amount = np.where(promotion >= 0, basket.gross * terms.value[promotion] // 10_000, 0)
    return np.where(amount > 0, promotion, -1), amount


def _coupons(draws: Draws, placed: Placed, terms: Campaigns) -> Ints:
    """The coupon that each order tries (-1: none): a season's, an evergreen, or an expired one."""
    order_id, when = placed.order_id, placed.placed
    season = np.full(len(order_id), -1)
    expired = np.full(len(order_id), -1)
    coupons = np.flatnonzero(terms.category < 0)
    for campaign in coupons[coupons >= len(offers.EVERGREEN_WEIGHTS)]:
        end = terms.end[campaign]
        if end + 30 * 86_400 < when.min() or terms.start[campaign] > when.max():
            continue
        season[(when >= terms.start[campaign]) & (when <= end)] = campaign
        expired[(when > end) & (when <= end + 30 * 86_400)] = campaign
    evergreen = draws.weighted("order.coupon", order_id, offers.EVERGREEN_WEIGHTS)
    wish = draws.uniform("order.wish", order_id)
    late = draws.chance("order.late", order_id, 0.04)
    return np.select(
        [
            placed.first_purchase & (wish < 0.4),
            ~placed.first_purchase & late & (expired >= 0) & (wish < 0.6),
            (season >= 0) & (wish < 0.38),
            (season < 0) & (wish < 0.26),
        ],
        [offers.WELCOME, expired, season, evergreen],
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
