"""The sample company as a WooCommerce shop, so that its mapping must give the company back."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.contract import tables
from seeds_oltp.shops import woocommerce_tables as woo

Row = Mapping[str, Any]

STATUSES = {
    "Pendente": "wc-pending",
    "Pago": "wc-processing",
    "Faturado": "wc-ready-for-pickup",
    # WooCommerce knows no order on its way: a plugin's status, which the mapping must be told.
    "Enviado": "wc-shipped",
    "Entregue": "wc-completed",
    "Cancelado": "wc-cancelled",
    "Devolvido": "wc-refunded",
}
UTC_OFFSET = timedelta(hours=-3)
OPTIONS = {
    "woocommerce_version": "10.4.0",
    "woocommerce_currency": "BRL",
    "woocommerce_custom_orders_table_enabled": "yes",
    "timezone_string": "America/Sao_Paulo",
}
# Coupons stand among the posts, after the products.
_COUPONS = 10_000_000
_REFUNDS = 100_000_000
_CHUNK = 5_000


def create(company: sa.URL | str, shop: sa.URL) -> None:
    """Make the shop's tables, and fill them from the company's database."""
    with tables.engine(company).connect() as connection:
        found: dict[str, list[Row]] = {
            t.name: [
                dict(row._mapping)
                for row in connection.execute(sa.select(t).order_by(*t.primary_key.columns))
            ]
            for t in tables.metadata.sorted_tables
        }
    engine = sa.create_engine(shop, poolclass=sa.NullPool)
    with engine.begin() as connection:
        woo.metadata.create_all(connection)
        options = [{"option_name": n, "option_value": v} for n, v in OPTIONS.items()]
        insert(connection, woo.options, options)
        for table, rows in [*_catalogue(found), *_people(found), *_orders(found), *_items(found)]:
            insert(connection, table, rows)


def insert(connection: sa.Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    """Add rows, some at a time."""
    every = list(rows)
    for start in range(0, len(every), _CHUNK):
        connection.execute(table.insert(), every[start : start + _CHUNK])


def utc(local: datetime | None) -> datetime | None:
    """A local time as the shop keeps it."""
    return None if local is None else local - UTC_OFFSET


def meta(of: str, key: int, values: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    """Rows of a table of attributes; what is None has none."""
    for name, value in values.items():
        if value is not None:
            yield {of: key, "meta_key": name, "meta_value": str(value)}


def _catalogue(found: Mapping[str, list[Row]]) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    # What was deleted is in the shop no more, but its name in the lines that sold it.
    products, coupons = _kept(found["products"]), _kept(found["discount_campaigns"])
    yield woo.posts, [
        _post(p["product_id"], p["product_name"], "product", p["updated_at"], p["product_status"])
        for p in products
    ] + [
        _post(_COUPONS + c["discount_id"], c["discount_code"].lower(), "shop_coupon",
              c["updated_at"], "Ativo" if c["is_active"] else "Inativo")
        for c in coupons
    ]  # fmt: skip
    attributes: list[dict[str, Any]] = []
    for p in products:
        attributes += meta("post_id", p["product_id"], {
            "_sku": p["sku"], "_regular_price": p["list_price"], "_price": p["list_price"],
            "_cogs_total_value": p["cost_price"], "_weight": p["weight_kg"],
        })  # fmt: skip
    for c in coupons:
        percent = c["discount_method"] == "Percentual"
        attributes += meta("post_id", _COUPONS + c["discount_id"], {
            "discount_type": "percent" if percent else "fixed_cart",
            "coupon_amount": c["discount_value"], "minimum_amount": c["min_order_value"],
            "usage_limit": c["max_uses_total"], "usage_limit_per_user": c["max_uses_per_customer"],
            "free_shipping": "yes" if c["discount_method"] == "Frete Gratis" else "no",
            "individual_use": "no" if c["is_stackable"] else "yes",
        })  # fmt: skip
    yield woo.post_meta, attributes
    yield from _categories(products)


def _categories(products: list[Row]) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    """Main categories first: a product in one and its part has the part alone."""
    numbers: dict[tuple[str, str | None], int] = {}
    for p in products:
        for name in ((p["category_name"], None), (p["category_name"], p["subcategory_name"])):
            numbers.setdefault(name, len(numbers) + 1)
    yield (
        woo.terms,
        [
            {"term_id": n, "name": part or main, "slug": f"c{n}"}
            for (main, part), n in numbers.items()
        ],
    )
    yield woo.taxonomies, [
        {"term_taxonomy_id": n, "term_id": n, "taxonomy": "product_cat",
         "parent": numbers[(main, None)] if part else 0}
        for (main, part), n in numbers.items()
    ]  # fmt: skip
    yield woo.relationships, [
        {"object_id": p["product_id"],
         "term_taxonomy_id": numbers[(p["category_name"], p["subcategory_name"])]}
        for p in products
    ]  # fmt: skip


def _post(key: int, title: str, kind: str, at: datetime, status: str) -> dict[str, Any]:
    return {
        "ID": key, "post_date_gmt": at, "post_modified_gmt": at, "post_title": title,
        "post_excerpt": "", "post_type": kind,
        "post_status": "publish" if status == "Ativo" else "draft",
    }  # fmt: skip


def _people(found: Mapping[str, list[Row]]) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    yield woo.users, [
        {"ID": c["customer_id"], "user_login": f"u{c['customer_id']}", "user_email": c["email"],
         "user_registered": utc(datetime.combine(c["first_signup_date"], datetime.min.time())),
         "display_name": c["full_name"]}
        for c in found["customers"]
    ]  # fmt: skip


def _orders(found: Mapping[str, list[Row]]) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    people = {c["customer_id"]: c for c in found["customers"]}
    regions = {r["region_id"]: r for r in found["regions"]}
    net: dict[int, Decimal] = defaultdict(Decimal)
    discount: dict[int, Decimal] = defaultdict(Decimal)
    touched: dict[int, list[datetime]] = defaultdict(list)
    for item in _kept(found["order_items"]):
        net[item["order_id"]] += item["net_amount"]
        discount[item["order_id"]] += item["discount_amount"]
        touched[item["order_id"]].append(item["updated_at"])
    rows, details = [], []
    where: list[dict[str, Any]] = []
    more: list[dict[str, Any]] = []
    for o in _kept(found["orders"]):
        key, person = o["order_id"], people[o["customer_id"]]
        rows.append({
            "id": key, "status": STATUSES[o["order_status"]], "currency": "BRL",
            "type": "shop_order", "tax_amount": o["tax_amount"] or 0,
            "total_amount": net[key] if o["total_amount"] is None else o["total_amount"],
            "customer_id": o["customer_id"], "billing_email": person["email"],
            "date_created_gmt": utc(o["order_date"]),
            # An order is saved whenever something of it is.
            "date_updated_gmt": max([o["updated_at"], *touched[key]]), "parent_order_id": 0,
        })  # fmt: skip
        details.append({
            "order_id": key, "created_via": o["sales_channel"], "prices_include_tax": 0,
            "date_paid_gmt": utc(o["approved_at"]), "date_completed_gmt": utc(o["delivered_at"]),
            "shipping_total_amount": (o["shipping_amount"] or 0)
            - (o["shipping_discount_amount"] or 0),
            "shipping_tax_amount": 0, "discount_tax_amount": 0,
            "discount_total_amount": discount[key],
        })  # fmt: skip
        where += _addresses(key, person, regions.get(o["region_id"]))
        more += meta("order_id", key, {
            "_order_number": o["order_number"], _document(person): person["document_number"],
        })  # fmt: skip
    yield woo.orders, rows
    yield woo.operational, details
    yield woo.addresses, where
    yield woo.orders_meta, more


def _document(person: Row) -> str:
    return "_billing_cnpj" if person["segment"] == "Pessoa Juridica" else "_billing_cpf"


def _addresses(order: int, person: Row, region: Row | None) -> Iterator[dict[str, Any]]:
    yield {
        "order_id": order, "address_type": "billing", "first_name": person["full_name"],
        "last_name": "", "address_1": person["address_line"], "city": person["city"],
        "state": person["state"], "postcode": person["zip_code"], "country": "BR",
        "email": person["email"], "phone": person["phone"],
    }  # fmt: skip
    yield {
        "order_id": order, "address_type": "shipping", "first_name": person["full_name"],
        "last_name": "", "address_1": person["address_line"],
        "city": region and region["city"], "state": region and region["state"],
        "postcode": person["zip_code"], "country": "BR" if region else "",
        "email": None, "phone": None,
    }  # fmt: skip


def _items(found: Mapping[str, list[Row]]) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    products = {p["product_id"]: p["product_name"] for p in found["products"]}
    last = max((i["order_item_id"] for i in found["order_items"]), default=0)
    lines, refunds = [], []
    attributes: list[dict[str, Any]] = []
    for item in _kept(found["order_items"]):
        key, order = item["order_item_id"], item["order_id"]
        name = products[item["product_id"]]
        lines.append(line(key, order, name))
        attributes += meta("order_item_id", key, {
            "_product_id": item["product_id"], "_variation_id": 0, "_qty": item["quantity"],
            "_line_subtotal": item["gross_amount"], "_line_total": item["net_amount"],
            "_line_tax": item["tax_amount"] or 0, "_cogs_value": item["cost_amount"],
        })  # fmt: skip
        if item["return_quantity"] or item["returned_amount"]:
            last += 1
            refunds.append(refund(_REFUNDS + key, order, item["returned_amount"],
                                  item["updated_at"]))  # fmt: skip
            lines.append(line(last, _REFUNDS + key, name))
            attributes += meta("order_item_id", last, {
                "_refunded_item_id": key, "_product_id": item["product_id"],
                "_qty": -item["return_quantity"], "_line_total": -item["returned_amount"],
            })  # fmt: skip
    for o in _kept(found["orders"]):
        if o["other_amount"]:
            last += 1
            lines.append(line(last, o["order_id"], "Fee", "fee"))
            attributes += meta("order_item_id", last, {"_line_total": o["other_amount"]})
    for coupon, (order, code, given) in enumerate(_coupons(found), last + 1):
        lines.append(line(coupon, order, code, "coupon"))
        attributes += meta("order_item_id", coupon, {
            "discount_amount": given, "discount_amount_tax": 0,
        })  # fmt: skip
    yield woo.items, lines
    yield woo.item_meta, attributes
    yield woo.orders, refunds


def _kept(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["deleted_at"] is None]


def _coupons(found: Mapping[str, list[Row]]) -> Iterator[tuple[int, str, Decimal]]:
    """What each coupon took off each order."""
    codes = {c["discount_id"]: c["discount_code"].lower() for c in found["discount_campaigns"]}
    given: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for d in found["order_item_discounts"]:
        if d["approved"] and d["deleted_at"] is None:
            given[d["order_id"], d["discount_id"]] += d["discount_amount"]
    for (order, discount), amount in given.items():
        yield order, codes[discount], amount


def line(key: int, order: int, name: str, kind: str = "line_item") -> dict[str, Any]:
    """A part of an order: a line, coupon, fee or freight."""
    return {
        "order_item_id": key, "order_id": order, "order_item_name": name, "order_item_type": kind,
    }  # fmt: skip


def refund(key: int, order: int, amount: Decimal, at: datetime) -> dict[str, Any]:
    """A refund, which is an order of its own."""
    return {
        "id": key, "status": "wc-completed", "currency": "BRL", "type": "shop_order_refund",
        "tax_amount": 0, "total_amount": -amount, "customer_id": 0, "billing_email": None,
        "date_created_gmt": at, "date_updated_gmt": at, "parent_order_id": order,
    }  # fmt: skip
