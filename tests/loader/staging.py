"""What a warehouse holds, read by plain DuckDB."""

from typing import Any

import duckdb

from core.contract.entities import ENTITIES
from core.settings import Settings

Row = dict[str, Any]


def rows(settings: Settings, statement: str) -> list[Row]:
    """The result of a query on the warehouse."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as database:
        result = database.sql(statement)
        return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


def content(settings: Settings) -> dict[str, dict[str, Row]]:
    """All of staging: entity to key to row, load ids included."""
    found = {}
    for name, entity in ENTITIES.items():
        landed = rows(settings, f"select * from staging.{name}")
        found[name] = {row[entity.key]: row for row in landed}
        assert len(found[name]) == len(landed), f"{name} has a key twice"
    return found


def without_load_ids(content: dict[str, dict[str, Row]]) -> dict[str, dict[str, Row]]:
    """The content alone, to compare warehouses that were loaded in other steps."""
    return {
        name: {
            key: {c: v for c, v in row.items() if c != "_dlt_load_id"} for key, row in rows.items()
        }
        for name, rows in content.items()
    }
