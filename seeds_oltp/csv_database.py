"""A SQLite database out of CSV files: ``python -m seeds_oltp.csv_database FOLDER DATABASE``.

It stands in for a company's own database: one table per ``*.csv`` or ``*.csv.gz``, with the
names of tables and columns as they are. Empty fields are null.
"""

import contextlib
import sqlite3
import sys
from pathlib import Path
from typing import Annotated

import duckdb
import typer

# The first type that all values of a column match is declared. Numbers with leading zeros (zip
# codes), signs, or more digits than a double holds exactly are codes and stay text.
_TYPES = {
    "INTEGER": r"value similar to '0|-?[1-9]\d{0,14}'",
    "DECIMAL": r"value similar to '-?(0|[1-9]\d*)(\.\d+)?' and length(value) <= 16",
    "DATE": r"value similar to '\d{4}-\d{2}-\d{2}' and try_cast(value as date) is not null",
    "TIMESTAMP": r"value similar to '\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d+)?'"
    " and try_cast(value as timestamp) is not null",
}
_READ = """
    create or replace temp table text as
    from read_csv(
        $1, header = true, skip = 0, comment = '', all_varchar = true,
        delim = ',', quote = '"', escape = '"'
    )
"""
_ROWS_PER_BATCH = 50_000


class CsvError(Exception):
    """The folder or one of its files cannot become a database; the message says what to do."""


def build(folder: Path, database: Path) -> dict[str, int]:
    """Write ``database`` anew from the CSV files of ``folder``; return the rows per table.

    All or nothing: the file appears under its name only once it is complete.

    Raises:
        CsvError: no folder, no CSV file in it, two files for one table, or an unreadable file.
    """
    files = _files(folder)
    database.parent.mkdir(parents=True, exist_ok=True)
    partial = database.with_name(f"{database.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with (
            contextlib.closing(sqlite3.connect(partial)) as target,
            duckdb.connect() as reader,
        ):
            # The file is thrown away if anything fails: no need of a journal.
            target.execute("pragma journal_mode = off")
            rows = {table: _copy(reader, file, target, table) for table, file in files.items()}
            target.commit()
        partial.replace(database)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _files(folder: Path) -> dict[str, Path]:
    """The CSV files of the folder by the name of their table."""
    if not folder.is_dir():
        raise CsvError(f"{folder} is no folder: give the folder that holds the CSV files")
    files: dict[str, Path] = {}
    for file in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")]):
        table = file.name.removesuffix(".gz").removesuffix(".csv")
        if table in files:
            raise CsvError(f"{files[table]} and {file} are both table {table}: remove one")
        files[table] = file
    if not files:
        raise CsvError(f"{folder} holds no *.csv or *.csv.gz file")
    return files


def _copy(
    reader: duckdb.DuckDBPyConnection, file: Path, target: sqlite3.Connection, table: str
) -> int:
    """Create the table from the file and return its number of rows."""
    try:
        reader.execute(_READ, [str(file)])
        columns = {
            name: _type(reader, name) for name, *_ in reader.execute("describe text").fetchall()
        }
        declared = ", ".join(f"{_quoted(name)} {type_}" for name, type_ in columns.items())
        target.execute(f"create table {_quoted(table)} ({declared})")
        # SQLite itself turns the text into the declared type.
        insert = f"insert into {_quoted(table)} values ({', '.join('?' * len(columns))})"  # noqa: S608
        rows = reader.execute("from text")
        while batch := rows.fetchmany(_ROWS_PER_BATCH):
            target.executemany(insert, batch)
    except duckdb.Error as error:
        raise CsvError(
            f"{file} is no CSV file with a header line: {str(error).splitlines()[0]}"
        ) from error
    ((count,),) = target.execute(f"select count(*) from {_quoted(table)}")  # noqa: S608
    return int(count)


def _type(reader: duckdb.DuckDBPyConnection, column: str) -> str:
    """The SQL type that all values of the column have."""
    tests = ", ".join(f"coalesce(bool_and({test}), false)" for test in _TYPES.values())
    ((*matches, scale),) = reader.execute(
        f"select {tests}, max(length(split_part(value, '.', 2)))"  # noqa: S608
        f" from (select {_quoted(column)} as value from text) where value is not null"
    ).fetchall()
    found = next((type_ for type_, match in zip(_TYPES, matches, strict=True) if match), "TEXT")
    return f"DECIMAL(18, {scale})" if found == "DECIMAL" else found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of *.csv or *.csv.gz files.")],
    database: Annotated[Path, typer.Argument(help="SQLite file to write.")],
) -> None:
    """Build a SQLite database from a folder of CSV files, one table each."""
    try:
        rows = build(folder, database)
    except CsvError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    for table, count in rows.items():
        typer.echo(f"{count:>9,} {table}")
    typer.echo(f"{sum(rows.values()):>9,} rows in {len(rows)} tables -> {database}")


if __name__ == "__main__":
    typer.run(main)
