"""A version's rows as columns in memory, where questions are answered several times faster.

Questions read the schema ``memoria``. At first it is a view of each mart's file; :func:`draw` puts
tables of the columns that metrics need in their place while questions go on. Names
become enumerations: a byte or two instead of a text.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

from published.answers.semantic import Semantic
from published.metrics import SemanticModel
from published.versions import Published

SCHEMA = "memoria"
CONTAINER = Path("/sys/fs/cgroup/memory.max")
TRIES = 100
PAUSE_SECONDS = 0.05
SHARE = 6
"""Files that take more than one part in this many of the machine's memory stay files."""


def view(database: duckdb.DuckDBPyConnection, semantic: Semantic) -> None:
    """Let questions read the files."""
    database.execute(f"create schema {SCHEMA}")
    for model in semantic.models.values():
        database.execute(f"create view {place(model)} as from {model.table}")


def draw(
    database: duckdb.DuckDBPyConnection, semantic: Semantic, version: Published
) -> Iterator[str]:
    """Draw what metrics need into memory, mart by mart, and name each that is done.

    What is there already stays. Nothing when the machine has too little memory: questions go on
    reading the files.
    """
    tables = version.manifest.tables
    needed = sum(tables[model.table].bytes for model in semantic.models.values())
    if needed * SHARE > available():
        return
    with database.cursor() as cursor:
        views = cursor.execute(
            "select view_name from duckdb_views() where schema_name = $schema", {"schema": SCHEMA}
        ).fetchall()
        left = {f"{SCHEMA}.{name}" for (name,) in views}
        for model in semantic.models.values():
            if place(model) not in left:
                continue
            _draw(cursor, model, tables[model.table].columns)
            _compress(cursor)
            yield model.table


def available() -> int:
    """Bytes that this process may use: the machine's memory, or its container's."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CONTAINER.read_text(encoding="utf-8").strip() if CONTAINER.exists() else ""
    return min(whole, int(limit)) if limit.isdigit() else whole


def place(model: SemanticModel) -> str:
    """Where questions find a mart."""
    return f"{SCHEMA}.{model.table.split('.')[1]}"


def columns(model: SemanticModel) -> list[str]:
    """The columns of a mart that questions can be about."""
    measured = {
        column.name
        for measure in model.measures.values()
        for column in sqlglot.parse_one(measure.expr, dialect="duckdb").find_all(exp.Column)
    }
    return sorted({model.time, *model.dimensions, *measured})


def _compress(cursor: duckdb.DuckDBPyConnection) -> None:
    """Compress what was drawn to less than half, in a moment when nobody asks anything."""
    for _ in range(TRIES):
        try:
            cursor.execute("checkpoint")
        except duckdb.TransactionException:
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _draw(cursor: duckdb.DuckDBPyConnection, model: SemanticModel, types: dict[str, str]) -> None:
    """Put a table in the place of a mart's view, or leave all as it was.

    Its rows are in the file's order, so that a period still lies together.
    """
    target = place(model)
    parts = []
    cursor.begin()
    for name in columns(model):
        if types[name] == "VARCHAR":
            cursor.execute(
                f"create type {target}_{name} as enum (select distinct {name} from {model.table}"  # noqa: S608
                f" where {name} is not null order by {name})"
            )
            parts.append(f"cast({name} as {target}_{name}) as {name}")
        else:
            parts.append(name)
    cursor.execute(f"drop view {target}")
    select = f"select {', '.join(parts)} from {model.table}"  # noqa: S608
    cursor.execute(f"create table {target} as {select}")
    cursor.commit()
