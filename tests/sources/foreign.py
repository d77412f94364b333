"""Reads a foreign database through its mapping with nothing but sqlite3 and exact decimals."""

import os
import re
import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from core.contract import tables
from core.contract.entities import ENTITIES, MONEY, Entity
from seeds_oltp import csv_database

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("DW_SHARED_DATA", ROOT.parent / "shared" / "data"))

Row = dict[str, Any]


@dataclass(frozen=True)
class Foreign:
    """A foreign database and what its mapping makes of it: rows by entity."""

    name: str
    database: Path
    mapping: dict[str, Any]
    rows: dict[str, list[Row]]

    def total(self, entity: str, column: str) -> Decimal:
        return sum((row[column] for row in self.rows[entity]), Decimal(0))

    def by_key(self, entity: str) -> dict[str, Row]:
        return {row[ENTITIES[entity].key]: row for row in self.rows[entity]}


def foreign(name: str, folder: Path) -> Foreign:
    """Build the SQLite database of ``name`` in ``folder`` and read all its entities."""
    if not (DATA / name).is_dir():
        pytest.skip(f"no data set {DATA / name}: set DW_SHARED_DATA to the folder that holds it")
    database = folder / f"{name}.sqlite"
    csv_database.build(DATA / name, database)
    mapping = yaml.safe_load((ROOT / "sources" / f"{name}.yml").read_text(encoding="utf-8"))
    connection = sqlite3.connect(database)
    rows = {
        entity.name: _rows(connection, entity, mapping["entities"][entity.name])
        for entity in ENTITIES.values()
    }
    connection.close()
    return Foreign(name, database, mapping, rows)


def _rows(connection: sqlite3.Connection, entity: Entity, mapped: Any) -> list[Row]:
    if mapped == "absent":
        return []
    source = mapped.get("table") or f"({mapped['sql']})"
    offered = [d[0] for d in connection.execute(f"select * from {source} limit 0").description]
    expressions = {name: name for name in offered if name in {c.name for c in entity.columns}}
    expressions |= mapped.get("columns", {}) | {entity.key: mapped["key"]}
    selected = ", ".join(f"{sql} as {name}" for name, sql in expressions.items())
    cursor = connection.execute(f"select {selected} from {source} as src")
    types = {c.name: c.type for c in entity.columns}
    keys = {entity.key, *parents(entity.name)}
    names = list(expressions)
    return [
        {
            name: _exact(value)
            if types[name] == MONEY
            else str(value)
            if name in keys and value is not None
            else value
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor
    ]


def _exact(value: float | None) -> Decimal | None:
    """SQLite's binary number at four decimals; ``repr`` is the shortest decimal it stands for."""
    return None if value is None else Decimal(repr(value)).quantize(Decimal("0.0001"))


def parents(entity: str) -> dict[str, str]:
    """Foreign keys of an entity: column -> entity that it points to."""
    table = tables.metadata.tables[f"{tables.SCHEMA}.{entity}"]
    return {
        column.name: key.column.table.name
        for column in table.columns
        for key in column.foreign_keys
    }


def allowed_values(entity: str) -> dict[str, list[str]]:
    """Enumerations of an entity: column -> its values, from the checks of the sample OLTP."""
    table = tables.metadata.tables[f"{tables.SCHEMA}.{entity}"]
    checks = [str(c.sqltext) for c in table.constraints if isinstance(c, sa.CheckConstraint)]
    enumerations = [re.fullmatch(r"(\w+) IN \((.*)\)", check) for check in checks]
    return {found[1]: re.findall(r"'([^']*)'", found[2]) for found in enumerations if found}


def problems(source: Foreign) -> list[str]:
    """Everything in which the rows break the contract, in words."""
    found = []
    for entity in ENTITIES.values():
        rows = source.rows[entity.name]
        keys = [row[entity.key] for row in rows]
        if len(set(keys)) < len(keys):
            found.append(f"{entity.name}: {len(keys) - len(set(keys))} duplicated keys")
        for column in entity.columns:
            if column.required and any(row.get(column.name) is None for row in rows):
                found.append(f"{entity.name}.{column.name}: required, but null")
            if column.length and any(
                len(str(row.get(column.name) or "")) > column.length for row in rows
            ):
                found.append(f"{entity.name}.{column.name}: longer than {column.length}")
        for column, parent in parents(entity.name).items():
            known = {row[ENTITIES[parent].key] for row in source.rows[parent]}
            orphans = {row.get(column) for row in rows} - known - {None}
            if orphans:
                found.append(f"{entity.name}.{column}: {len(orphans)} orphans")
        for column, values in allowed_values(entity.name).items():
            unknown = {row.get(column) for row in rows} - set(values) - {None}
            if unknown:
                found.append(f"{entity.name}.{column}: unknown values {unknown}")
    for item in source.rows["order_items"]:
        if item["gross_amount"] - item["discount_amount"] != item["net_amount"]:
            found.append(f"order_items {item['order_item_id']}: gross - discount is not net")
        if item["quantity"] * item["unit_price"] != item["gross_amount"]:
            found.append(f"order_items {item['order_item_id']}: quantity x price is not gross")
    for discount in source.rows["order_item_discounts"]:
        if discount["base_amount"] - discount["discount_amount"] != discount["final_amount"]:
            found.append(
                f"order_item_discounts {discount['order_item_id']}: base - discount is not final"
            )
    return found
