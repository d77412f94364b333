"""Whatever SELECT a mapping has, what a load asks of it takes steps in proportion to its rows."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from core.contract.entities import ENTITIES
from loader.source.mapping import EntityMapping, Mapping
from loader.source.snapshot import snapshot
from loader.source.totals import add_up

LINES = 10
"""Lines of an order."""
SHAPES = {
    "group by": "select invoice, min(sold_at) as sold_at from line group by invoice",
    "distinct": "select distinct invoice, sold_at from line",
    "union": "select invoice, sold_at from line where number < 5"
    " union select invoice, sold_at from line where number >= 5",
    "window": "select invoice, sold_at from (select line.*, row_number() over"
    " (partition by invoice order by number) as nth from line) as numbered where nth = 1",
    "view": "select * from invoices",
}


def _company(file: Path, orders: int) -> None:
    with sqlite3.connect(file) as database:
        database.execute("create table line (invoice text, number int, sold_at text, price real)")
        database.executemany(
            "insert into line values (?, ?, ?, ?)",
            (
                (f"A{order}", number, f"2025-{order % 9 + 1:02}-01 10:00:00", 9.9)
                for order in range(orders)
                for number in range(LINES)
            ),
        )
        database.execute("create view invoices as " + SHAPES["group by"])
    database.close()


def _steps(file: Path, shape: str) -> int:
    """Thousands of steps of SQLite's machine that adding up lines by their orders' month takes."""
    orders = EntityMapping(
        sql=SHAPES[shape],
        key="invoice",
        cursor=None,
        columns={"order_number": "invoice", "order_status": "'Pago'", "order_date": "sold_at"},
    )
    items = EntityMapping(
        table="line",
        key="invoice || '-' || number",
        cursor=None,
        columns={
            "order_id": "invoice", "product_id": "'P'", "quantity": "1", "unit_price": "price",
            "gross_amount": "price", "discount_amount": "0",
        },
    )  # fmt: skip
    mapping = Mapping(
        description="lines",
        entities=dict.fromkeys(ENTITIES, "absent") | {"orders": orders, "order_items": items},
    )
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with snapshot(f"sqlite:///{file}", mapping) as source:
        connection = source.connections[0]
        query = replace(source.query("order_items", {}), orders=source.query("orders", {}))
        driver = connection.connection.dbapi_connection
        driver.set_progress_handler(count, 1000)  # type: ignore[union-attr]
        totals = add_up(connection, query)
        found = list(source.read(query, months={"2025-01"}))
        driver.set_progress_handler(None, 0)  # type: ignore[union-attr]
    assert sum(value for (_, measure), value in totals.items() if measure == "rows") == len(
        sqlite3.connect(file).execute("select 1 from line").fetchall()
    )
    assert sum(map(len, found)) == totals["2025-01", "rows"]
    return steps


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_rows_take_four_times_the_steps(shape: str, tmp_path: Path) -> None:
    small, big = tmp_path / "small.sqlite", tmp_path / "big.sqlite"
    _company(small, 150)
    _company(big, 600)
    assert _steps(big, shape) < 6 * _steps(small, shape)
