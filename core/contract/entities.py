"""The landing contract: what every source, ours or foreign, must look like in ``staging``.

Derived from :mod:`core.contract.tables`, so that a column is defined once. Two things differ from
the sample OLTP: keys are text, because foreign databases have numbers, codes or hashes for keys,
and money is DECIMAL(18, 4), because they bring four decimals.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from core.contract import tables

KEY_LENGTH = 128
MONEY = pa.decimal128(18, 4)

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
    """Its own or another entity's: never changed at landing."""


_LENGTH = b"length"
QUARANTINE = "_quarantine"
HARD_DELETED_AT = "_hard_deleted_at"
# What the loader itself says of a row: why values of it did not fit and are null, and since when
# (UTC) the source has it no more.
TECHNICAL = (
    Column(QUARANTINE, pa.string(), required=False),
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
    if column.primary_key or column.foreign_keys:
        return Column(column.name, pa.string(), required, KEY_LENGTH, is_key=True)
    match column.type:
        case sa.Unicode(length=length):
            return Column(column.name, pa.string(), required, length)
        case sa.Numeric():
            return Column(column.name, MONEY, required)
        case sa.Boolean():
            return Column(column.name, pa.bool_(), required)
        case sa.Integer():
            return Column(column.name, pa.int64(), required)
        case sa.DateTime():
            return Column(column.name, pa.timestamp("us"), required)
        case sa.Date():
            return Column(column.name, pa.date32(), required)
    raise TypeError(f"{column} has no landing type")


def _entity(table: sa.Table) -> Entity:
    (key,) = table.primary_key.columns
    columns = tuple(_column(table, c) for c in table.columns)
    return Entity(table.name, key.name, columns, _MONTH.get(table.name))


ENTITIES: dict[str, Entity] = {t.name: _entity(t) for t in tables.metadata.sorted_tables}
