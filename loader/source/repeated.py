"""Rows of one key, or of none, where the contract has one: they land apart, and wait."""

from dataclasses import replace

import pyarrow as pa
import sqlalchemy as sa

from loader.source.query import COPY, LINE, Query, expression, literal

# What the contract has once beside each key.
ONCE = {"order_items": ("order_id", "item_number")}
REASONS = {
    COPY: "chave de mais de uma linha na origem",
    LINE: "repete o número de outro item do pedido",
}
"""Why such rows wait."""


def doubtful(connection: sa.Connection, query: Query) -> bool:
    """Whether any row has the key of another or none, or repeats what the contract has once."""
    rows = sa.select(sa.func.count()).select_from(query.rows)
    looks = []
    if not query.key_is_declared:
        key, is_none = _by_key(query)
        wrong = sa.or_(sa.func.count() > 1, sa.func.max(is_none) == 1)
        looks.append(rows.group_by(key, is_none).having(wrong))
    once = _by_once(query)
    if once and not query.once_is_declared:
        looks.append(rows.where(_is_numbered(query)).group_by(*once).having(sa.func.count() > 1))
    return any(connection.execute(look.limit(1)).first() is not None for look in looks)


def set_apart(query: Query) -> Query:
    """The query; of each row it tells which one of its key it is, and of its order's number.

    The first is that of the earliest month and change, so that it is the same in all statements.
    """
    key = expression(query.expressions[query.key])
    columns = [c for c in (query.entity.month, "updated_at") if c and c in query.expressions]
    order = [expression(query.expressions[c]) for c in columns] + [key]
    alike = _by_key(query)
    copies = sa.func.count().over(partition_by=alike)
    number = sa.func.row_number().over(partition_by=alike, order_by=order)
    copy = sa.case((sa.or_(copies > 1, key.is_(None)), number), else_=0).label(COPY)
    line: sa.ColumnElement[int] = sa.literal_column("1")
    if once := _by_once(query):
        numbers = sa.func.row_number().over(
            partition_by=[*once, sa.case((_is_numbered(query), 1), else_=0)], order_by=[key, *order]
        )
        line = sa.case((_is_numbered(query), numbers), else_=1)
    rows = sa.select(literal("*"), copy, line.label(LINE)).select_from(query.rows)
    name = getattr(query.rows, "name", "src")
    return replace(
        query,
        rows=rows.subquery(name),
        expressions={**query.expressions, COPY: COPY, LINE: LINE},
        is_doubtful=True,
    )


def named_apart(table: pa.Table, key: str) -> pa.Table:
    """Rows as they land: all but the first of a key, and those of none, under keys of their own."""
    position = table.schema.get_field_index(key)
    keys = [
        text if text is not None and copy <= 1 else f"{text or ''}[linha {copy}]"
        for text, copy in zip(table[key].to_pylist(), table[COPY].to_pylist(), strict=True)
    ]
    named = table.set_column(position, table.schema.field(position), pa.array(keys, pa.string()))
    return named.drop_columns([COPY])


def _by_key(query: Query) -> list[sa.ColumnElement[object]]:
    """What rows of one key have alike: it, to the byte, and whether there is none."""
    sql = f"({query.expressions[query.key]})"
    none = sa.case((literal(sql).is_(None), literal("1")), else_=literal("0"))
    return [literal(query.database.totals_sql.text.format(x=sql)), none]


def _by_once(query: Query) -> list[sa.ColumnElement[object]]:
    columns = ONCE.get(query.entity.name, ())
    if not columns or not query.expressions.keys() >= set(columns):
        return []
    return [expression(query.expressions[column]) for column in columns]


def _is_numbered(query: Query) -> sa.ColumnElement[bool]:
    """Whether a row is one of those that the contract has once: it is not deleted."""
    conditions = [column.is_not(None) for column in _by_once(query)]
    if "deleted_at" in query.expressions:
        conditions.append(expression(query.expressions["deleted_at"]).is_(None))
    return sa.and_(*conditions)
