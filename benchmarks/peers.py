"""Other ways to the same tables: ``python -m benchmarks.peers WAY SOURCE TARGET [ROWS]``.

Each loads all tables of a SQLite company into schema ``staging`` of a new DuckDB file, or, with
``ROWS``, so many rows of its order items, or, with ``DW_SOURCE``, what that mapping makes of a
foreign database. None checks, compares, records or recovers anything.
"""

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from core.contract.entities import ENTITIES
from core.contract.values import arrow_array

CHUNK_ROWS = 50_000

Statements = dict[str, str]


def arrow(source: Path, target: Path, statements: Statements) -> None:
    """The limit: rows into typed Arrow columns into DuckDB, and nothing else."""
    with sqlite3.connect(source) as database, duckdb.connect(str(target)) as warehouse:
        warehouse.execute("create schema staging")
        for name, statement in statements.items():
            cursor = database.execute(statement)
            names = [column[0] for column in cursor.description]
            types = {column.name: column.type for column in ENTITIES[name].columns}
            schema = pa.schema([(column, types[column]) for column in names])
            warehouse.from_arrow(schema.empty_table()).create(f"staging.{name}")
            while chunk := cursor.fetchmany(CHUNK_ROWS):
                columns = zip(*chunk, strict=True)
                arrays = [arrow_array(c, f.type) for c, f in zip(columns, schema, strict=True)]
                table = pa.table(arrays, schema=schema)
                warehouse.from_arrow(table).insert_into(f"staging.{name}")


def pandas(source: Path, target: Path, statements: Statements) -> None:
    """Chunks of a pandas frame into DuckDB."""
    import pandas

    with sqlite3.connect(source) as database, duckdb.connect(str(target)) as warehouse:
        for name, column_types in _created(warehouse, statements, database).items():
            chunks = pandas.read_sql_query(statements[name], database, chunksize=CHUNK_ROWS)
            casts = ", ".join(f"cast({c} as {kind})" for c, kind in column_types.items())
            for chunk in chunks:
                warehouse.register("chunk", chunk)
                warehouse.execute(f"insert into staging.{name} select {casts} from chunk")  # noqa: S608


def rowwise(source: Path, target: Path, statements: Statements) -> None:
    """The classic: one upsert for each row."""
    with sqlite3.connect(source) as database, duckdb.connect(str(target)) as warehouse:
        for name, column_types in _created(warehouse, statements, database).items():
            key = ENTITIES[name].key
            warehouse.execute(f"create unique index {name}_key on staging.{name} ({key})")
            marks = ", ".join("?" for _ in column_types)
            others = ", ".join(f"{c} = excluded.{c}" for c in column_types if c != key)
            upsert = (
                f"insert into staging.{name} values ({marks})"  # noqa: S608
                f" on conflict ({key}) do update set {others}"
            )
            for row in database.execute(statements[name]):
                warehouse.execute(upsert, list(row))


def dlt(source: Path, target: Path, statements: Statements) -> None:
    """dlt as it comes: dictionaries, a merge by key."""
    import dlt

    def read(statement: str) -> Iterator[dict[str, Any]]:
        with sqlite3.connect(source) as database:
            database.row_factory = sqlite3.Row
            yield from map(dict, database.execute(statement))

    pipeline = dlt.pipeline(
        "peer",
        pipelines_dir=str(target.with_suffix(".dlt")),
        destination=dlt.destinations.duckdb(str(target)),
        dataset_name="staging",
    )
    pipeline.run(
        [
            dlt.resource(
                read(statement),
                name=name,
                primary_key=ENTITIES[name].key,
                write_disposition="merge",
                columns=_hints(name),
            )
            for name, statement in statements.items()
        ]
    )


WAYS: dict[str, Callable[[Path, Path, Statements], None]] = {
    "arrow": arrow,
    "pandas": pandas,
    "rowwise": rowwise,
    "dlt": dlt,
}


def _created(
    warehouse: duckdb.DuckDBPyConnection, statements: Statements, database: sqlite3.Connection
) -> dict[str, dict[str, str]]:
    """Make the tables, typed as ours; column to type of each."""
    warehouse.execute("create schema staging")
    made = {}
    for name, statement in statements.items():
        columns = [c[0] for c in database.execute(f"{statement} limit 0").description]
        types = {column.name: column.type for column in ENTITIES[name].columns}
        empty = pa.schema([(c, types[c]) for c in columns]).empty_table()
        warehouse.from_arrow(empty).create(f"staging.{name}")
        relation = warehouse.table(f"staging.{name}")
        made[name] = dict(zip(relation.columns, map(str, relation.types), strict=True))
    return made


def _hints(name: str) -> Any:
    """The precision of decimals, which dlt would else take for doubles."""
    return {
        column.name: {"data_type": "decimal", "precision": 18, "scale": 4}
        for column in ENTITIES[name].columns
        if pa.types.is_decimal(column.type)
    }


def _statements(rows: int | None) -> Statements:
    if rows is not None:
        columns = ", ".join(column.name for column in ENTITIES["order_items"].columns)
        return {
            "order_items": f"select {columns} from (select * from order_items"  # noqa: S608
            f" order by order_item_id limit {rows})"
        }
    return {
        name: f"select {', '.join(column.name for column in entity.columns)} from {name}"  # noqa: S608
        for name, entity in ENTITIES.items()
    }


def _mapped(source: Path, mapping: str) -> Statements:
    """What a mapping gives, with null for each column that it does not fill."""
    from loader.source import mapping as mappings

    present = mappings.read(mapping).present
    statements = {}
    with sqlite3.connect(source) as database:
        for name, entity in ENTITIES.items():
            filled, rows = {}, "(select 0) where 0"
            if mapped := present.get(name):
                rows = mapped.table or f"({mapped.sql})"
                given = database.execute(f"select * from {rows} limit 0").description  # noqa: S608
                filled = {column: column for column, *_ in given}
                filled |= {**(mapped.columns or {}), entity.key: mapped.key}
            columns = (f"{filled.get(c.name, 'null')} as {c.name}" for c in entity.columns)
            statements[name] = f"select {', '.join(columns)} from {rows}"  # noqa: S608
    return statements


def main(way: str, source: str, target: str, *limit: str) -> None:
    """Load by one way."""
    mapping = os.environ.get("DW_SOURCE")
    if mapping and not limit:
        statements = _mapped(Path(source), mapping)
    else:
        statements = _statements(int(limit[0]) if limit else None)
    WAYS[way](Path(source), Path(target), statements)


if __name__ == "__main__":
    main(*sys.argv[1:])
