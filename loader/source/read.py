"""Rows of the source as Arrow tables: what does not fit its column lands as null, with why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from core.contract.entities import (
    BALANCES,
    HARD_DELETED_AT,
    MONEY,
    ODD_VALUES,
    QUARANTINE,
    Column,
)
from core.contract.values import (
    arrow_array,
    cast_or_null,
    describe,
    describe_value,
    is_blank,
    reason,
    too_long,
    trimmed,
)
from core.engines.base import CHUNK_ROWS
from core.errors import SchemaContractError
from loader.source.problems import SourceProblem
from loader.source.query import COPY, Query
from loader.source.repeated import REASONS

# Rows turned into Arrow at once: few enough to stay in the processor's cache.
FETCH_ROWS = 5_000
# Fewer values of a chunk that do not fit are odd rows, not another type, even if they are most of
# it: chunks of a few rows.
RETYPED_READ = 100
NOT_YET = "order_date: dia que ainda não chegou"
"""Why an order waits that is dated after the day of the load."""

Reasons = dict[int, list[str]]
"""What is wrong with rows, by their positions."""


def rows(
    connection: sa.Connection, query: Query, statement: sa.Select[Any], start: datetime | None
) -> Iterator[pa.Table]:
    """What a statement of a query gives, in chunks; without what it gives from before ``start``.

    Raises SchemaContractError when a column no longer is what it was.
    """
    options = {"yield_per": FETCH_ROWS}
    with connection.execute(statement, execution_options=options) as result:
        tables: list[pa.Table] = []
        for fetched in result.partitions():
            tables.append(_window(_table(query, fetched), start))
            if len(tables) * FETCH_ROWS >= CHUNK_ROWS:
                yield pa.concat_tables(tables)
                tables = []
        if tables:
            yield pa.concat_tables(tables)


def keys(connection: sa.Connection, statement: sa.Select[Any]) -> Iterator[pa.Table]:
    """The keys that a statement gives, in a column ``key``, in chunks; what else it gives, too."""
    options = {"yield_per": CHUNK_ROWS}
    with connection.execute(statement, execution_options=options) as result:
        for partition in result.partitions():
            found, *copies = zip(*partition, strict=True)
            table = pa.table({"key": arrow_array(found, pa.string())})
            yield table.append_column(COPY, pa.array(copies[0])) if copies else table


def _table(query: Query, rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows of a query as typed columns; those that the source does not fill are null."""
    values = dict(zip(query.expressions, zip(*rows, strict=True), strict=True))
    keys = values[query.entity.key]
    arrays: dict[str, pa.Array] = {}
    waits: Reasons = {}
    stays: Reasons = {}
    for column in query.columns:
        if column.name not in values:
            arrays[column.name] = pa.nulls(len(rows), column.type)
            continue
        arrays[column.name], odd = odd_values(column, values[column.name])
        bad = odd
        if column.name == query.key and query.is_doubtful:
            bad = {i: why for i, why in odd.items() if keys[i] is not None}
        if column.decides and (len(bad) >= RETYPED_READ or (bad and column.name == query.key)):
            for problem in retyped(query, column, values[column.name], keys, bad):
                raise SchemaContractError(problem)
        told = waits if column.decides else stays
        for position, why in odd.items():
            told.setdefault(position, []).append(f"{column.name}: {why}")
    if query.derived is not None:
        arrays[query.derived] = _derived(query, arrays)
    for name, why in REASONS.items() if query.is_doubtful else ():
        first = 0 if name == COPY else 1
        for position, number in enumerate(values[name]):
            if number > first and keys[position] is not None:
                waits.setdefault(position, []).append(f"{query.key}: {why}")
    if query.until is not None:
        for position in _later(arrays[str(query.entity.month)], query.until):
            waits.setdefault(position, []).append(NOT_YET)
    arrays[QUARANTINE] = _told(waits, len(rows))
    arrays[ODD_VALUES] = _told(stays, len(rows))
    arrays[HARD_DELETED_AT] = pa.nulls(len(rows), pa.timestamp("us"))
    table = pa.table(arrays, schema=query.arrow_schema)
    return table.append_column(COPY, pa.array(values[COPY])) if query.is_doubtful else table


