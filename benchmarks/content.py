"""What a database holds, in figures that differ when a row or an amount differs."""

from decimal import Decimal
from pathlib import Path

import duckdb

from ci.parity import ABOUT_RUNS

Content = dict[str, list[str]]


def content(database: Path, *schemas: str) -> Content:
    """Of each table of the schemas its rows and the sums of its decimal columns, as text."""
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select c.schema_name || '.' || c.table_name, column_name, data_type"
            " from duckdb_columns() as c semi join duckdb_tables() as t using (table_oid)"
            " where c.schema_name in (select unnest(?)) and not starts_with(c.table_name, '_dlt')"
            " order by 1, 2",
            [list(schemas)],
        ).fetchall()
        # What tells of runs, no two have alike.
        tables = {table for table, _, _ in columns} - ABOUT_RUNS
        found: Content = {}
        for table in sorted(tables):
            sums = [
                f"coalesce(sum({c}), 0)"
                for t, c, kind in columns
                if t == table and kind.startswith("DECIMAL")
            ]
            statement = f"select {', '.join(['count(*)', *sums])} from {table}"  # noqa: S608
            # Ways differ in the decimals of a type, not in what is the same amount.
            figures = connection.execute(statement).fetchall()[0]
            found[table] = [f"{Decimal(figure).normalize():f}" for figure in figures]
    return found


def rows(found: Content) -> int:
    """The rows of all tables."""
    return sum(int(figures[0]) for figures in found.values())
