"""All that is held about one person, for who asks for it (LGPD, art. 18, II)."""

from datetime import datetime
from typing import Any

from core.audit import Audit
from core.clock import now
from core.contract.entities import ENTITIES
from core.contract.personal import CUSTOMER_KEY, CUSTOMERS
from core.engines import engine
from core.engines.base import NotBuiltError, Reader
from core.errors import UsageError
from core.lock import hold_warehouse
from core.settings import Settings
from core.warehouse import STAGING, query
from loader.erasing import guarding
from loader.source import mapping as mappings
from loader.staging import Staging

# What is built of a person: each table with the column of the customer, and which key it is.
_BUILT = {
    "dim.dim_cliente": "cliente_id",
    "dim.dim_cliente_historico": "cliente_id",
    "fact.fact_pedidos": "cliente_id",
    "fact.fact_vendas": "cliente_id",
    "fact.fact_descontos": "cliente_id",
}


def export(settings: Settings, key: str) -> dict[str, Any]:
    """What the warehouse holds of a customer, by table, as it is held.

    Raises UsageError when it knows no such customer, LoaderError when it is out of reach.
    """
    with hold_warehouse(settings):
        staging = Staging(settings)
        guard = guarding.guard(settings, Audit(settings), mappings.read(settings.source))
        landed = guard.key(CUSTOMERS, key)
        held = _landed(staging, landed)
        if not held[f"{STAGING}.{CUSTOMERS}"] and not held[f"{STAGING}.orders"]:
            raise UsageError("the warehouse holds nothing of a customer with this key")
        with engine(settings).reader() as opened:
            held |= _built(opened, landed)
        return {
            "customer": key,
            "exported_at": now(),
            "erased": guard.pseudonyms.mark(landed) in guard.erased,
            "held": {table: rows for table, rows in held.items() if rows},
        }


def _landed(staging: Staging, key: str) -> dict[str, list[dict[str, Any]]]:
    present = staging.landed()
    of_orders = f"select order_id from {STAGING}.orders where {CUSTOMER_KEY} = %s"  # noqa: S608
    conditions = {
        CUSTOMERS: f"{CUSTOMER_KEY} = %s",
        "orders": f"{CUSTOMER_KEY} = %s",
        "order_items": f"order_id in ({of_orders})",
        "order_item_discounts": f"order_id in ({of_orders})",
    }
    return {
        f"{STAGING}.{entity}": [
            row
            for table in query(
                staging.pipeline,
                f"select * from {STAGING}.{entity} where {where}"  # noqa: S608
                f" order by {ENTITIES[entity].key}",
                key,
            )
            for row in table.to_pylist()
        ]
        if entity in present
        else []
        for entity, where in conditions.items()
    }


def _built(opened: Reader, key: str) -> dict[str, list[dict[str, Any]]]:
    """What models have made of it; nothing where none has been built."""
    try:
        dimension = "select cliente_id, cliente_original_id from dim.dim_cliente"
        # The key, which came from outside, stands in no statement.
        numbers = [number for number, original in opened.rows(dimension) if original == key]
        return {
            table: _rows(opened, table, f"{column} = {int(numbers[0])}") if numbers else []
            for table, column in _BUILT.items()
        }
    except NotBuiltError:
        return {}


def _rows(opened: Reader, table: str, where: str) -> list[dict[str, Any]]:
    names = opened.columns(table)
    found = opened.rows(f"select * from {table} where {where}")  # noqa: S608
    return [dict(zip(names, row, strict=True)) for row in found]


def as_json(value: object) -> str:
    """What JSON has no type for: exact numbers and moments, as text."""
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)
