"""The mapping of Olist against figures computed from the CSV files themselves."""

from collections import Counter
from decimal import Decimal

import pytest

from tests.sources.foreign import Foreign, foreign, problems

SALE = {"Pago", "Faturado", "Enviado", "Entregue", "Devolvido"}


@pytest.fixture(scope="module")
def marketplace(tmp_path_factory: pytest.TempPathFactory) -> Foreign:
    return foreign("olist", tmp_path_factory.mktemp("olist"))


def test_rows_meet_the_contract(marketplace: Foreign) -> None:
    assert problems(marketplace) == []


def test_row_counts(marketplace: Foreign) -> None:
    assert {entity: len(rows) for entity, rows in marketplace.rows.items()} == {
        "regions": 27,
        "teams": 0,
        "suppliers": 0,
        "customers": 36_429,
        "products": 17_479,
        "sellers": 2_536,
        "discount_campaigns": 0,
        "orders": 36_998,
        "order_items": 41_390,
        "order_item_discounts": 0,
        "seller_targets_monthly": 0,
    }


def test_sales_are_the_published_figures(marketplace: Foreign) -> None:
    orders = marketplace.by_key("orders")
    sold = [
        item
        for item in marketplace.rows["order_items"]
        if orders[item["order_id"]]["order_status"] in SALE
    ]
    assert len(sold) == 40_841
    assert len({item["order_id"] for item in sold}) == 35_756
    assert sum(item["net_amount"] for item in sold) == Decimal("4972783.91")


def test_orders_owe_their_items_and_freight_but_for_a_few(marketplace: Foreign) -> None:
    items: dict[str, Decimal] = {}
    for item in marketplace.rows["order_items"]:
        items[item["order_id"]] = items.get(item["order_id"], Decimal(0)) + item["net_amount"]
    paid = [order for order in marketplace.rows["orders"] if order["total_amount"] is not None]
    without = [order for order in paid if order["order_id"] not in items]
    off = [
        order["total_amount"] - items[order["order_id"]] - order["shipping_amount"]
        for order in paid
        if order["order_id"] in items
    ]
    assert (len(paid), len(without)) == (36_997, 775)
    differing = [difference for difference in off if difference]
    assert (len(differing), sum(map(abs, differing))) == (215, Decimal("1245.54"))


def test_statuses_follow_the_life_of_an_order(marketplace: Foreign) -> None:
    assert Counter(order["order_status"] for order in marketplace.rows["orders"]) == {
        "Pendente": 5,
        "Pago": 2,
        "Faturado": 301 + 314,
        "Enviado": 1_107,
        "Entregue": 34_035,
        "Cancelado": 609 + 625,
    }


def test_a_person_lives_where_the_latest_order_went(marketplace: Foreign) -> None:
    orders = Counter(order["customer_id"] for order in marketplace.rows["orders"])
    moved = marketplace.by_key("customers")["f34cd7fd85a1f8baff886edf09567be3"]
    assert orders[moved["customer_id"]] == 4
    assert (moved["city"], moved["zip_code"]) == ("pomerode", "89107")


def test_zip_codes_keep_their_leading_zeros(marketplace: Foreign) -> None:
    assert {len(customer["zip_code"]) for customer in marketplace.rows["customers"]} == {5}


def test_every_item_has_its_seller_and_no_discount(marketplace: Foreign) -> None:
    items = marketplace.rows["order_items"]
    assert all(item["seller_id"] for item in items)
    assert {item["discount_amount"] for item in items} == {Decimal(0)}
    assert not {"cost_amount", "return_quantity"} & set(items[0])


def test_the_five_regions_of_brazil(marketplace: Foreign) -> None:
    regions = Counter(region["region_name"] for region in marketplace.rows["regions"])
    assert regions == {"Norte": 7, "Nordeste": 9, "Centro-Oeste": 4, "Sudeste": 4, "Sul": 3}
