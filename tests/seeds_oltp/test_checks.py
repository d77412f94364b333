"""The checks find what is wrong, and name it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql

from seeds_oltp import checks

pytestmark = pytest.mark.unit

FAULTS = {
    "order_id exists": "UPDATE order_items SET order_id = 999999 WHERE order_item_id = 7",
    "gross_amount = quantity x unit_price": (
        "UPDATE order_items SET unit_price = unit_price + 0.01 WHERE order_item_id = 7"
    ),
    "discount_amount = sum of its approved discounts": (
        "UPDATE order_item_discounts SET approved = 0, rejection_reason = 'x'"
        " WHERE order_item_discount_id = (SELECT MIN(order_item_discount_id)"
        " FROM order_item_discounts WHERE approved AND deleted_at IS NULL)"
    ),
    "no negative numbers": "UPDATE products SET min_stock = -1 WHERE product_id = 7",
    "dates from 1900 to 2100": (
        "UPDATE orders SET order_date = '0001-01-01 00:00:00.000000' WHERE order_id = 7"
    ),
    "created before updated and deleted": (
        "UPDATE orders SET updated_at = '2020-01-01 00:00:00.000000' WHERE order_id = 7"
    ),
    "Entregue: timestamps fit": (
        "UPDATE orders SET delivered_at = NULL WHERE order_id ="
        " (SELECT MIN(order_id) FROM orders WHERE order_status = 'Entregue')"
    ),
    "phases in order": (
        "UPDATE orders SET approved_at = '2020-01-01 00:00:00.000000' WHERE order_id = 8"
    ),
    "approved only while the campaign is valid": (
        "UPDATE discount_campaigns SET end_at = '2023-01-02 00:00:00.000000' WHERE discount_id = 1"
    ),
    "used no more than max_uses_total": (
        "UPDATE discount_campaigns SET max_uses_total = 0 WHERE discount_id = 1"
    ),
    "rejected with a reason, approved without": (
        "UPDATE order_item_discounts SET rejection_reason = 'x' WHERE approved"
    ),
    "none alive in deleted orders": (
        "UPDATE orders SET deleted_at = updated_at WHERE order_id = 7"
    ),
    "seller_id filled in 95% of rows": "UPDATE orders SET seller_id = NULL WHERE order_id % 5 = 0",
    "document_number unique": (
        "UPDATE customers SET document_number ="
        " (SELECT document_number FROM customers WHERE customer_id = 8) WHERE customer_id = 7"
    ),
    "cost_price below list_price": (
        "UPDATE products SET cost_price = list_price + 1 WHERE product_id = 7"
    ),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_is_found(copy: sa.Engine, rule: str) -> None:
    with copy.connect() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql(FAULTS[rule])
        broken = {f.check.rule: f for f in checks.run(connection) if f.rows}
    assert rule in broken
    assert broken[rule].rows >= 1


def test_an_example_is_named(copy: sa.Engine) -> None:
    with copy.connect() as connection:
        connection.exec_driver_sql(FAULTS["order_id exists"])
        found = [f for f in checks.run(connection) if f.check.rule == "order_id exists" and f.rows]
    assert {finding.example for finding in found} == {"7"}
    assert {finding.check.severity for finding in found} == {"error"}


def test_every_check_is_sql_for_sqlserver() -> None:
    for check in checks.checks():
        statement = str(check.query.compile(dialect=mssql.dialect()))
        assert "core." in statement
        assert " IS 1" not in statement and "true" not in statement
