"""What adding up costs by the SELECT that orders are mapped to: ``python -m benchmarks.proof``.

Prints seconds of CPU for half a million lines on SQLite and for a quarter of them: whatever the
SELECT, four times the lines take about four times as long.
"""

import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from core.contract.entities import ENTITIES
from loader.source.mapping import EntityMapping, Mapping
from loader.source.snapshot import snapshot
from loader.source.totals import add_up

LINES = 541_909
PER_ORDER = 21
SHAPES = {
    "group by": "select invoice, min(sold_at) as sold_at from line group by invoice",
    "distinct": "select distinct invoice, sold_at from line",
    "union": "select invoice, sold_at from line where number < 5"
    " union select invoice, sold_at from line where number >= 5",
    "window": "select invoice, sold_at from (select line.*, row_number() over"
    " (partition by invoice order by number) as nth from line) as numbered where nth = 1",
    "view": "select * from invoices",
}


def make(file: Path, lines: int, per_order: int = PER_ORDER) -> None:
    """A database of lines, without tables of orders."""
    with sqlite3.connect(file) as database:
        database.execute("create table line (invoice text, number int, sold_at text, price real)")
        database.executemany(
            "insert into line values (?, ?, ?, 9.9)",
            (
                (f"A{n // per_order}", n % per_order, f"2025-{n // per_order % 9 + 1:02}-01")
                for n in range(lines)
            ),
        )
        database.execute("create view invoices as " + SHAPES["group by"])
    database.close()


def mapped(shape: str) -> Mapping:
    """The lines as order items, of orders that a SELECT makes of them."""
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
            "order_id": "invoice",
            "product_id": "'P'",
            "quantity": "1",
            "unit_price": "price",
            "gross_amount": "price",
            "discount_amount": "0",
        },
    )
    entities = dict.fromkeys(ENTITIES, "absent") | {"orders": orders, "order_items": items}
    return Mapping.model_validate({"description": shape, "entities": entities})


def seconds(file: Path, shape: str) -> float:
    """Seconds of CPU that adding up the lines by their orders' months takes."""
    with snapshot(f"sqlite:///{file}", mapped(shape)) as source:
        query = replace(source.query("order_items", {}), orders=source.query("orders", {}))
        started = time.process_time()
        add_up(source.connections[0], query)
        return time.process_time() - started


def main() -> None:
    """Measure all of them."""
    with TemporaryDirectory() as folder:
        quarter, whole = Path(folder, "quarter.sqlite"), Path(folder, "whole.sqlite")
        make(quarter, LINES // 4)
        make(whole, LINES)
        for shape in SHAPES:
            few, all_ = seconds(quarter, shape), seconds(whole, shape)
            typer.echo(f"{shape:<10}{few:6.2f} s{all_:8.2f} s   x {all_ / few:.1f}")


if __name__ == "__main__":
    main()
