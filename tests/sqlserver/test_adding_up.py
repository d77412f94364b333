"""Whether orders add up is asked of SQL Server after every load, in its own SQL."""

from decimal import Decimal
from typing import Any

import pytest

from ci.staging_ddl import create_table, landed
from core.contract.entities import ENTITIES
from core.engines.sqlserver import SQLServer
from pipeline.adding_up import OtherCurrency
from pipeline.left_out import look
from tests.sqlserver.parser import TOOL
from tests.sqlserver.server import Server


def test_orders_that_do_not_add_up_are_found_on_sql_server() -> None:
    if not TOOL.is_file():
        pytest.skip(f"{TOOL} is not there (DW_SHARED_TOOLS names its folder)")
    server = Server()

    def run(batch: str) -> list[dict[str, Any]]:
        return [
            dict(zip((column[0] for column in result.description), row, strict=True))
            for result in server.run(batch)
            for row in result.fetchall()
        ]

    run("create schema [staging]")
    sold = ("orders", "order_items")
    for name in sold:
        run(create_table("staging", name, landed(ENTITIES[name])))
    run(
        "insert into staging.orders (order_id, order_status, order_date, shipping_amount,"
        " exchange_rate, currency_code, total_amount, _dlt_load_id) values"
        " (N'whole', N'Pago', '2025-03-01', 7, null, N'BRL', 16, N'1'),"
        " (N'twice', N'Pago', '2025-03-01', 7, null, N'USD', 23, N'1'),"
        " (N'foreign', N'Pago', '2025-03-01', 7, 5.5, N'BRL', 88, N'1'),"
        " (N'great', N'Pago', '2025-03-01', 99999999999999, 999999999, null, 1, N'1')"
    )
    run(
        "insert into staging.order_items (order_item_id, order_id, quantity, unit_price,"
        " gross_amount, discount_amount, net_amount, _dlt_load_id)"
        " select order_id, order_id, 1, 10, 10, 1, 9, N'1' from staging.orders"
    )
    looked = look(run, sold, SQLServer.text_mark)
    assert looked.currencies == (OtherCurrency("USD", "BRL", 1, Decimal(9)),)
    found = looked.not_adding
    assert [(part.pattern, part.orders, part.difference) for part in found] == [
        ("its freight is in the total twice", 1, Decimal(7)),
        ("its total is in the order's currency, its parts in the warehouse's", 1, Decimal(72)),
        ("its total is less than its parts", 1, Decimal("100000000000007")),
    ]
