"""What is wrong with the rows of a source, found before any of them lands."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from core.contract.entities import KEY_LENGTH
from core.contract.personal import CUSTOMERS, NATURAL_KEY
from core.contract.tables import SCHEMA, metadata
from core.refusals import told
from loader.source.problems import SourceProblem
from loader.source.query import Query, expression, literal
from loader.source.read import odd_values, retyped

# Rows whose values are tried before anything is loaded.
SAMPLE_ROWS = 1_000
# Fewer values of a sample that do not fit are odd rows, not another type, even if they are most of
# it: columns that are hardly ever filled.
RETYPED_SAMPLED = 10
# Letters and digits of a name that is looked for in a key.
SHORTEST_NAME = 5


def problems(connection: sa.Connection, query: Query, *, is_new: bool) -> list[str]:
    """What is wrong with the keys, and with the types of a sample.

    Single rows that share a key or have none wait: of most, it is the mapping that is wrong. Of a
    mapping that is new, columns that a row can do without are judged too: it is rather the mapping
    that is wrong than most of the rows.
    """
    try:
        with connection.begin_nested():
            found = _key_problems(connection, query) if query.is_doubtful else []
            return found + _type_problems(connection, query, is_new=is_new)
    except DBAPIError as error:
        return [SourceProblem.BAD_SQL(entity=query.entity.name, part="SELECT", error=told(error))]


def _key_problems(connection: sa.Connection, query: Query) -> list[str]:
    key = expression(query.expressions[query.key]).label("key")
    keys = sa.select(key).select_from(query.rows).subquery("keys_")
    times = sa.func.count().label("times")
    groups = sa.select(keys.c.key, times).group_by(keys.c.key).subquery("groups_")
    is_odd = sa.or_(groups.c.times > 1, groups.c.key.is_(None))
    odd = sa.func.sum(sa.case((is_odd, groups.c.times), else_=0))
    counted = connection.execute(sa.select(sa.func.sum(groups.c.times), odd)).one()
    rows, wrong = (int(number or 0) for number in counted)
    if 2 * wrong <= rows:
        return []
    nulls = sa.select(groups.c.times).where(groups.c.key.is_(None))
    twice = sa.select(groups.c.key).where(groups.c.times > 1, groups.c.key.is_not(None))
    problems = []
    if count := connection.execute(nulls).scalar():
        problems.append(SourceProblem.NULL_KEY(entity=query.entity.name, count=count))
    example = connection.execute(twice.limit(1)).scalar()
    if example is not None:
        count = connection.execute(
            sa.select(sa.func.count()).select_from(twice.subquery())
        ).scalar()
        problems.append(
            SourceProblem.DUPLICATE_KEY(entity=query.entity.name, count=count, example=str(example))
        )
    return problems


def nearly(connection: sa.Connection, queries: Collection[Query]) -> list[str]:
    """Keys that are another entity's but for case or blanks at their ends, or of their own but for
    such blanks.

    Some databases take them for the same; keys are compared to the byte here.
    """
    by_name = {query.entity.name: query for query in queries}
    problems = []
    for name, query in by_name.items():
        problems += _blanks_apart(connection, query)
        for column in metadata.tables[f"{SCHEMA}.{name}"].columns:
            for foreign in column.foreign_keys:
                parent = by_name.get(foreign.column.table.name)
                if parent is not None and column.name in query.expressions:
                    problems += _nearly(connection, query, column.name, parent)
    return problems


def _nearly(connection: sa.Connection, query: Query, column: str, parent: Query) -> list[str]:
    named, known = _keys(query, column), _keys(parent, parent.entity.key)
    exact = known.alias("exact")
    pairs = named.join(known, named.c.loose == known.c.loose)
    missing = pairs.join(exact, named.c.key == exact.c.key, isouter=True)
    found = sa.select(sa.func.count(named.c.key.distinct()), sa.func.min(named.c.loose))
    statement = found.select_from(missing).where(exact.c.key.is_(None))
    count, example = connection.execute(statement).one()
    if not count:
        return []
    name, of = query.entity.name, parent.entity.name
    return [
        SourceProblem.NEARLY(entity=name, column=column, count=count, parent=of, example=example)
    ]


def _blanks_apart(connection: sa.Connection, query: Query) -> list[str]:
    sql, template = query.expressions[query.key], query.database.totals_sql.text
    if not isinstance(query.declared.get(query.key, sa.String()), sa.String):
        return []
    # By their bytes, since case tells keys apart.
    exact, bare = (literal(template.format(x=x)) for x in (f"({sql})", f"rtrim({sql})"))
    shown = sa.func.rtrim(sa.cast(expression(sql), sa.Unicode(KEY_LENGTH)))
    columns = exact.label("key"), bare.label("bare"), shown.label("shown")
    keys = sa.select(*columns).select_from(query.rows).distinct().subquery()
    times = sa.func.count().label("times")
    groups = sa.select(times, sa.func.min(keys.c.shown).label("shown")).group_by(keys.c.bare)
    twice = groups.having(times > 1).subquery()
    found = sa.select(sa.func.count(), sa.func.min(twice.c.shown)).select_from(twice)
    try:
        with connection.begin_nested():
            count, example = connection.execute(found).one()
    except DBAPIError:
        # What the database does not trim is no text.
        return []
    if not count:
        return []
    return [SourceProblem.BLANKS_APART(entity=query.entity.name, count=count, example=example)]


def trimmed(connection: sa.Connection, queries: Collection[Query]) -> list[str]:
    """Of each column that is trimmed, how many of its values lose blanks."""
    lines = []
    for query in queries:
        for column, sql in query.trimmed.items():
            text = sa.cast(expression(sql), sa.Unicode(KEY_LENGTH))
            found = sa.select(sa.func.count()).select_from(query.rows).where(text.like("% "))
            if count := connection.execute(found).scalar():
                name = query.entity.name
                lines.append(SourceProblem.TRIMMED(entity=name, column=column, count=count))
    return lines


def _keys(query: Query, column: str) -> sa.Subquery:
    """The keys in a column: to the byte, and as a database may take them for the same."""
    sql = query.expressions[column]
    text = sa.cast(expression(sql), sa.Unicode(KEY_LENGTH))
    exact = literal(query.database.totals_sql.text.format(x=f"({sql})")).label("key")
    loose = sa.func.lower(sa.func.rtrim(text)).label("loose")
    statement = sa.select(exact, loose).select_from(query.rows)
    return statement.where(expression(sql).is_not(None)).distinct().subquery()


def _type_problems(connection: sa.Connection, query: Query, *, is_new: bool) -> list[str]:
    sample = connection.execute(query.select().limit(SAMPLE_ROWS)).fetchall()
    values = dict(zip(query.expressions, zip(*sample, strict=True), strict=False))
    problems = _natural_keys(query, values)
    for column in query.columns:
        is_cursor = column.name == "updated_at" and query.cursor is not None
        judged = column.decides or is_cursor or (is_new and column not in query.extras)
        if judged and column.name in values:
            odd = odd_values(column, values[column.name])[1]
            if column.name == query.key:
                # Those of none have been counted.
                odd = {i: why for i, why in odd.items() if values[column.name][i] is not None}
            if len(odd) >= min(RETYPED_SAMPLED, len(sample)):
                keys = values[query.entity.key]
                problems += retyped(query, column, values[column.name], keys, odd)
    return problems


def _natural_keys(query: Query, values: Mapping[str, Sequence[Any]]) -> list[str]:
    """The problem of customers' keys that are what their rows say of the person."""
    if query.entity.name != CUSTOMERS or query.key in query.marked or not values:
        return []
    keys = values[query.key]
    kinds = {
        "full_name": "names",
        "document_number": "documents",
        "email": "e-mails",
        "phone": "phone numbers",
    }
    for column, kind in kinds.items():
        same = [
            _plain(value) in _plain(key)
            for key, value in zip(keys, values.get(column, ()), strict=False)
            # What is short may stand in any key.
            if len(_plain(value)) >= SHORTEST_NAME and not re.search(NATURAL_KEY, str(key))
        ]
        if same and sum(same) * 2 > len(same):
            name = query.entity.name
            return [SourceProblem.PERSONAL_KEY(entity=name, kind=kind, column=query.key)]
    return []


def _plain(value: object) -> str:
    """Letters and digits alone; a document that is kept as a number has lost its zeros."""
    return "".join(c for c in str(value or "").casefold() if c.isalnum()).lstrip("0")
