"""The landing contract: what every source, ours or foreign, must look like in ``staging``.

Derived from :mod:`core.contract.tables`, so that a column is defined once. What differs from
the sample OLTP: keys are text, because foreign databases have numbers, codes or hashes for keys;
money is DECIMAL(18, 4), because they bring four decimals, and rates have nine; quantities have four
too, because some sell by weight; and texts are wider, because real names are.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from core.contract import tables

KEY_LENGTH = 128
MONEY = pa.decimal128(18, 4)
RATE = pa.decimal128(18, 9)
# No name that people use is longer; what is lands as null, since cut it would be another's name.
TEXT_LENGTH = 255
LONG_TEXT_LENGTH = 4_000
_LONG_TEXTS = {"description", "short_description"}
_QUANTITIES = {"quantity", "return_quantity", "target_quantity", "realized_quantity"}

# What a row cannot do without, beyond its key. All else may be absent at the source: it lands
# as null, and the feature gates tell users what their data cannot answer.
_REQUIRED = {
    "orders": {"order_number", "order_status", "order_date"},
    "order_items": {
        "order_id",
        "product_id",
        "quantity",
        "unit_price",
        "gross_amount",
        "discount_amount",
        "net_amount",
    },
    "order_item_discounts": {
        "order_item_id",
        "discount_id",
        "discount_amount",
        "base_amount",
        "final_amount",
        "approved",
    },
    "seller_targets_monthly": {"seller_id", "target_month", "target_amount", "period_type"},
}


# Of the required, what a row does without once in a while, and stays: it is no key, date, status
# or amount.
_NOT_DECISIVE = {"order_number"}

# Amounts of which a mapping gives any two: the first less the second is the third.
BALANCES = {
    "order_items": ("gross_amount", "discount_amount", "net_amount"),
    "order_item_discounts": ("base_amount", "discount_amount", "final_amount"),
}

# What gives an entity's rows their month: a date of their own, or their order's.
_MONTH = {
    "orders": "order_date",
    "order_items": "order_id",
    "order_item_discounts": "order_id",
    "seller_targets_monthly": "target_month",
}


@dataclass(frozen=True)
class Column:
    """A column of an entity: its Arrow type in staging, and the length of a text."""

    name: str
    type: pa.DataType
    required: bool
    length: int | None = None
    is_key: bool = False
    """Its own or another entity's: never cut at landing."""
    names: str | None = None
    """The entity whose key it is, if it is one."""
    decides: bool = False
    """A row whose value cannot be believed waits; of another column the value alone is left out."""


_LENGTH = b"length"
QUARANTINE = "_quarantine"
ODD_VALUES = "_odd_values"
HARD_DELETED_AT = "_hard_deleted_at"
# What the loader itself says of a row: why it cannot be believed and waits, which other values of
# it did not fit and are null, and since when (UTC) the source has it no more.
TECHNICAL = (
    Column(QUARANTINE, pa.string(), required=False),
    Column(ODD_VALUES, pa.string(), required=False),
    Column(HARD_DELETED_AT, pa.timestamp("us"), required=False),
)


def arrow_schema(key: str, columns: tuple[Column, ...]) -> pa.Schema:
    """The schema that columns land with; only the key is never null, odd values become so."""
    return pa.schema(
        [
            text(c.name, c.length, nullable=c.name != key)
            if c.length
            else pa.field(c.name, c.type, c.name != key)
            for c in columns + TECHNICAL
        ]
    )


def text(name: str, length: int, *, nullable: bool = True) -> pa.Field:
    """A column of texts of at most ``length`` characters, which some databases must know."""
    return pa.field(name, pa.string(), nullable, {_LENGTH: str(length)})


def text_length(field: pa.Field) -> int | None:
    """The length of a column that :func:`text` made."""
    length = (field.metadata or {}).get(_LENGTH)
    return None if length is None else int(length)


@dataclass(frozen=True)
class Entity:
    """One of the eleven tables of the contract; ``key`` names its primary key column."""

    name: str
    key: str
    columns: tuple[Column, ...]
    month: str | None
    """The column of the date that rows belong to a month by; ``order_id``: by their order's."""

    @property
    def arrow_schema(self) -> pa.Schema:
        """The landed columns with their types, in order."""
        return arrow_schema(self.key, self.columns)


def _column(table: sa.Table, column: sa.Column[Any]) -> Column:
    required = column.primary_key or column.name in _REQUIRED.get(table.name, set())
    decides = required and column.name not in _NOT_DECISIVE
    typed = partial(Column, column.name, required=required, decides=decides)
    if column.primary_key or column.foreign_keys:
        parents = [key.target_fullname.split(".")[-2] for key in column.foreign_keys]
        named = parents[0] if parents else table.name
        return typed(pa.string(), length=KEY_LENGTH, is_key=True, names=named)
    match column.type:
        case sa.Unicode():
            length = LONG_TEXT_LENGTH if column.name in _LONG_TEXTS else TEXT_LENGTH
            return typed(pa.string(), length=length)
        case sa.Integer() if column.name in _QUANTITIES:
            return typed(MONEY)
        case sa.Numeric() if column.type is tables.Rate:
            return typed(RATE)
        case sa.Numeric():
            return typed(MONEY)
        case sa.Boolean():
            return typed(pa.bool_())
        case sa.Integer():
            return typed(pa.int64())
        case sa.DateTime():
            return typed(pa.timestamp("us"))
        case sa.Date():
            return typed(pa.date32())
    raise TypeError(f"{column} has no landing type")


def _entity(table: sa.Table) -> Entity:
    (key,) = table.primary_key.columns
    columns = tuple(_column(table, c) for c in table.columns)
    return Entity(table.name, key.name, columns, _MONTH.get(table.name))


ENTITIES: dict[str, Entity] = {t.name: _entity(t) for t in tables.metadata.sorted_tables}
