"""A SQLite database out of CSV files: ``python -m seeds_oltp.csv_database FOLDER DATABASE``.

It stands in for a company's own database: one table per ``*.csv`` or ``*.csv.gz``, with the
names of tables and columns as they are. Empty fields are null. Nothing is guessed: what may be
read in two ways stops it until ``--dates`` or ``--decimal`` says which.
"""

import contextlib
import re
import sqlite3
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from seeds_oltp.csv_text import CsvError, CsvText, opened

_ROWS_PER_BATCH = 50_000
_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)?"
_SLASHED = r"\d{1,2}/\d{1,2}/\d{4}"
# Our own dashboards export an apostrophe before what Excel would compute.
_PLAIN = """
if(left({x}, 1) = chr(39) and substr({x}, 2, 1) in ('=', '+', '-', '@', chr(9), chr(13)),
   substr({x}, 2), {x})"""


class Dates(StrEnum):
    """How dates that are written with slashes are meant."""

    DAY_FIRST = "d/m/y"
    MONTH_FIRST = "m/d/y"


class Decimal(StrEnum):
    """What stands before the decimals."""

    POINT = "."
    COMMA = ","


@dataclass(frozen=True)
class _Type:
    """A type to declare, the test that all values of a column must pass, and how each is stored."""

    name: str
    test: str
    stored: str = "{x}"


def _types(delimiter: str, dates: Dates | None, decimal: Decimal | None) -> list[_Type]:
    """The types in the order in which they are tried.

    Numbers with leading zeros (zip codes), signs, or more digits than a double holds exactly are
    codes and stay text.
    """
    point = _Type("DECIMAL", r"value similar to '-?(0|[1-9]\d*)(\.\d+)?' and length(value) <= 16")
    comma = _Type(
        "DECIMAL",
        r"value similar to '-?(0|[1-9]\d*|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?'"
        " and length(replace(value, '.', '')) <= 16",
        "replace(replace({x}, '.', ''), ',', '.')",
    )
    # Where commas part the fields, a number has one only if somebody says so.
    both = [point, comma] if delimiter != "," else [point]
    decimals = {None: both, Decimal.POINT: [point], Decimal.COMMA: [comma]}[decimal]
    found = [
        _Type("INTEGER", r"value similar to '0|-?[1-9]\d{0,14}'"),
        *decimals,
        _Type("DATE", f"value similar to '{_DATE}' and try_cast(value as date) is not null"),
        _Type(
            "TIMESTAMP",
            rf"value similar to '{_DATE}[ T]\d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,6}})?{_OFFSET}'"
            " and try_cast(value as timestamptz) is not null",
        ),
    ]
    if dates is not None:
        order = {Dates.DAY_FIRST: "%d/%m/%Y", Dates.MONTH_FIRST: "%m/%d/%Y"}[dates]
        day = f"cast(try_strptime(split_part({{x}}, ' ', 1), '{order}') as date)"
        time = "coalesce(nullif(regexp_extract({x}, ' (.*)', 1), ''), '0:00')"
        moment = f"({day} + try_cast({time} as time))"
        found += [
            _Type(
                "DATE",
                f"value similar to '{_SLASHED}' and {day.format(x='value')} is not null",
                f"{day}::varchar",
            ),
            _Type(
                "TIMESTAMP",
                f"value similar to '{_SLASHED}( {_TIME})?'"
                f" and {moment.format(x='value')} is not null",
                f"{moment}::varchar",
            ),
        ]
    return found


