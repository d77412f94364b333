"""What the warehouse holds, in a few lines for people."""

from dataclasses import dataclass
from decimal import Decimal

import duckdb

from loader.errors import LoaderError
from loader.settings import Settings

TABLES = (
    "staging.orders",
    "staging.order_items",
    "fact.fact_vendas",
    "fact.fact_pedidos",
    "fact.fact_metas",
    "fact.fact_descontos",
    "audit.quarentena",
)


@dataclass(frozen=True)
class Summary:
    """Rows of the main tables and the company's net revenue, in the source's currency."""

    rows: dict[str, int]
    receita_liquida: Decimal
    first_day: int | None
    last_day: int | None
    """First and last day with a sale, as yyyymmdd; None without sales."""
    gates: list[tuple[str, str, str | None]]
    """Features that the data supports in part or not at all: title, status and reason."""


def read(settings: Settings) -> Summary:
    """Read the summary from the embedded warehouse. Raises LoaderError when it is not built."""
    try:
        with duckdb.connect(str(settings.warehouse), read_only=True) as database:
            rows = {table: len(database.table(table)) for table in TABLES}
            revenue, first, last = database.execute(
                "select cast(coalesce(sum(valor_total_liquido), 0) as decimal(38, 2)),"
                " min(data_id), max(data_id) from fact.fact_vendas"
            ).fetchall()[0]
            gates = database.execute(
                "select titulo, status, motivo from mart.feature_gates"
                " where status <> 'ok' order by recurso"
            ).fetchall()
    except (duckdb.CatalogException, duckdb.IOException) as error:
        raise LoaderError(
            f"the warehouse {settings.warehouse} is not built yet; run `make load build`"
        ) from error
    return Summary(rows, revenue, first, last, gates)
