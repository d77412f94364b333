"""What is wrong with the rows of a source, found before any of them lands."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from core.refusals import told
from loader.source.problems import Problem
from loader.source.query import Query, expression
from loader.source.read import odd_values, retyped

# Rows whose values are tried before anything is loaded.
SAMPLE_ROWS = 1_000
# Fewer values of a sample that do not fit are odd rows, not another type, even if they are most of
# it: columns that are hardly ever filled.
RETYPED_SAMPLED = 10


def problems(
    connection: sa.Connection, query: Query, start: datetime | None, *, is_new: bool
) -> list[str]:
    """What is wrong with the keys of the rows since ``start``, and with the types of a sample.

    Of a mapping that is new, columns that a row can do without are judged too: it is rather the
    mapping that is wrong than most of the rows.
    """
    try:
        with connection.begin_nested():
            found = [] if query.key_is_declared else _key_problems(connection, query, start)
            return found + _type_problems(connection, query, is_new=is_new)
    except DBAPIError as error:
        return [Problem.BAD_SQL(entity=query.entity.name, part="SELECT", error=told(error))]


def _key_problems(connection: sa.Connection, query: Query, start: datetime | None) -> list[str]:
    key = expression(query.expressions[query.entity.key]).label("key")
    keys = query.changed_since(sa.select(key).select_from(query.rows), start).subquery()
    times = sa.func.count().label("times")
    groups = sa.select(keys.c.key, times).group_by(keys.c.key).subquery()
    nulls = sa.select(groups.c.times).where(groups.c.key.is_(None))
    twice = sa.select(groups.c.key).where(groups.c.times > 1, groups.c.key.is_not(None))
    problems = []
    if count := connection.execute(nulls).scalar():
        problems.append(Problem.NULL_KEY(entity=query.entity.name, count=count))
    example = connection.execute(twice.limit(1)).scalar()
    if example is not None:
        count = connection.execute(
            sa.select(sa.func.count()).select_from(twice.subquery())
        ).scalar()
        problems.append(
            Problem.DUPLICATE_KEY(entity=query.entity.name, count=count, example=str(example))
        )
    return problems


def _type_problems(connection: sa.Connection, query: Query, *, is_new: bool) -> list[str]:
    sample = connection.execute(query.select().limit(SAMPLE_ROWS)).fetchall()
    values = dict(zip(query.expressions, zip(*sample, strict=True), strict=False))
    problems = []
    for column in query.columns:
        is_cursor = column.name == "updated_at" and query.cursor is not None
        judged = column.decides or is_cursor or (is_new and column not in query.extras)
        if judged and column.name in values:
            odd = odd_values(column, values[column.name])[1]
            if len(odd) >= min(RETYPED_SAMPLED, len(sample)):
                keys = values[query.entity.key]
                problems += retyped(query, column, values[column.name], keys, odd)
    return problems