def build(
    folder: Path, database: Path, *, dates: Dates | None = None, decimal: Decimal | None = None
) -> dict[str, int]:
    """Write ``database`` anew from the CSV files of ``folder``; return the rows per table.

    All or nothing: the file appears under its name only once it is complete.

    Raises:
        CsvError: no folder, no CSV file in it, two files for one table, an unreadable file, or a
            column that may be read in two ways.
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
            rows = {}
            for table, file in files.items():
                with opened(file) as text:
                    _read(reader, file, text)
                    types = _types(text.delimiter, dates, decimal)
                    columns = {name: _type(reader, file, name, types) for name in text.columns}
                rows[table] = _copy(reader, columns, target, table)
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


def _read(reader: duckdb.DuckDBPyConnection, file: Path, text: CsvText) -> None:
    """Fill table ``text`` with the file's fields as they are."""
    try:
        reader.execute(
            """
            create or replace temp table text as
            from read_csv(
                $path, columns = $columns, auto_detect = false, header = true,
                delim = $delimiter, quote = '"', escape = '"'
            )
            """,
            {
                "path": str(text.path),
                "columns": dict.fromkeys(text.columns, "varchar"),
                "delimiter": text.delimiter,
            },
        )
    except duckdb.Error as error:
        raise CsvError(f"{file} is no CSV file with a header line: {_reason(error)}") from error


def _reason(error: duckdb.Error) -> str:
    """What DuckDB says, and in which line; not the line itself, which may be personal."""
    told = str(error).partition("Possible fixes")[0].strip().splitlines()
    line = re.search(r"on Line: (\d+)", told[0])
    return f"line {line[1]}: {told[-1]}" if line else told[0]


def _copy(
    reader: duckdb.DuckDBPyConnection,
    columns: dict[str, _Type],
    target: sqlite3.Connection,
    table: str,
) -> int:
    """Create the table from what has been read and return its number of rows."""
    declared = ", ".join(f"{_quoted(name)} {type_.name}" for name, type_ in columns.items())
    target.execute(f"create table {_quoted(table)} ({declared})")
    # SQLite itself turns the text into the declared type.
    insert = f"insert into {_quoted(table)} values ({', '.join('?' * len(columns))})"  # noqa: S608
    stored = ", ".join(type_.stored.format(x=_quoted(name)) for name, type_ in columns.items())
    rows = reader.execute(f"select {stored} from text")  # noqa: S608
    while batch := rows.fetchmany(_ROWS_PER_BATCH):
        target.executemany(insert, batch)
    ((count,),) = target.execute(f"select count(*) from {_quoted(table)}")  # noqa: S608
    return int(count)


def _type(reader: duckdb.DuckDBPyConnection, file: Path, column: str, types: list[_Type]) -> _Type:
    """The first type that all values of the column have. Raises CsvError when two numbers fit."""
    tests = ", ".join(f"coalesce(bool_and({type_.test}), false)" for type_ in types)
    digits = "max(length(regexp_extract(value, '[.,](\\d+)$', 1)))"
    ((*matches, scale),) = reader.execute(
        f"select {tests}, {digits}"  # noqa: S608
        f" from (select {_quoted(column)} as value from text) where value is not null"
    ).fetchall()
    fitting = [type_ for type_, matches_ in zip(types, matches, strict=True) if matches_]
    if not fitting:
        return _Type("TEXT", "", _PLAIN)
    first, *others = fitting
    if first.name != "DECIMAL":
        return first
    if others:
        raise CsvError(
            f"{file}: column {column} has numbers such as 1.234, thousands or decimals; say which"
            " by --decimal , or --decimal ."
        )
    return _Type(f"DECIMAL(18, {scale})", first.test, first.stored)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of *.csv or *.csv.gz files.")],
    database: Annotated[Path, typer.Argument(help="SQLite file to write.")],
    dates: Annotated[
        Dates | None, typer.Option(help="How dates with slashes are meant; else they stay text.")
    ] = None,
    decimal: Annotated[
        Decimal | None,
        typer.Option(help="What stands before decimals; else found out, column by column."),
    ] = None,
) -> None:
    """Build a SQLite database from a folder of CSV files, one table each."""
    try:
        rows = build(folder, database, dates=dates, decimal=decimal)
    except CsvError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    for table, count in rows.items():
        typer.echo(f"{count:>9,} {table}")
    typer.echo(f"{sum(rows.values()):>9,} rows in {len(rows)} tables -> {database}")


if __name__ == "__main__":
    typer.run(main)
