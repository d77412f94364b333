"""Whether orders add up to what the shop itself computed: the proof of a mapping's money.

An order's ``total_amount`` is the net of its lines, freight less its discount, tax and other. A
number that was mapped wrongly, or twice, shows here; by how much tells which one it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.contract.entities import HARD_DELETED_AT
from core.warehouse import STAGING

# What the difference of an order looks like: the first that holds, as SQL over its sums.
_PATTERNS = {
    "lines of it wait in quarantine": "waiting > 0",
    "it has no lines": "lines = 0",
    "at most a cent a line, as roundings leave": "abs(difference) <= 0.01 * lines",
    "its tax is not in the total, as where prices include it": "difference = -tax",
    "its tax is in the total twice": "difference = tax",
    "its freight is not in the total": "difference = -freight",
    "its freight is in the total twice": "difference = freight",
    "the discount of its lines is not in the total": "difference = discount",
    "the discount of its lines is in the total twice": "difference = -discount",
    "its lines are there twice, as parts of bundles are": "difference * 2 = -net",
    "its total is in the order's currency, its parts in the warehouse's": (
        "abs(total - parts * rate) <= 0.01 * (lines + 1)"
    ),
}
_LIVE = f"deleted_at is null and {HARD_DELETED_AT} is null"
_OTHER = "its total is {} its parts"


@dataclass(frozen=True)
class NotAdding:
    """Orders whose total is not the sum of its parts, by what the difference looks like."""

    pattern: str
    orders: int
    difference: Decimal
    """Totals less parts, without their signs."""

    def __str__(self) -> str:
        return (
            f"not adding up: orders, {self.pattern}: {self.orders} orders,"
            f" {self.difference:,.2f} in all"
        )


@dataclass(frozen=True)
class OtherCurrency:
    """Orders in a currency that is not that of most, without a rate that tells of a conversion."""

    currency: str
    most: str
    orders: int
    amount: Decimal
    """The net of their lines, as it is added up."""

    def __str__(self) -> str:
        return (
            f"several currencies: orders in {self.currency} without a rate, where most are in"
            f" {self.most}: {self.orders} orders, {self.amount:,.2f} added up as they are"
        )


def other_currencies(
    ask: Callable[[str], list[dict[str, Any]]], order_waits: str, item_waits: str
) -> Iterator[OtherCurrency]:
    """The live orders whose amounts may be in another currency, as :func:`not_adding` asks.

    An order without a currency is in that of most.
    """
    orders = (
        f"select order_id, upper(currency_code) as currency, exchange_rate from {STAGING}.orders"  # noqa: S608
        f" where {_LIVE} and {order_waits} is null and currency_code <> ''"
    )
    counted = ask(f"select currency, count(*) as n from ({orders}) as o group by currency")  # noqa: S608
    # Most companies have one: then no lines need be added up.
    if len(counted) < 2:
        return
    most = min(counted, key=lambda row: (-row["n"], row["currency"]))["currency"]
    items = (
        f"select order_id, sum(net_amount) as net from {STAGING}.order_items"  # noqa: S608
        f" where {_LIVE} and {item_waits} is null group by order_id"
    )
    for row in ask(
        "select o.currency, count(*) as n,"  # noqa: S608
        " cast(coalesce(sum(i.net), 0) as decimal(38, 4)) as amount"
        f" from ({orders}) as o left join ({items}) as i on o.order_id = i.order_id"
        " where o.exchange_rate is null group by o.currency order by o.currency"
    ):
        if row["currency"] != most:
            yield OtherCurrency(row["currency"], most, int(row["n"]), row["amount"])


def not_adding(
    ask: Callable[[str], list[dict[str, Any]]], order_waits: str, item_waits: str
) -> Iterator[NotAdding]:
    """The live orders that have a total and are not it, of which ``ask`` selects.

    ``order_waits`` and ``item_waits`` are SQL: why a row waits in quarantine, null if it does not.
    """
    # Most sources have no totals: then their lines need not be added up.
    (totals,) = ask(f"select count(total_amount) as n from {STAGING}.orders")  # noqa: S608
    if not totals["n"]:
        return
    good = f"case when {item_waits} is null then {{}} else 0 end"
    items = (
        f"select order_id, sum({good.format('net_amount')}) as net,"  # noqa: S608
        f" sum({good.format('discount_amount')}) as discount, sum({good.format('1')}) as lines,"
        f" sum(case when {item_waits} is null then 0 else 1 end) as waiting"
        f" from {STAGING}.order_items where {_LIVE} group by order_id"
    )
    freight = "coalesce(shipping_amount, 0) - coalesce(shipping_discount_amount, 0)"
    orders = (
        f"select order_id, total_amount as total, {freight} as freight,"  # noqa: S608
        " coalesce(tax_amount, 0) as tax, coalesce(other_amount, 0) as other,"
        " cast(exchange_rate as decimal(18, 6)) as rate"
        f" from {STAGING}.orders"
        f" where {_LIVE} and {order_waits} is null and total_amount is not null"
    )
    each = (
        "select o.total, o.freight, o.tax, o.rate, coalesce(i.net, 0) as net,"  # noqa: S608
        " coalesce(i.discount, 0) as discount, coalesce(i.lines, 0) as lines,"
        " coalesce(i.waiting, 0) as waiting,"
        " cast(coalesce(i.net, 0) + o.freight + o.tax + o.other as decimal(38, 4)) as parts"
        f" from ({orders}) as o left join ({items}) as i on o.order_id = i.order_id"
    )
    differing = f"select e.*, total - parts as difference from ({each}) as e where total <> parts"  # noqa: S608
    patterns = list(_PATTERNS)
    cases = " ".join(f"when {sql} then {n}" for n, sql in enumerate(_PATTERNS.values()))
    other = f"when difference < 0 then {len(patterns)} else {len(patterns) + 1}"
    judged = f"select case {cases} {other} end as pattern, difference from ({differing}) as d"  # noqa: S608
    patterns += [_OTHER.format("less than"), _OTHER.format("more than")]
    for row in ask(
        "select pattern, count(*) as n, cast(sum(abs(difference)) as decimal(38, 4)) as amount"  # noqa: S608
        f" from ({judged}) as j group by pattern order by pattern"
    ):
        yield NotAdding(patterns[int(row["pattern"])], int(row["n"]), row["amount"])