def _told(reasons: Reasons, rows: int) -> pa.Array:
    """The reasons of each row, null of those without one."""
    if not reasons:
        return pa.nulls(rows, pa.string())
    return pa.array(["; ".join(reasons[i]) if i in reasons else None for i in range(rows)])


def _later(moments: pa.Array, until: date) -> list[int]:
    """The positions of moments after a day."""
    end = datetime.combine(until + timedelta(days=1), time())
    later = pc.greater_equal(moments, pa.scalar(end, pa.timestamp("us")))
    found: list[int] = pc.indices_nonzero(pc.fill_null(later, False)).to_pylist()
    return found


def _derived(query: Query, arrays: Mapping[str, pa.Array]) -> pa.Array:
    """The third of the amounts that balance, exactly, from the two that the source gives."""
    whole, part, rest = BALANCES[query.entity.name]
    if query.derived == whole:
        exact = pc.add(arrays[part], arrays[rest])
    else:
        exact = pc.subtract(arrays[whole], arrays[rest if query.derived == part else part])
    try:
        return exact.cast(MONEY)
    except pa.ArrowInvalid:
        return cast_or_null(exact.to_pylist(), MONEY)[0]


def odd_values(column: Column, values: Sequence[Any]) -> tuple[pa.Array, dict[int, str]]:
    """The values as they land, and for those that do not fit why, by position."""
    array, misfits = cast_or_null(values, column.type)
    odd = {i: reason(values[i], column.type) for i in misfits}
    if column.required and array.null_count > len(misfits):
        odd |= {i: "obrigatório, mas ausente" for i, value in enumerate(values) if value is None}
    if column.length:
        array = array if column.is_key else trimmed(array)
        if long := too_long(array, column.length):
            odd |= dict.fromkeys(long, f"texto com mais de {column.length} caracteres")
            fits = [position not in long for position in range(len(array))]
            array = pc.if_else(pa.array(fits), array, pa.scalar(None, pa.string()))
    return array, odd


def retyped(
    query: Query,
    column: Column,
    values: Sequence[Any],
    keys: Sequence[Any],
    odd: Mapping[int, str],
) -> list[str]:
    """The problem of a column most of whose values do not fit, or that is a key and has any."""
    if column.name != query.entity.key and _holds_dates(query, column):
        # Such as zero dates, infinity: what the database calls a date, and nothing else does.
        return []
    if not column.required:
        # What stands for nothing says nothing of the type.
        values = [None if is_blank(value) else value for value in values]
        odd = {position: why for position, why in odd.items() if values[position] is not None}
    judged = len(values) if column.required else len(values) - values.count(None)
    if not odd or (2 * len(odd) <= judged and column.name != query.key):
        return []
    first = min(odd)
    if values[first] is None:
        name = query.entity.name
        return [SourceProblem.NULL_VALUE(entity=name, column=column.name, key=keys[first])]
    return [_misfit(query, column, values[first], keys[first])]


def _holds_dates(query: Query, column: Column) -> bool:
    """Whether a column of dates is one at the source too."""
    declared = query.declared.get(column.name)
    return pa.types.is_temporal(column.type) and isinstance(declared, sa.Date | sa.DateTime)


def _misfit(query: Query, column: Column, value: object, key: object) -> str:
    """That a value does not fit its column: by the key of its row, since it may be personal."""
    if column.name == "updated_at" and query.cursor is not None:
        return SourceProblem.NOT_TIMESTAMP(
            entity=query.entity.name, actual=describe_value(value), key=key
        )
    return SourceProblem.RETYPED(
        entity=query.entity.name,
        column=column.name,
        expected=describe(column.type),
        actual=describe_value(value),
        key=key,
    )


def _window(table: pa.Table, start: datetime | None) -> pa.Table:
    """The rows since ``start`` or without a time; the database may have compared them as text."""
    if start is None:
        return table
    moments = table["updated_at"]
    since = pc.greater_equal(moments, pa.scalar(start, pa.timestamp("us")))
    return table.filter(pc.or_kleene(since, pc.is_null(moments)))
