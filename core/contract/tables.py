"""The sample OLTP: eleven tables in schema ``core``, written once for every database.

The same ``MetaData`` creates itself on SQLite, PostgreSQL and SQL Server, is emitted as the
reviewed script ``seeds_oltp/sqlserver.sql``, and is the contract of the loader
(:mod:`core.contract.entities`): what a foreign database must be mapped onto.

``created_at``, ``updated_at`` and ``deleted_at`` are UTC; business datetimes (``order_date``,
``approved_at`` …) are local time of America/Sao_Paulo. Money has two decimals.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

SCHEMA = "core"

STATUS_PEDIDO = ("Pendente", "Pago", "Faturado", "Enviado", "Entregue", "Cancelado", "Devolvido")

metadata = sa.MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    },
)

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Money = sa.Numeric(14, 2)
Percent = sa.Numeric(9, 4)
Rate = sa.Numeric(18, 9)
Timestamp = sa.DateTime().with_variant(
    mssql.DATETIME2(6),  # type: ignore[no-untyped-call]
    "mssql",
)


def _pk(name: str) -> sa.Column[Any]:
    return sa.Column(name, Key, primary_key=True, autoincrement=False)


def _fk(target: str, *, nullable: bool = False, name: str | None = None) -> sa.Column[Any]:
    column = target.rpartition(".")[2]
    return sa.Column(
        name or column, Key, sa.ForeignKey(f"{SCHEMA}.{target}"), nullable=nullable, index=False
    )


def _text(name: str, size: int, *, nullable: bool = True, unique: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Unicode(size), nullable=nullable, unique=unique)


def _money(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Money, nullable=nullable)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _integer(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _local(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    """A business datetime, local time of America/Sao_Paulo."""
    return sa.Column(name, Timestamp, nullable=nullable)


def _one_of(column: str, values: Sequence[str]) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({allowed})", name=column)


def _table(name: str, *elements: sa.schema.SchemaItem) -> sa.Table:
    """A table with the three technical timestamps and the index that extraction reads by."""
    table = sa.Table(
        name,
        metadata,
        *elements,
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.Column("deleted_at", Timestamp),
    )
    (key,) = table.primary_key.columns
    sa.Index(None, table.c.updated_at, key)
    return table


regions = _table(
    "regions",
    _pk("region_id"),
    _text("region_code", 20, nullable=False, unique=True),
    _text("country", 60, nullable=False),
    _text("region_name", 60, nullable=False),
    _text("state", 10, nullable=False),
    _text("state_name", 60, nullable=False),
    _text("city", 100, nullable=False),
    _text("ibge_code", 10),
    _flag("is_active"),
)

teams = _table(
    "teams",
    _pk("team_id"),
    _text("team_code", 20, nullable=False, unique=True),
    _text("team_name", 100, nullable=False),
    _text("team_type", 40),
    _text("team_category", 40),
    _fk("regions.region_id", nullable=True),
    _flag("is_active"),
)

suppliers = _table(
    "suppliers",
    _pk("supplier_id"),
    _text("supplier_code", 20, nullable=False, unique=True),
    _text("supplier_name", 150, nullable=False),
    _text("country", 60),
    _flag("is_active"),
)

customers = _table(
    "customers",
    _pk("customer_id"),
    _text("customer_code", 20, nullable=False, unique=True),
    _text("full_name", 200, nullable=False),
    _text("email", 200),
    _text("phone", 40),
    _text("document_number", 20),
    sa.Column("birth_date", sa.Date()),
    _text("gender", 1),
    _text("customer_type", 20, nullable=False),
    _text("segment", 20, nullable=False),
    _integer("credit_score"),
    _text("value_category", 20),
    _text("address_line", 200),
    _text("district", 100),
    _text("city", 100),
    _text("state", 10),
    _text("country", 60),
    _text("zip_code", 12),
    sa.Column("first_signup_date", sa.Date()),
    sa.Column("last_purchase_date", sa.Date()),
    _flag("is_active"),
    _flag("accepts_email_marketing"),
    _flag("is_vip"),
    _one_of("gender", ("M", "F", "O")),
    _one_of("customer_type", ("Novo", "Recorrente", "VIP", "Inativo")),
    _one_of("segment", ("Pessoa Fisica", "Pessoa Juridica")),
    sa.CheckConstraint("credit_score BETWEEN 0 AND 1000", name="credit_score"),
)

products = _table(
    "products",
    _pk("product_id"),
    _text("product_code", 20, nullable=False, unique=True),
    _text("sku", 40),
    _text("barcode", 20),
    _text("product_name", 200, nullable=False),
    _text("short_description", 400),
    _text("category_name", 80, nullable=False),
    _text("subcategory_name", 80),
    _text("product_line", 80),
    _text("brand", 80),
    _text("manufacturer", 120),
    _fk("suppliers.supplier_id", nullable=True),
    _text("country_origin", 60),
    sa.Column("weight_kg", sa.Numeric(10, 3)),
    _text("color", 40),
    _text("material", 60),
    _money("cost_price"),
    _money("list_price"),
    sa.Column("suggested_margin_percent", Percent),
    _flag("is_perishable"),
    _flag("is_fragile"),
    _flag("requires_refrigeration"),
    _integer("minimum_age"),
    _integer("min_stock"),
    _integer("max_stock"),
    _integer("reorder_days"),
    _text("product_status", 20, nullable=False),
    sa.Column("launch_date", sa.Date()),
    sa.Column("discontinued_date", sa.Date()),
    sa.Column("rating_avg", sa.Numeric(4, 2)),
    _integer("rating_count"),
    sa.Column("is_gift_card", sa.Boolean()),
    _one_of("product_status", ("Ativo", "Inativo", "Descontinuado")),
    sa.CheckConstraint("cost_price >= 0 AND list_price >= 0", name="prices"),
)

sellers = _table(
    "sellers",
    _pk("seller_id"),
    _text("seller_code", 20, nullable=False, unique=True),
    _text("seller_name", 150, nullable=False),
    _fk("teams.team_id", nullable=True),
    _fk("sellers.seller_id", nullable=True, name="manager_seller_id"),
    _text("home_state", 10),
    _text("home_city", 100),
    _money("monthly_goal_amount", nullable=True),
    sa.Column("hire_date", sa.Date()),
    _text("seller_status", 20, nullable=False),
    _one_of("seller_status", ("Ativo", "Inativo")),
)

discount_campaigns = _table(
    "discount_campaigns",
    _pk("discount_id"),
    _text("discount_code", 40, nullable=False, unique=True),
    _text("campaign_name", 150, nullable=False),
    _text("description", 400),
    _text("discount_type", 40, nullable=False),
    _text("discount_method", 40, nullable=False),
    sa.Column("discount_value", sa.Numeric(14, 4)),
    _money("min_order_value", nullable=True),
    _money("max_discount_value", nullable=True),
    _integer("max_uses_per_customer"),
    _integer("max_uses_total"),
    _text("apply_scope", 40, nullable=False),
    _local("start_at"),
    _local("end_at"),
    _flag("is_active"),
    _flag("is_stackable"),
    _flag("approval_required"),
    _one_of(
        "discount_type",
        (
            "Cupom",
            "Promocao Automatica",
            "Desconto Progressivo",
            "Fidelidade",
            "Primeira Compra",
            "Cashback",
        ),
    ),
    _one_of("discount_method", ("Percentual", "Valor Fixo", "Frete Gratis", "Brinde", "Combo")),
    _one_of(
        "apply_scope",
        ("Pedido Total", "Produto Especifico", "Categoria", "Frete", "Item Individual"),
    ),
)

orders = _table(
    "orders",
    _pk("order_id"),
    _text("order_number", 40, nullable=False, unique=True),
    _fk("customers.customer_id"),
    _fk("sellers.seller_id", nullable=True),
    _fk("regions.region_id", nullable=True),
    _text("order_status", 20, nullable=False),
    _text("payment_status", 20),
    _local("order_date", nullable=False),
    _local("approved_at"),
    _local("shipped_at"),
    _local("delivered_at"),
    _local("canceled_at"),
    _text("sales_channel", 40),
    _text("currency_code", 3),
    # Null: the source does not tell.
    sa.Column("exchange_rate", Rate),
    _money("shipping_amount", nullable=True),
    _money("shipping_discount_amount", nullable=True),
    _money("shipping_cost_amount", nullable=True),
    _money("tax_amount", nullable=True),
    _money("other_amount", nullable=True),
    _money("total_amount", nullable=True),
    _one_of("order_status", STATUS_PEDIDO),
)

# Whoever looks for the orders of a period, as the loader's proof of the newest months does.
sa.Index(None, orders.c.order_date)

order_items = _table(
    "order_items",
    _pk("order_item_id"),
    _fk("orders.order_id"),
    _integer("item_number", nullable=False),
    _fk("products.product_id"),
    _integer("quantity", nullable=False),
    _money("unit_price"),
    _money("gross_amount"),
    _money("discount_amount"),
    _money("net_amount"),
    _money("cost_amount"),
    _integer("return_quantity", nullable=False),
    _money("returned_amount"),
    sa.Column("commission_percent", Percent),
    _money("commission_amount", nullable=True),
    _flag("had_discount"),
    _fk("sellers.seller_id", nullable=True),
    _money("tax_amount", nullable=True),
    _fk("order_items.order_item_id", nullable=True, name="parent_order_item_id"),
    sa.UniqueConstraint("order_id", "item_number"),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.CheckConstraint("return_quantity BETWEEN 0 AND quantity", name="return_quantity"),
    # Half a cent of tolerance: SQLite keeps decimals as binary floating point.
    sa.CheckConstraint(
        "ABS(gross_amount - discount_amount - net_amount) < 0.005", name="net_amount"
    ),
)

order_item_discounts = _table(
    "order_item_discounts",
    _pk("order_item_discount_id"),
    _fk("order_items.order_item_id"),
    _fk("orders.order_id"),
    _fk("discount_campaigns.discount_id"),
    _text("application_level", 20, nullable=False),
    _money("discount_amount"),
    _money("base_amount"),
    _money("final_amount"),
    _local("applied_at", nullable=False),
    _flag("approved"),
    _text("rejection_reason", 200),
    _one_of("application_level", ("Item", "Pedido", "Frete", "Categoria")),
    sa.CheckConstraint(
        "ABS(base_amount - discount_amount - final_amount) < 0.005", name="final_amount"
    ),
)

sa.Index(None, order_item_discounts.c.order_id)

seller_targets_monthly = _table(
    "seller_targets_monthly",
    _pk("seller_target_id"),
    _fk("sellers.seller_id"),
    sa.Column("target_month", sa.Date(), nullable=False),
    _money("target_amount"),
    _integer("target_quantity"),
    _money("realized_amount", nullable=True),
    _integer("realized_quantity"),
    _text("period_type", 20, nullable=False),
    _flag("period_closed"),
    sa.UniqueConstraint("seller_id", "target_month", "period_type"),
    sa.CheckConstraint("target_amount > 0", name="target_amount"),
    _one_of("period_type", ("Mensal", "Trimestral", "Anual")),
)


def engine(url: str | sa.URL) -> sa.Engine:
    """An engine on which :data:`metadata` works: SQLite has no schemas, so not ``core``."""
    url = sa.make_url(url)
    if url.get_backend_name() == "mssql":
        # Seconds to import.
        from core.odbc import with_driver

        return sa.create_engine(with_driver(url), fast_executemany=True)
    created = sa.create_engine(url)
    if created.dialect.name == "sqlite":
        created = created.execution_options(schema_translate_map={SCHEMA: None})
    return created


def sqlserver_script() -> str:
    """The T-SQL script that creates what is missing of schema and tables."""
    dialect: sa.Dialect = mssql.dialect()  # type: ignore[no-untyped-call]
    # Without a server to ask, types are those of SQL Server 2005, which had no DATE.
    dialect.server_version_info = (15,)
    batches = [f"IF SCHEMA_ID(N'{SCHEMA}') IS NULL EXEC (N'CREATE SCHEMA {SCHEMA}');"]
    for table in metadata.sorted_tables:
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements: list[DDLElement] = [CreateTable(table), *map(CreateIndex, indexes)]
        body = "\n\n".join(str(s.compile(dialect=dialect)).strip() + ";" for s in statements)
        lines = "\n".join(line.rstrip().replace("\t", "    ") for line in body.splitlines())
        batches.append(f"IF OBJECT_ID(N'{table.fullname}', N'U') IS NULL\nBEGIN\n{lines}\nEND;")
    header = "-- The sample OLTP on SQL Server, written by: python -m seeds_oltp ddl\n"
    return header + "".join(f"{batch}\nGO\n" for batch in batches)
