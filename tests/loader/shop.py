"""A shop small enough to reason about, in any database that the schema creates itself on."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.contract import tables

BASE = datetime(2025, 3, 1, 12, 0)

_DEFAULTS: dict[type[sa.types.TypeEngine[Any]], Any] = {
    sa.Boolean: True,
    sa.Numeric: Decimal("10.00"),
    sa.Integer: 1,
    sa.DateTime: BASE,
    sa.Date: date(2025, 3, 1),
}
_ENUMS = {
    "gender": "F",
    "customer_type": "Novo",
    "segment": "Pessoa Fisica",
    "product_status": "Ativo",
    "seller_status": "Ativo",
    "discount_type": "Cupom",
    "discount_method": "Percentual",
    "apply_scope": "Pedido Total",
    "order_status": "Pago",
    "application_level": "Item",
    "period_type": "Mensal",
    "currency_code": "BRL",
}


class Shop:
    """The OLTP of the shop, open for changes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = tables.engine(url)

    def create(self) -> None:
        with self.engine.begin() as connection:
            has_schemas = connection.dialect.name != "sqlite"
            if has_schemas and not sa.inspect(connection).has_schema(tables.SCHEMA):
                connection.execute(sa.schema.CreateSchema(tables.SCHEMA))
            tables.metadata.create_all(connection)

    def fill(self, orders: int = 3, at: datetime = BASE) -> None:
        """One row of each parent, and ``orders`` orders with two items each."""
        for name in ("regions", "suppliers", "discount_campaigns", "teams", "sellers"):
            self.add(name, 1, at)
        self.add("customers", 1, at)
        self.add("products", 1, at)
        self.add("seller_targets_monthly", 1, at)
        for order in range(1, orders + 1):
            self.add("orders", order, at)
            for item in (1, 2):
                key = order * 10 + item
                self.add("order_items", key, at, order_id=order, item_number=item)
                self.add("order_item_discounts", key, at, order_item_id=key, order_id=order)

    def add(self, table: str, key: int, at: datetime = BASE, **values: Any) -> None:
        """A row with believable values for all that ``values`` leaves out."""
        columns = tables.metadata.tables[f"{tables.SCHEMA}.{table}"]
        (primary,) = columns.primary_key.columns
        row = {c.name: _default(c, key) for c in columns.columns} | {primary.name: key}
        row |= {"created_at": at, "updated_at": at, "deleted_at": None}
        if table == "orders":
            # What is not told cannot fail to add up.
            row |= dict.fromkeys(c for c in row if c.endswith("_amount") or c == "exchange_rate")
        if table == "order_items":
            row |= {"gross_amount": 10, "discount_amount": 1, "net_amount": 9}
        if table == "order_item_discounts":
            row |= {"base_amount": 10, "discount_amount": 1, "final_amount": 9}
        with self.engine.begin() as connection:
            connection.execute(columns.insert().values(row | values))

    def change(self, table: str, key: int, at: datetime | None = None, **values: Any) -> None:
        """Change a row; ``at`` is its new ``updated_at``, a day after the base when left out."""
        columns = tables.metadata.tables[f"{tables.SCHEMA}.{table}"]
        (primary,) = columns.primary_key.columns
        values["updated_at"] = at or BASE + timedelta(days=1)
        with self.engine.begin() as connection:
            connection.execute(columns.update().where(primary == key).values(values))

    def run(self, statement: str) -> None:
        """Any SQL."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def _default(column: sa.Column[Any], key: int) -> Any:
    if column.name in _ENUMS:
        return _ENUMS[column.name]
    if column.foreign_keys:
        itself = {key.column.table for key in column.foreign_keys} == {column.table}
        return None if itself else 1
    if isinstance(column.type, sa.Unicode):
        return f"{column.name[:12]}{key}"[: column.type.length]
    return next(value for kind, value in _DEFAULTS.items() if isinstance(column.type, kind))
