"""The facts of the sample company, and what a shop's mapping makes of the same company."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.contract import tables
from core.settings import Settings
from tests.loader.staging import Row, content

ORDER = (
    "order_number", "order_status", "order_date", "approved_at", "delivered_at", "currency_code",
)  # fmt: skip
# What the sample does not tell yet, a shop has as nothing.
WHOLE = ("shipping_amount", "tax_amount", "other_amount")
LINE = (
    "order_id", "product_id", "quantity", "unit_price", "gross_amount", "discount_amount",
    "net_amount", "cost_amount", "return_quantity", "returned_amount",
)  # fmt: skip
Facts = dict[str, dict[Any, tuple[Any, ...]]]


def of_the_company(url: sa.URL) -> Facts:
    """Orders, lines and discounts as the company's own database has them."""
    with tables.engine(url).connect() as connection:
        found = {
            t.name: {
                str(row[0]): dict(row._mapping)
                for row in connection.execute(sa.select(t))
                # An order's address outlives its region.
                if t.name == "regions" or row.deleted_at is None
            }
            for t in tables.metadata.sorted_tables
        }
    by_state = {row["state"]: key for key, row in found["regions"].items()}
    for row in found["orders"].values():
        # An order that went nowhere is of where its customer is: the shop has no other address.
        if row["region_id"] is None:
            row["region_id"] = by_state[found["customers"][str(row["customer_id"])]["state"]]
    codes = {str(k): row["discount_code"].lower() for k, row in found["discount_campaigns"].items()}
    for row in found["order_item_discounts"].values():
        row["discount_id"] = codes[str(row["discount_id"])]
    return _facts(found)


def of_the_warehouse(settings: Settings) -> Facts:
    """The same as they landed."""
    landed = content(settings)
    return _facts(
        {
            name: {
                k: row
                for k, row in rows.items()
                if row["deleted_at"] is None and row["_hard_deleted_at"] is None
            }
            for name, rows in landed.items()
        }
    )


def _facts(found: Mapping[str, Mapping[str, Row]]) -> Facts:
    orders = found["orders"]
    discounts: dict[Any, Decimal] = defaultdict(Decimal)
    for row in found["order_item_discounts"].values():
        if row["approved"] and row["discount_amount"]:
            of = (str(row["order_item_id"]), str(row["discount_id"]))
            discounts[of] += _plain(row["discount_amount"])
    return {
        "orders": {
            k: (
                *(_plain(row[c]) for c in ORDER),
                *(_plain(row[c] or 0) for c in WHOLE),
                _state(found, row["region_id"]),
                str(row["customer_id"]),
            )
            for k, row in orders.items()
        },
        "order_items": {
            k: tuple(str(row[c]) if c.endswith("_id") else _plain(row[c]) for c in LINE)
            for k, row in found["order_items"].items()
        },
        "order_item_discounts": {k: (v,) for k, v in discounts.items()},
    }


def _state(found: Mapping[str, Mapping[str, Row]], region: object) -> object:
    row = found["regions"].get(str(region))
    return row and row["state"]


def _plain(value: Any) -> Any:
    if isinstance(value, int | Decimal):
        return Decimal(value).quantize(Decimal("0.0001"))
    # A shop keeps no parts of seconds.
    return value.replace(microsecond=0) if hasattr(value, "microsecond") else value
