"""The source database of the soak: the sample OLTP's tables without the constraints that a
well-behaved database would keep, so that every oddity can happen in it."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.contract import tables

START = datetime(2025, 3, 10, 12, 0)

TABLES: dict[str, str] = {
    table.name: next(iter(table.primary_key.columns)).name
    for table in tables.metadata.sorted_tables
}
"""Table to its key, parents before children."""

# Child table and column to parent table.
REFERENCES: dict[tuple[str, str], str] = {
    (table.name, column.name): next(iter(column.foreign_keys)).column.table.name
    for table in tables.metadata.sorted_tables
    for column in table.columns
    if column.foreign_keys
}

Row = dict[str, Any]


WINDOW = timedelta(hours=1)
"""Less than the cutoff window of a load."""


class Company:
    """The database; every change is committed at once and stamped with the company's clock."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.clock = START
        self.newest = START
        self.old = 0
        """Changes with a time of before the window."""
        self.lag = timedelta()
        """How much older than the clock the next change claims to be."""

    def create(self) -> None:
        """Make the tables and a company with a handful of rows in each."""
        loose = sa.MetaData()
        for table in tables.metadata.sorted_tables:
            columns = [sa.Column(c.name, c.type, primary_key=c.primary_key) for c in table.columns]
            sa.Table(table.name, loose, *columns)
        engine = sa.create_engine(f"sqlite:///{self.file}", poolclass=sa.NullPool)
        loose.create_all(engine)
        self._fill()

    def rows(self, table: str) -> list[Row]:
        """All rows of a table, by plain SQL, as SQLite gives them."""
        with self._open() as database:
            return [dict(row) for row in database.execute(f"select * from {table}")]

    def keys(self, table: str) -> list[int]:
        """The keys of a table, in order."""
        with self._open() as database:
            found = database.execute(f"select {TABLES[table]} from {table} order by 1")
            return [key for (key,) in found]

    def row(self, table: str, key: int) -> Row:
        """One row."""
        return next(row for row in self.rows(table) if row[TABLES[table]] == key)

    def next_key(self, table: str) -> int:
        """A key that neither a row has nor another row names."""
        named = [key for (child, column), parent in REFERENCES.items() if parent == table
                 for row in self.rows(child) if isinstance(key := row[column], int)]  # fmt: skip
        return max([*self.keys(table), *named], default=0) + 1

    def add(self, table: str, key: int, **values: Any) -> None:
        """Insert a row with believable values for what ``values`` leaves out."""
        stamp = self._stamp()
        row = _believable(table, key) | {"created_at": stamp, "updated_at": stamp} | values
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        with self._open() as database:
            database.execute(f"insert into {table} ({names}) values ({marks})", _plain(row))

    def change(self, table: str, key: int, **values: Any) -> None:
        """Update columns of a row; ``updated_at`` too, unless it is given."""
        row = {"updated_at": self._stamp()} | values
        assigned = ", ".join(f"{name} = ?" for name in row)
        where = f"{TABLES[table]} = {key}"
        with self._open() as database:
            database.execute(f"update {table} set {assigned} where {where}", _plain(row))

    def remove(self, table: str, key: int) -> None:
        """Delete a row for good."""
        with self._open() as database:
            database.execute(f"delete from {table} where {TABLES[table]} = {key}")

    def add_column(self, table: str, name: str, kind: str) -> None:
        """Give a table a new nullable column."""
        with self._open() as database:
            database.execute(f"alter table {table} add column {name} {kind}")

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns."""
        with self._open() as database:
            return [row[1] for row in database.execute(f"pragma table_info({table})")]

    def place_order(self, key: int, items: int, *, discount: bool, **values: Any) -> None:
        """An order with its items and, maybe, a discount on each."""
        self.add("orders", key, **values)
        for quantity in range(1, items + 1):
            self.add_item(key, quantity, discount=discount)

    def add_item(self, order: int, quantity: int, *, discount: bool = False, **values: Any) -> None:
        """An item of an order, which need not exist."""
        key = self.next_key("order_items")
        amounts = priced(quantity, discount=discount)
        # A number that no other item has, so that it may move to any order.
        self.add("order_items", key, order_id=order, item_number=key, **amounts, **values)
        if discount:
            self.add("order_item_discounts", self.next_key("order_item_discounts"),
                     order_item_id=key, order_id=order)  # fmt: skip

    def _fill(self) -> None:
        for table in ("regions", "suppliers", "teams", "customers", "products", "sellers"):
            for key in (1, 2, 3):
                self.add(table, key)
        for key in (1, 2):
            self.add("discount_campaigns", key)
        for key in (1, 2, 3):
            self.add("seller_targets_monthly", key, seller_id=key)
        for key in range(1, 5):
            one_to_three = key % 3 + 1
            self.place_order(
                key, 2, discount=key % 2 == 0, customer_id=one_to_three, seller_id=one_to_three
            )

    def _stamp(self) -> datetime:
        stamp, self.lag = self.clock - self.lag, timedelta()
        if stamp < self.newest - WINDOW:
            # No load reads it again for its time; had the row that same time before, no total
            # would tell of a text that changed.
            self.old += 1
            stamp += timedelta(seconds=self.old)
        self.newest = max(self.newest, stamp)
        return stamp

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.file)
        database.row_factory = sqlite3.Row
        try:
            with database:
                yield database
        finally:
            database.close()


def priced(quantity: int, price: Decimal = Decimal("19.90"), *, discount: bool) -> Row:
    """Amounts of an item that agree with each other."""
    gross = quantity * price
    off = (gross / 10).quantize(Decimal("0.01")) if discount else Decimal(0)
    return {
        "quantity": quantity,
        "unit_price": price,
        "gross_amount": gross,
        "discount_amount": off,
        "net_amount": gross - off,
        "had_discount": discount,
    }


_VALUES: dict[str, Row] = {
    "regions": {"region_name": "Sudeste", "state": "SP", "state_name": "São Paulo",
                "city": "Campinas", "country": "Brasil", "is_active": True},
    "suppliers": {"supplier_name": "Fornecedor", "country": "Brasil", "is_active": True},
    "teams": {"team_name": "Equipe", "team_type": "Loja", "region_id": 1, "is_active": True},
    "customers": {"full_name": "Fulana", "customer_type": "Novo", "segment": "Pessoa Fisica",
                  "city": "Campinas", "state": "SP", "country": "Brasil", "credit_score": 500,
                  "is_active": True, "accepts_email_marketing": False, "is_vip": False,
                  "birth_date": date(1980, 1, 31)},
    "products": {"product_name": "Produto", "category_name": "Casa", "supplier_id": 1,
                 "cost_price": Decimal("10.00"), "list_price": Decimal("19.90"),
                 "product_status": "Ativo", "is_perishable": False, "is_fragile": False,
                 "requires_refrigeration": False, "min_stock": 1, "weight_kg": Decimal("0.125")},
    "sellers": {"seller_name": "Vendedor", "team_id": 1, "home_state": "SP", "home_city": "Santos",
                "monthly_goal_amount": Decimal("1000.00"), "seller_status": "Ativo"},
    "discount_campaigns": {"campaign_name": "Campanha", "discount_type": "Promocao Automatica",
                           "discount_method": "Percentual", "discount_value": Decimal("10"),
                           "apply_scope": "Pedido Total", "start_at": datetime(2025, 1, 1),
                           "is_active": True, "is_stackable": False, "approval_required": False},
    "orders": {"customer_id": 1, "seller_id": 1, "region_id": 1, "order_status": "Pago",
               "order_date": datetime(2025, 3, 5, 10, 30), "sales_channel": "Site",
               "approved_at": datetime(2025, 3, 5, 11, 0, 10), "currency_code": "BRL"},
    "order_items": {"product_id": 1, "cost_amount": Decimal("10.00"), "return_quantity": 0,
                    "returned_amount": Decimal(0), "commission_percent": Decimal("2.5"),
                    "commission_amount": Decimal("0.50")},
    "order_item_discounts": {"discount_id": 1, "application_level": "Item",
                             "discount_amount": Decimal("1.99"), "base_amount": Decimal("19.90"),
                             "final_amount": Decimal("17.91"), "approved": True,
                             "applied_at": datetime(2025, 3, 5, 10, 30)},
    "seller_targets_monthly": {"target_month": date(2025, 3, 1), "target_amount": Decimal("50.00"),
                               "target_quantity": 3, "period_type": "Mensal",
                               "period_closed": False},
}  # fmt: skip
_CODES = {
    "regions": ["region_code"],
    "suppliers": ["supplier_code"],
    "teams": ["team_code"],
    "customers": ["customer_code", "document_number"],
    "products": ["product_code", "sku"],
    "sellers": ["seller_code"],
    "discount_campaigns": ["discount_code"],
    "orders": ["order_number"],
}


def _believable(table: str, key: int) -> Row:
    codes = {column: f"{column[:3].upper()}{key:04}" for column in _CODES.get(table, [])}
    return _VALUES[table] | codes | {TABLES[table]: key}


def _plain(row: Mapping[str, Any]) -> list[Any]:
    """Values as SQLAlchemy writes them on SQLite."""
    return [_value(value) for value in row.values()]


def _value(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(sep=" ", timespec="microseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value
