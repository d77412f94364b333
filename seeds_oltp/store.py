"""Rows into databases: a new SQLite file at full speed, or a server by SQLAlchemy."""

import fcntl
import sqlite3
from collections.abc import Iterable
from decimal import Decimal
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateTable

from core.contract import tables
from seeds_oltp.batch import Batch, Texts
from seeds_oltp.draws import Array

# What the generator must remember, beside the eleven tables: one row for the base load (wave 0)
# and one for each wave, with the arguments of the base.
state = sa.Table(
    "seed_state",
    sa.MetaData(schema=tables.SCHEMA),
    sa.Column("wave", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("day", sa.Date(), nullable=False),
    sa.Column("orders", sa.BigInteger(), nullable=False),
    sa.Column("seed", sa.BigInteger(), nullable=False),
)

TABLES = {table.name: table for table in (*tables.metadata.sorted_tables, state)}

_SECONDS = np.array(
    [f" {s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}.000000" for s in range(86_400)], dtype=object
)

Rows = Iterable[tuple[str, Batch]]


class RefusedError(Exception):
    """What was asked for would lose data, or makes no sense; the message says what to do."""


def create(url: sa.URL, rows: Rows, *, replace: bool) -> dict[str, int]:
    """Create the tables and write ``rows`` as one whole; returns the rows of each table.

    A SQLite database that the generator made is replaced; anything else that holds data only
    with ``replace``. Killed at any point, it leaves the old database as it was.
    """
    if url.get_backend_name() == "sqlite":
        return _create_file(url, rows, replace=replace)
    with tables.engine(url).begin() as connection:
        if not replace and any(_filled(connection, table) for table in TABLES.values()):
            raise RefusedError(
                f"schema {tables.SCHEMA} of {url.database} holds rows: add --replace to lose them"
            )
        if not sa.inspect(connection).has_schema(tables.SCHEMA):
            connection.execute(CreateSchema(tables.SCHEMA))
        state.drop(connection, checkfirst=True)
        tables.metadata.drop_all(connection)
        return _fill(connection, rows)


def insert(connection: sa.Connection, table: sa.Table, batch: Batch) -> None:
    """Insert a batch by SQLAlchemy, on any database."""
    values = [_python(table.c[name], column) for name, column in batch.items()]
    rows = [dict(zip(batch, row, strict=True)) for row in zip(*values, strict=True)]
    if rows:
        connection.execute(sa.insert(table), rows)


def update(connection: sa.Connection, table: sa.Table, batch: Batch) -> None:
    """Update rows by their primary key, the first column of the batch, on any database."""
    (key,) = table.primary_key.columns
    values = {
        "key" if name == key.name else name: _python(table.c[name], column)
        for name, column in batch.items()
    }
    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    if rows:
        connection.execute(sa.update(table).where(key == sa.bindparam("key")), rows)


def read(connection: sa.Connection, *queries: sa.Select[Any]) -> Batch:
    """The rows of the queries, which have the same columns, as one batch."""
    rows = [tuple(row) for query in queries for row in connection.execute(query)]
    columns = list(queries[0].selected_columns)
    values = zip(*rows, strict=True) if rows else repeat((), len(columns))
    return {c.name: _array(c.type, list(v)) for c, v in zip(columns, values, strict=True)}


def revenue() -> sa.Select[tuple[Decimal]]:
    """The net revenue: live items of live orders that count as a sale."""
    item, order = tables.order_items.c, tables.orders.c
    return (
        sa.select(sa.func.sum(item.net_amount))
        .join_from(tables.order_items, tables.orders)
        .where(
            item.deleted_at.is_(None),
            order.deleted_at.is_(None),
            order.order_status.not_in(["Pendente", "Cancelado"]),
        )
    )


def exists(connection: sa.Connection, table: sa.Table) -> bool:
    """Whether the table is there; SQLite has no schemas."""
    named = None if connection.dialect.name == "sqlite" else table.schema
    return sa.inspect(connection).has_table(table.name, schema=named)


def _create_file(url: sa.URL, rows: Rows, *, replace: bool) -> dict[str, int]:
    path = Path(url.database or "")
    if path.exists() and not replace:
        with tables.engine(url).connect() as connection:
            if not exists(connection, state):
                raise RefusedError(f"{path} is not a sample database: add --replace to lose it")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefusedError(f"{path} is being seeded by another process: wait for it") from error
        # What a killed run has left.
        held.truncate(0)
        try:
            counts = _write_file(url.set(database=str(unfinished)), rows)
        except BaseException:
            unfinished.unlink()
            raise
        for suffix in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        unfinished.replace(path)
    return counts


def _write_file(url: sa.URL, rows: Rows) -> dict[str, int]:
    engine = tables.engine(url)
    with engine.connect() as connection:
        # Nothing of this file needs to outlive a crash before it has its name.
        connection.exec_driver_sql("PRAGMA journal_mode = OFF")
        connection.exec_driver_sql("PRAGMA synchronous = OFF")
        connection.exec_driver_sql("PRAGMA cache_size = -200000")
        counts = _fill(connection, rows)
        connection.commit()
    engine.dispose()
    return counts


def _fill(connection: sa.Connection, rows: Rows) -> dict[str, int]:
    """Create the tables, write the rows, and index them only then, which is much faster."""
    for table in TABLES.values():
        connection.execute(CreateTable(table))
    counts = dict.fromkeys(TABLES, 0)
    write = _insert_raw if connection.dialect.name == "sqlite" else insert
    for name, batch in rows:
        write(connection, TABLES[name], batch)
        counts[name] += len(next(iter(batch.values())))
    for table in TABLES.values():
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            connection.execute(CreateIndex(index))
    return counts


def _filled(connection: sa.Connection, table: sa.Table) -> bool:
    if not exists(connection, table):
        return False
    return (
        connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None
    )


def _insert_raw(connection: sa.Connection, table: sa.Table, batch: Batch) -> None:
    """Insert into SQLite, in the very texts and numbers that SQLAlchemy would write."""
    columns, marks = ", ".join(batch), ", ".join("?" * len(batch))
    # The driver's own cursor takes an iterator, so that no chunk is held twice.
    cursor: sqlite3.Cursor = connection.connection.cursor()  # type: ignore[assignment]
    cursor.executemany(
        f"INSERT INTO {table.name} ({columns}) VALUES ({marks})",  # noqa: S608
        zip(*(_sqlite(table.c[name], values) for name, values in batch.items()), strict=True),
    )


def _sqlite(column: sa.Column[Any], values: Array) -> list[Any]:
    match column.type:
        case sa.Numeric(scale=int(scale)):
            values = values / 10**scale
        case sa.Date() | sa.DateTime():
            values = _texts(values, with_time=isinstance(column.type, sa.DateTime))
    return list(values.tolist())


def _python(column: sa.Column[Any], values: Array) -> list[Any]:
    listed = list(values.tolist())
    match column.type:
        case sa.Numeric(scale=int(scale)):
            return [None if v is None else Decimal(v).scaleb(-scale) for v in listed]
    return listed


def _array(kind: sa.types.TypeEngine[Any], values: list[Any]) -> Array:
    """The reverse of :func:`_python`."""
    match kind:
        case sa.DateTime():
            return np.array(values, dtype="M8[s]")
        case sa.Date():
            return np.array(values, dtype="M8[D]")
        case sa.Unicode():
            return np.array(values, dtype=object)
        case sa.Boolean():
            return np.array(values, dtype=bool)
        case sa.Numeric(scale=int(scale)):
            values = [None if v is None else int(Decimal(v).scaleb(scale)) for v in values]
    missing = [v is None for v in values]
    numbers = np.array([v or 0 for v in values], dtype=np.int64)
    return np.ma.array(numbers, mask=missing) if any(missing) else numbers


def _texts(values: npt.NDArray[np.datetime64], *, with_time: bool) -> Texts:
    """Timestamps in ISO format; put together from a text a day and a text a second."""
    known = ~np.isnat(values)
    texts = np.full(len(values), None, dtype=object)
    if not known.any():
        return texts
    days = values[known].astype("M8[D]")
    first = days.min()
    calendar = np.arange(first, days.max() + 1).astype(str).astype(object)
    text = calendar[(days - first).astype(np.int64)]
    if with_time:
        text = text + _SECONDS[(values[known] - days).astype(np.int64)]
    texts[known] = text
    return texts
