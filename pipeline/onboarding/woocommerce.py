"""WooCommerce: what a shop tells of itself, in its options and its orders."""

import sqlalchemy as sa

from core.clock import standard_hours
from core.errors import UsageError
from pipeline.onboarding.platforms import Found, Platform

# Those that the mapping translates, and carts, which it leaves out.
KNOWN = {
    "wc-pending",
    "wc-on-hold",
    "wc-processing",
    "wc-ready-for-pickup",
    "wc-completed",
    "wc-refunded",
    "wc-cancelled",
    "wc-failed",
    "trash",
    "wc-checkout-draft",
    "auto-draft",
    "draft",
    "new",
}
_OPTIONS = (
    "woocommerce_version",
    "woocommerce_currency",
    "timezone_string",
    "gmt_offset",
    "woocommerce_custom_orders_table_enabled",
)


def look(connection: sa.Connection, prefix: str) -> Found:
    """The shop whose tables begin with the prefix. Raises UsageError for orders kept as posts."""
    options = _options(connection, prefix)
    kind, status, currency = (sa.column(c, sa.String) for c in ("type", "status", "currency"))
    orders = sa.table(f"{prefix}wc_orders", kind, status, currency)
    is_order = kind == "shop_order"
    by_status = _counts(connection, orders, status, is_order)
    if options.get("woocommerce_custom_orders_table_enabled") == "no" or not by_status:
        raise UsageError(
            f"the orders of {prefix or 'this shop'} are not in {prefix}wc_orders: switch on"
            " high-performance order storage (WooCommerce, Settings, Advanced, Features),"
            " which copies those that are posts, then run this again"
        )
    by_currency = _counts(connection, orders, currency, is_order)
    base = options.get("woocommerce_currency") or max(by_currency, key=lambda c: by_currency[c])
    others = {c: n for c, n in by_currency.items() if c != base}
    told = ", ".join(f"{n} in {c or 'none'}" for c, n in others.items())
    return Found(
        platform="woocommerce",
        version=options.get("woocommerce_version", "unknown"),
        variables={"prefix": prefix, "currency": base, "utc_offset_hours": _offset(options)},
        statuses={s: n for s, n in by_status.items() if s not in KNOWN},
        notes=(f"orders in another currency than {base} do not land: {told}",) if others else (),
    )


def _options(connection: sa.Connection, prefix: str) -> dict[str, str]:
    name, value = (sa.column(c, sa.String) for c in ("option_name", "option_value"))
    table = sa.table(f"{prefix}options", name, value)
    rows = connection.execute(sa.select(name, value).select_from(table).where(name.in_(_OPTIONS)))
    return {str(row[0]): str(row[1]) for row in rows}


def _counts(
    connection: sa.Connection,
    table: sa.TableClause,
    column: sa.ColumnClause[str],
    where: sa.ColumnElement[bool],
) -> dict[str, int]:
    select = sa.select(column, sa.func.count()).select_from(table).where(where).group_by(column)
    return {str(row[0] or ""): row[1] for row in connection.execute(select.order_by(column))}


def _offset(options: dict[str, str]) -> float | int:
    """Hours from UTC, without summer time."""
    hours = standard_hours(options.get("timezone_string", ""))
    if hours is None:
        hours = float(options.get("gmt_offset") or 0)
    return int(hours) if hours == int(hours) else hours


PLATFORM = Platform(("wc_orders", "woocommerce_order_items", "options"), look)
