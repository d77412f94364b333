"""``python -m ci.parity FOLDER``: every row of the warehouse, on another engine and in DuckDB.

``FOLDER`` is the DW_DATA_DIR of the DuckDB warehouse; the other is what the settings name. Both
must have been loaded from the same source. Of what differs, tables, columns and keys of rows are
told, never values, which may be personal. Exit code 7 when anything differs.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Protocol

import duckdb
import typer

from core.command import main
from core.contract.entities import HARD_DELETED_AT
from core.engines import engine
from core.errors import MismatchError
from core.settings import Settings, read_settings

SCHEMAS = ("staging", "dim", "fact", "agg", "mart")
# Each warehouse has runs of its own, hence loads and times of its own.
OF_THE_RUN = {"_dlt_load_id", "_dlt_id", "_carga_itens", HARD_DELETED_AT}
ABOUT_RUNS = {
    f"mart.dash_{mart}" for mart in ("monitor_etl", "execucoes", "incidentes", "modelos", "sla")
}
# What dlt keeps for itself, and views.
NO_TABLES = ("_dlt", "stg_")
EXAMPLES = 5
FETCH_ROWS = 10_000

COLUMNS = """
select TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME
from INFORMATION_SCHEMA.COLUMNS
order by TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION
"""

Row = tuple[Any, ...]


class Connection(Protocol):
    """What both drivers have in common."""

    def execute(self, statement: str, /) -> Any: ...


def tables(connection: Connection) -> dict[str, list[str]]:
    """The tables that must be equal, each with its columns in order."""
    found: dict[str, list[str]] = {}
    for schema, table, column in connection.execute(COLUMNS).fetchall():
        name = f"{schema}.{table}"
        if schema in SCHEMAS and not table.startswith(NO_TABLES) and name not in ABOUT_RUNS:
            found.setdefault(name, [])
            if column not in OF_THE_RUN:
                found[name].append(column)
    return found


def rows(connection: Connection, table: str, columns: list[str]) -> Iterator[Row]:
    """The rows of a table, in any order."""
    selected = ", ".join(f'"{column}"' for column in columns)
    cursor = connection.execute(f"select {selected} from {table}")  # noqa: S608
    while fetched := cursor.fetchmany(FETCH_ROWS):
        yield from map(tuple, fetched)


def differences(one: Connection, other: Connection, table: str, columns: list[str]) -> list[str]:
    """What differs between the two tables: how many rows, and examples by key and column."""
    left = Counter(rows(one, table, columns))
    left.subtract(rows(other, table, columns))
    only_one = sorted(((+left).elements()), key=repr)
    only_other = sorted(((-left).elements()), key=repr)
    if not only_one and not only_other:
        return []
    told = [f"{table}: {len(only_one)} rows only in DuckDB, {len(only_other)} only in the other"]
    here, there = ({row[0]: row for row in rows} for rows in (only_one, only_other))
    for key in list(here | there)[:EXAMPLES]:
        if key in here and key in there:
            pairs = zip(columns, here[key], there[key], strict=True)
            apart = ", ".join(column for column, x, y in pairs if x != y)
        else:
            apart = f"only {'in DuckDB' if key in here else 'in the other'}"
        told.append(f"  {columns[0]} {key}: {apart}")
    return told


def compare(one: Connection, other: Connection) -> int:
    """Compare all tables; how many rows are equal. Raises MismatchError, one line per finding."""
    here, there = tables(one), tables(other)
    found = [f"{table}: only on one of them" for table in sorted(here.keys() ^ there.keys())]
    equal = 0
    for table in sorted(here.keys() & there.keys()):
        if sorted(here[table]) != sorted(there[table]):
            apart = ", ".join(sorted(set(here[table]) ^ set(there[table])))
            found.append(f"{table}: columns only on one of them: {apart}")
            continue
        told = differences(one, other, table, here[table])
        if not told:
            (count,) = one.execute(f"select count(*) from {table}").fetchone()  # noqa: S608
            typer.echo(f"{table:<40}{count:>12,} rows equal")
            equal += count
        found += told
    if found:
        raise MismatchError("\n".join(found))
    return equal


def parity(folder: Annotated[Path, typer.Argument(help="DW_DATA_DIR of DuckDB.")]) -> None:
    """Compare the two warehouses."""
    settings = read_settings(Settings)
    path = folder / "dw_ecommerce.duckdb"
    with duckdb.connect(str(path), read_only=True) as embedded, engine(settings).reader() as other:
        typer.echo(f"{compare(embedded, other.connection):,} rows are equal")


if __name__ == "__main__":
    main(lambda: typer.run(parity))
