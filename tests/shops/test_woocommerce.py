"""WooCommerce with its order tables: the sample company comes back, odd orders come right."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from core.settings import Settings
from loader.load import load
from seeds_oltp.shops import woocommerce
from seeds_oltp.shops import woocommerce_tables as woo
from seeds_oltp.shops.woocommerce import insert, line, meta, refund
from tests.loader.staging import Row, content, rows
from tests.shops.comparing import of_the_company, of_the_warehouse

AT = datetime(2025, 3, 1, 12, 0)
OWN = "mapping: woocommerce\nvariables: {statuses: {wc-shipped: Enviado}}\n"


def _settings(folder: Path, url: sa.URL) -> Settings:
    own = folder / "own.yml"
    own.write_text(OWN, encoding="utf-8")
    secret = SecretStr(url.render_as_string(hide_password=False))
    return Settings(data_dir=folder, oltp_url=secret, source=str(own))


class Shop:
    """An empty shop, filled by hand."""

    def __init__(self, url: sa.URL) -> None:
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        with self.engine.begin() as connection:
            # WordPress allows zero dates.
            woo.metadata.create_all(connection)
        self._next = 1000

    def add(self, table: sa.Table, *values: Mapping[str, Any]) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql("set session sql_mode = ''")
            for one in values:
                insert(connection, table, [dict(one)])

    def run(self, statement: str) -> Any:
        with self.engine.begin() as connection:
            return connection.exec_driver_sql(statement)

    def order(self, key: int, *lines: tuple[object, object, object], **values: Any) -> list[int]:
        """An order whose lines are (quantity, subtotal, total); their keys."""
        goods = sum(Decimal(str(total or 0)) for _, _, total in lines)
        self.add(woo.orders, {
            "id": key, "status": "wc-completed", "currency": "BRL", "type": "shop_order",
            "total_amount": goods, "tax_amount": 0, "customer_id": 0, "parent_order_id": 0,
            "billing_email": "a@example.com", "date_created_gmt": AT, "date_updated_gmt": AT,
        } | values)  # fmt: skip
        return [
            self.item(key, "line_item", _product_id=1, _variation_id="", _qty=quantity,
                      _line_subtotal=subtotal, _line_total=total)
            for quantity, subtotal, total in lines
        ]  # fmt: skip

    def item(self, order: int, kind: str, name: str = "x", **attributes: object) -> int:
        self._next += 1
        self.add(woo.items, line(self._next, order, name, kind))
        self.add(woo.item_meta, *meta("order_item_id", self._next, attributes))
        return self._next

    def refund(self, key: int, order: int, amount: str) -> None:
        self.add(woo.orders, refund(key, order, Decimal(amount), AT))


@pytest.fixture
def shop(new_database: Callable[[str], sa.URL]) -> Shop:
    return Shop(new_database("woo"))


@pytest.fixture
def settings(shop: Shop, tmp_path: Path) -> Settings:
    return _settings(tmp_path, shop.engine.url)


def _lines(settings: Settings, order: int, column: str) -> list[Decimal]:
    found = rows(
        settings,
        f"select {column} from staging.order_items where order_id = '{order}'"
        " and _hard_deleted_at is null order by item_number",
    )
    return [row[column] for row in found]


def _order(settings: Settings, key: int) -> Row:
    return content(settings)["orders"][str(key)]


def test_the_sample_company_comes_back(
    sample: sa.URL, new_database: Callable[[str], sa.URL], tmp_path: Path
) -> None:
    url = new_database("woo_sample")
    woocommerce.create(sample, url)
    settings = _settings(tmp_path, url)
    load(settings)
    company, warehouse = of_the_company(sample), of_the_warehouse(settings)
    assert len(company["orders"]) > 250
    assert warehouse == company
    # The shop's own formula for what was sold, on its own tables.
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        net = connection.exec_driver_sql(
            "select sum(cast(m.meta_value as decimal(26, 8))) from wp_wc_orders o"
            " join wp_woocommerce_order_items i on i.order_id = o.id"
            " join wp_woocommerce_order_itemmeta m on m.order_item_id = i.order_item_id"
            " where o.type = 'shop_order' and i.order_item_type = 'line_item'"
            " and m.meta_key = '_line_total'"
            " and o.status not in ('wc-pending', 'wc-failed', 'wc-cancelled')"
        ).scalar_one()
    (ours,) = rows(
        settings,
        "select sum(net_amount) as net from staging.order_items join staging.orders"
        " using (order_id) where order_status not in ('Pendente', 'Cancelado')",
    )
    assert ours["net"] == net
    assert load(settings).load_id is None


def test_discounts_by_hand_are_spread_to_the_last_decimal(shop: Shop, settings: Settings) -> None:
    shop.order(1, (1, 20, 20), (1, 20, 20), (1, 20, 20))
    shop.item(1, "fee", _line_total="-10.00")
    shop.order(2, (1, 30, 30), (1, 0, 0))
    shop.item(2, "fee", _line_total="-10.00")
    # More than the goods: the rest takes off freight, which is no line's.
    shop.order(3, (1, 30, 25))
    shop.item(3, "fee", _line_total="-50.00")
    shop.item(3, "fee", _line_total="4.00")
    load(settings)
    spread = _lines(settings, 1, "discount_amount")
    assert spread == [Decimal("3.3333"), Decimal("3.3334"), Decimal("3.3333")]
    assert _lines(settings, 2, "discount_amount") == [Decimal(10), Decimal(0)]
    assert _lines(settings, 3, "net_amount") == [Decimal(0)]
    assert _lines(settings, 3, "discount_amount") == [Decimal(30)]
    # 25 of goods, 4 for wrapping, 50 off: 25 off the goods, the other 25 off the rest.
    assert _order(settings, 3)["other_amount"] == Decimal(4 - 25)


def test_orders_add_up_to_the_shops_own_total(shop: Shop, settings: Settings) -> None:
    shop.order(1, (1, 100, 90), (1, 50, 50), total_amount="169.5", tax_amount="14.5")
    shop.item(1, "fee", _line_total="-10", _line_tax="-1")
    shop.item(1, "fee", _line_total="5", _line_tax="0.5")
    shop.add(woo.operational, {"order_id": 1, "shipping_total_amount": 20})
    load(settings)
    order = _order(settings, 1)
    assert sum(_lines(settings, 1, "net_amount")) == Decimal(130)
    assert order["total_amount"] == Decimal("169.5")
    parts = ("shipping_amount", "tax_amount", "other_amount")
    assert [order[part] for part in parts] == [Decimal(20), Decimal("14.5"), Decimal(5)]
    assert order["total_amount"] == Decimal(130) + sum(order[part] for part in parts)


def test_coupons_share_what_they_took_off(shop: Shop, settings: Settings) -> None:
    first, second = shop.order(1, (1, 30, "21.3333"), (1, 60, "51.3334"))
    one = shop.item(1, "coupon", "Deleted10", discount_amount="10.00")
    two = shop.item(1, "coupon", "free5", discount_amount="7.3333")
    load(settings)
    found = content(settings)
    given = {k: row["discount_amount"] for k, row in found["order_item_discounts"].items()}
    assert given.keys() == {f"{i}-{c}" for i in (first, second) for c in (one, two)}
    for item, total in ((first, "8.6667"), (second, "8.6666")):
        assert given[f"{item}-{one}"] + given[f"{item}-{two}"] == Decimal(total)
    # No coupon of these names is there any more.
    assert {"deleted10", "free5"} <= found["discount_campaigns"].keys()


def test_refunds_give_back_what_is_of_goods(shop: Shop, settings: Settings) -> None:
    (partly,) = shop.order(1, (3, 90, 90), total_amount=105)
    for key, quantity in ((101, 1), (102, 1)):
        shop.refund(key, 1, "30.00")
        shop.item(key, "line_item", _refunded_item_id=partly, _qty=-quantity, _line_total="-30.00")
    shop.order(2, (1, 90, 90), total_amount=105)
    shop.refund(201, 2, "15.00")
    shop.item(201, "shipping", cost="-15.00")
    # All of it, without lines, as setting the status does; freight is in it.
    shop.order(3, (1, 50, 50), (1, 40, 40), total_amount=105, status="wc-refunded")
    shop.refund(301, 3, "105.00")
    # A line, then all the rest without lines.
    first, _ = shop.order(4, (1, 50, 50), (2, 40, 40), total_amount=105)
    shop.refund(401, 4, "50.00")
    shop.item(401, "line_item", _refunded_item_id=first, _qty=-1, _line_total="-50.00")
    shop.refund(402, 4, "55.00")
    load(settings)
    assert _lines(settings, 1, "returned_amount") == [Decimal(60)]
    assert _lines(settings, 1, "return_quantity") == [Decimal(2)]
    assert _lines(settings, 2, "returned_amount") == [Decimal(0)]
    assert _lines(settings, 3, "returned_amount") == [Decimal(50), Decimal(40)]
    assert _order(settings, 3)["order_status"] == "Devolvido"
    assert _lines(settings, 4, "returned_amount") == [Decimal(50), Decimal(40)]


def test_who_a_guest_is(shop: Shop, settings: Settings) -> None:
    shop.add(woo.users, {"ID": 5, "user_email": "Rui@example.com", "user_registered": "0000-00-00"})
    shop.order(1, (1, 1, 1), billing_email="ana@example.com")
    shop.order(2, (1, 1, 1), billing_email=" ANA@example.com")
    shop.order(3, (1, 1, 1), billing_email="rui@example.com")
    shop.order(4, (1, 1, 1), billing_email="other@example.com", customer_id=5)
    shop.order(5, (1, 1, 1), billing_email="")
    shop.add(woo.orders_meta, *meta("order_id", 4, {"_billing_cnpj": "12.345.678/0001-95"}))
    load(settings)
    found = content(settings)
    of = {k: row["customer_id"] for k, row in found["orders"].items()}
    assert of["1"] == of["2"] and of["3"] == of["4"] == "5" and of["5"] is None
    # A key that is an address lands as a pseudonym.
    assert "@" not in str(of["1"])
    assert found["customers"].keys() == {of["1"], "5"}
    assert found["customers"]["5"]["segment"] == "Pessoa Juridica"
    assert found["customers"]["5"]["first_signup_date"] is None


def test_what_is_no_order_does_not_land(shop: Shop, settings: Settings) -> None:
    for key, status in enumerate(("wc-checkout-draft", "auto-draft", "draft", "new"), 1):
        shop.order(key, (1, 1, 1), status=status)
    shop.order(10, (1, 1, 1), currency="USD")
    shop.order(11, (1, 1, 1), status="trash")
    shop.order(12, (1, 1, 1), status="wc-shipped")
    shop.order(13, (1, 1, 1), status="wc-invented")
    shop.order(14, (1, 1, 1), status="wc-cancelled")
    load(settings)
    found = content(settings)["orders"]
    assert found.keys() == {"11", "12", "13", "14"}
    assert found["11"]["deleted_at"] == AT
    assert found["12"]["order_status"] == "Enviado"
    # Waits in quarantine, and is told, until the mapping knows it.
    assert found["13"]["order_status"] == "wc-invented"


def test_odd_values(shop: Shop, settings: Settings) -> None:
    shop.order(1, ("1.5", "15.00000000", "15.00000000"), (2, 10, 10),
               date_created_gmt=datetime(2025, 4, 1, 2, 30))  # fmt: skip
    shop.add(
        woo.operational,
        {"order_id": 1, "date_paid_gmt": "0000-00-00", "date_completed_gmt": "2025-04-02 01:00"},
    )
    shop.add(woo.posts, {"ID": 2, "post_title": "Cup", "post_excerpt": "", "post_type": "product",
                         "post_status": "publish", "post_date_gmt": "0000-00-00",
                         "post_modified_gmt": "0000-00-00"})  # fmt: skip
    shop.add(woo.post_meta, *meta("post_id", 2, {"_weight": "", "_regular_price": ""}))
    load(settings)
    order = _order(settings, 1)
    assert order["order_date"] == datetime(2025, 3, 31, 23, 30)
    assert (order["approved_at"], order["payment_status"]) == (None, None)
    assert order["delivered_at"] == datetime(2025, 4, 1, 22)
    assert _lines(settings, 1, "quantity") == [Decimal("1.5"), Decimal(2)]
    assert _lines(settings, 1, "unit_price") == [Decimal(10), Decimal(5)]
    products = content(settings)["products"]
    # Sold, and not in the catalogue any more.
    assert products["1"]["product_status"] == "Descontinuado"
    assert products["2"]["weight_kg"] is None


def test_a_day_of_changes_moves_only_those(shop: Shop, settings: Settings) -> None:
    for key in range(1, 6):
        shop.order(key, (2, 20, 20), (1, 5, 5), billing_email=f"c{key}@example.com")
    load(settings)
    before = of_the_warehouse(settings)
    # Edited: a line lowered, a line removed. Then one set back to pending, one gone for good,
    # and a change of an attribute alone, which leaves the order's time as it was.
    shop.run("update wp_wc_orders set date_updated_gmt = '2025-03-02 12:00' where id in (1, 2)")
    shop.run(
        "update wp_woocommerce_order_itemmeta set meta_value = '1' where order_item_id = 1001"
        " and meta_key = '_qty'"
    )
    for table in ("wp_woocommerce_order_itemmeta", "wp_woocommerce_order_items"):
        shop.run(f"delete from {table} where order_item_id in (1002, 1005, 1006)")
    shop.run("update wp_wc_orders set status = 'wc-pending' where id = 2")
    shop.run("delete from wp_wc_orders where id = 3")
    shop.run(
        "update wp_woocommerce_order_itemmeta set meta_value = '4' where order_item_id = 1007"
        " and meta_key = '_line_total'"
    )
    load(settings)
    after = of_the_warehouse(settings)
    moved = {
        name: {k for k in before[name] | after[name] if before[name].get(k) != after[name].get(k)}
        for name in before
    }
    assert moved == {
        "orders": {"2", "3"},
        "order_items": {"1001", "1002", "1005", "1006", "1007"},
        "order_item_discounts": set(),
    }
    assert after["order_items"]["1007"][6] == Decimal(4)
    assert load(settings).load_id is None
