"""What the warehouse holds, in a few lines for people."""

from dataclasses import dataclass
from decimal import Decimal

from core.engines import engine
from core.settings import Settings

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
    """Read the summary from the warehouse. Raises LoaderError when it is not built."""
    with engine(settings).reader() as warehouse:
        rows = {
            table: warehouse.rows(f"select count(*) from {table}")[0][0]  # noqa: S608
            for table in TABLES
        }
        revenue, first, last = warehouse.rows(
            "select cast(coalesce(sum(valor_total_liquido), 0) as decimal(38, 2)),"
            " min(data_id), max(data_id) from fact.fact_vendas"
        )[0]
        gates = warehouse.rows(
            "select titulo, status, motivo from mart.feature_gates"
            " where status <> 'ok' order by recurso"
        )
    return Summary(rows, revenue, first, last, [(gate[0], gate[1], gate[2]) for gate in gates])
