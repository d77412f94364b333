"""WooCommerce's own tables, as far as a mapping reads them: names, types and keys."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import BIGINT, DATETIME, DECIMAL, INTEGER, LONGTEXT, TEXT, TINYINT

PREFIX = "wp_"
metadata = sa.MetaData()
_Id = BIGINT(unsigned=True)
_Money = DECIMAL(26, 8)


def _table(name: str, key: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(
        PREFIX + name,
        metadata,
        sa.Column(key, _Id, primary_key=True, autoincrement=True),
        *columns,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_520_ci",
    )


def _text(name: str, size: int, *, index: bool = False) -> sa.Column[Any]:
    kind = sa.String(size)
    return sa.Column(name, kind, nullable=False, server_default="", index=index)


def _meta(name: str, of: str, key: str = "meta_id") -> sa.Table:
    return _table(
        name,
        key,
        sa.Column(of, _Id, nullable=False, index=True),
        sa.Column("meta_key", sa.String(255)),
        sa.Column("meta_value", LONGTEXT),
    )


orders = _table(
    "wc_orders",
    "id",
    sa.Column("status", sa.String(20)),
    sa.Column("currency", sa.String(10)),
    sa.Column("type", sa.String(20)),
    sa.Column("tax_amount", _Money),
    sa.Column("total_amount", _Money),
    sa.Column("customer_id", _Id),
    sa.Column("billing_email", sa.String(320)),
    sa.Column("date_created_gmt", DATETIME),
    sa.Column("date_updated_gmt", DATETIME, index=True),
    sa.Column("parent_order_id", _Id, index=True),
    sa.Column("payment_method", sa.String(100)),
    sa.Column("payment_method_title", TEXT),
    sa.Column("transaction_id", sa.String(100)),
)
addresses = _table(
    "wc_order_addresses",
    "id",
    sa.Column("order_id", _Id, nullable=False, index=True),
    sa.Column("address_type", sa.String(20)),
    *(
        sa.Column(name, TEXT)
        for name in (
            "first_name", "last_name", "company", "address_1", "address_2",
            "city", "state", "postcode", "country",
        )
    ),
    sa.Column("email", sa.String(320)),
    sa.Column("phone", sa.String(100)),
)  # fmt: skip
operational = _table(
    "wc_order_operational_data",
    "id",
    sa.Column("order_id", _Id, unique=True),
    sa.Column("created_via", sa.String(100)),
    sa.Column("prices_include_tax", TINYINT(1)),
    sa.Column("date_paid_gmt", DATETIME),
    sa.Column("date_completed_gmt", DATETIME),
    sa.Column("shipping_tax_amount", _Money),
    sa.Column("shipping_total_amount", _Money),
    sa.Column("discount_tax_amount", _Money),
    sa.Column("discount_total_amount", _Money),
)
orders_meta = _meta("wc_orders_meta", "order_id", "id")
items = _table(
    "woocommerce_order_items",
    "order_item_id",
    sa.Column("order_item_name", TEXT, nullable=False),
    _text("order_item_type", 200),
    sa.Column("order_id", _Id, nullable=False, index=True),
)
item_meta = _meta("woocommerce_order_itemmeta", "order_item_id")
posts = _table(
    "posts",
    "ID",
    sa.Column("post_author", _Id, nullable=False, server_default="0"),
    # A draft's is a zero date.
    sa.Column("post_date_gmt", DATETIME, nullable=False),
    sa.Column("post_title", TEXT, nullable=False),
    sa.Column("post_excerpt", TEXT, nullable=False),
    _text("post_status", 20),
    sa.Column("post_modified_gmt", DATETIME, nullable=False),
    sa.Column("post_parent", _Id, nullable=False, server_default="0"),
    _text("post_type", 20, index=True),
)
post_meta = _meta("postmeta", "post_id")
users = _table(
    "users",
    "ID",
    _text("user_login", 60),
    _text("user_email", 100, index=True),
    sa.Column("user_registered", DATETIME, nullable=False),
    _text("display_name", 250),
)
options = _table(
    "options", "option_id", _text("option_name", 191), sa.Column("option_value", LONGTEXT)
)
terms = _table("terms", "term_id", _text("name", 200), _text("slug", 200))
taxonomies = _table(
    "term_taxonomy",
    "term_taxonomy_id",
    sa.Column("term_id", _Id, nullable=False, server_default="0"),
    _text("taxonomy", 32),
    sa.Column("parent", _Id, nullable=False, server_default="0"),
)
relationships = sa.Table(
    PREFIX + "term_relationships",
    metadata,
    sa.Column("object_id", _Id, primary_key=True, autoincrement=False),
    sa.Column("term_taxonomy_id", _Id, primary_key=True, autoincrement=False),
    sa.Column("term_order", INTEGER, nullable=False, server_default="0"),
    mysql_engine="InnoDB",
)
