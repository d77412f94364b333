"""Orders whose total is not the sum of its parts are told, by what the difference looks like."""

from decimal import Decimal
from typing import Any

import pytest

from core.settings import Settings
from pipeline.adding_up import not_adding
from pipeline.left_out import check
from tests.loader.shop import Shop

# Both lines of an order are 10 less 1.
NET = Decimal(18)
WHOLE = {
    "shipping_amount": 7,
    "shipping_discount_amount": 2,
    "tax_amount": 3,
    "other_amount": Decimal("-0.50"),
    "exchange_rate": None,
}
TOTAL = NET + 5 + 3 - Decimal("0.50")
ODD = {
    1: ({}, TOTAL),
    2: (dict.fromkeys(WHOLE), NET),
    3: ({}, None),
    4: ({}, TOTAL - Decimal("0.02")),
    5: ({}, TOTAL - 3),
    6: ({}, TOTAL + 3),
    7: ({}, TOTAL - 5),
    8: ({}, TOTAL + 5),
    9: ({}, TOTAL + 2),
    10: ({}, TOTAL - 2),
    11: ({}, TOTAL - 9),
    12: ({"exchange_rate": Decimal("5.5")}, TOTAL * Decimal("5.5")),
    13: ({}, TOTAL - 8),
    14: ({}, TOTAL + 8),
    15: ({}, TOTAL - 8),
}


def test_each_difference_is_told_by_its_pattern(settings: Settings) -> None:
    shop = Shop(f"sqlite:///{settings.data_dir / 'oltp.sqlite'}")
    shop.create()
    shop.fill(orders=len(ODD))
    values: dict[str, Any]
    for order, (values, total) in ODD.items():
        shop.change("orders", order, **(WHOLE | values), total_amount=total)
    shop.run("delete from order_items where order_id = 14")
    shop.run("update order_items set unit_price = -1 where order_item_id = 151")
    found = check(settings)[1].not_adding
    assert [(part.pattern, part.orders, part.difference) for part in found] == [
        ("lines of it wait in quarantine", 1, Decimal(1)),
        ("it has no lines", 1, Decimal(26)),
        ("at most a cent a line, as roundings leave", 1, Decimal("0.02")),
        ("its tax is not in the total, as where prices include it", 1, Decimal(3)),
        ("its tax is in the total twice", 1, Decimal(3)),
        ("its freight is not in the total", 1, Decimal(5)),
        ("its freight is in the total twice", 1, Decimal(5)),
        ("the discount of its lines is not in the total", 1, Decimal(2)),
        ("the discount of its lines is in the total twice", 1, Decimal(2)),
        ("its lines are there twice, as parts of bundles are", 1, Decimal(9)),
        (
            "its total is in the order's currency, its parts in the warehouse's",
            1,
            TOTAL * Decimal("4.5"),
        ),
        ("its total is less than its parts", 1, Decimal(8)),
    ]
    lines = list(check(settings)[1].lines())
    assert "not adding up: orders, its tax is in the total twice: 1 orders, 3.00 in all" in lines


@pytest.mark.parametrize("total", [None, NET])
def test_orders_that_add_up_are_not_told(settings: Settings, total: Decimal | None) -> None:
    shop = Shop(f"sqlite:///{settings.data_dir / 'oltp.sqlite'}")
    shop.create()
    shop.fill()
    for order in (1, 2, 3):
        shop.change("orders", order, **dict.fromkeys(WHOLE), total_amount=total)
    assert check(settings)[1].not_adding == ()


def test_amounts_beyond_belief_fail_nothing(settings: Settings) -> None:
    shop = Shop(f"sqlite:///{settings.data_dir / 'oltp.sqlite'}")
    shop.create()
    shop.fill(orders=1)
    great = Decimal("99999999999999")
    rate = Decimal("999999999")
    amounts = {"shipping_amount": great, "tax_amount": great, "other_amount": great}
    shop.change(
        "orders", 1, **amounts, shipping_discount_amount=0, exchange_rate=rate, total_amount=1
    )
    (found,) = check(settings)[1].not_adding
    assert found.difference == 3 * great + NET - 1


def test_a_source_without_totals_adds_no_lines_up() -> None:
    asked: list[str] = []

    def ask(statement: str) -> list[dict[str, Any]]:
        asked.append(statement)
        return [{"n": 0}]

    assert list(not_adding(ask, "null", "null")) == []
    assert len(asked) == 1 and "order_items" not in asked[0]


def test_orders_in_other_currencies_without_a_rate_are_told(settings: Settings) -> None:
    shop = Shop(f"sqlite:///{settings.data_dir / 'oltp.sqlite'}")
    shop.create()
    shop.fill(orders=7)
    shop.run("update orders set total_amount = null, exchange_rate = null, currency_code = 'BRL'")
    shop.change("orders", 2, currency_code=None)
    shop.change("orders", 3, currency_code="USD")
    shop.change("orders", 4, currency_code="usd")
    shop.change("orders", 5, currency_code="CAD", exchange_rate=Decimal("0.25"))
    shop.run("update order_items set unit_price = -1 where order_item_id = 31")
    assert list(check(settings)[1].lines())[-1] == (
        "several currencies: orders in USD without a rate, where most are in BRL: 2 orders,"
        " 27.00 added up as they are"
    )
    shop.run("update orders set currency_code = 'USD'")
    assert check(settings)[1].currencies == ()
