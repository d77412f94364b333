"""What is read of an entity: the SELECTs that a mapping and its database make of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from core.contract.entities import BALANCES, ENTITIES, Column, Entity, arrow_schema
from core.contract.personal import is_emptied, is_measure
from core.totals import MONTH
from loader.source.databases.base import Database

# Of each row of a doubtful query: which one of its key it is, 0 if it is the only one; and which
# one of what the contract has once.
COPY, LINE = "_dw_copy", "_dw_line"


@dataclass(frozen=True)
class Query:
    """How one entity is read: an SQL expression for each landed column that the source fills."""

    database: Database
    entity: Entity
    rows: sa.FromClause
    expressions: Mapping[str, str]
    """Column name to SQL; a column of the contract that is not in here lands as null."""
    extras: tuple[Column, ...] = ()
    """What the source has beyond the contract."""
    cursor: str | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    """What else the source has, with why it does not land."""
    marked: frozenset[str] = frozenset()
    """The columns that the mapping calls personal, beyond those known to be."""
    trimmed: Mapping[str, str] = field(default_factory=dict)
    """The keys that land without blanks at their ends, with their SQL as it was."""
    key_is_hidden: bool = False
    """Pseudonyms land in the place of keys, so that the database cannot add up what does."""
    key_is_declared: bool = False
    """The database itself keeps the key unique and not null."""
    once_is_declared: bool = False
    """The database itself keeps once what else the contract has once."""
    is_doubtful: bool = False
    """Some rows have one key or none, or repeat what the contract has once: they wait."""
    cursor_is_declared: bool = False
    """The database itself keeps the cursor not null."""
    declared: Mapping[str, sa.types.TypeEngine[Any]] = field(default_factory=dict)
    """The types of those landed columns that are columns of a table, as it declares them."""
    orders: "Query | None" = None
    """What gives the rows their months, if that is their orders and orders are loaded too."""
    since: str = ""
    """The first month, yyyy-mm, that is compared with staging; empty: all are."""
    until: date | None = None
    """Rows dated after this day wait; None: none does."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Landed columns whose own name was another one's already, with the source's name."""

    @property
    def key(self) -> str:
        """The column of the key."""
        return self.entity.key

    @property
    def derived(self) -> str | None:
        """The one amount, of those that balance, that the source leaves to the other two."""
        balance = BALANCES.get(self.entity.name, ())
        lacking = [column for column in balance if column not in self.expressions]
        return lacking[0] if len(lacking) == 1 else None

    @property
    def unproved(self) -> frozenset[str]:
        """The columns of which source and staging are not compared."""
        hidden = [self.key] if self.key_is_hidden or self.is_doubtful else []
        return frozenset([*hidden, *([self.derived] if self.derived else [])])

    @property
    def personal(self) -> tuple[Column, ...]:
        """The columns that are emptied once their person is erased."""
        return tuple(
            c
            for c in self.columns
            if is_emptied(
                self.entity.name,
                c.name,
                extra=c in self.extras,
                measure=is_measure(c.type),
                marked=c.name in self.marked,
            )
        )

    def shared_names(self) -> list[str]:
        """The columns that land under a mark, since another one is called as they would be."""
        landed = {column.name for column in self.extras}
        return [
            f"{self.entity.name}: {source!r} lands as {name}, since another column has its name"
            for name, source in self.renamed.items()
            if name in landed
        ]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The landed columns, in order."""
        return self.entity.columns + self.extras

    @property
    def arrow_schema(self) -> pa.Schema:
        """The landed columns with their types, in order."""
        return arrow_schema(self.entity.key, self.columns)

    @property
    def filled(self) -> dict[str, str]:
        """The columns that the source fills, with the names of their Arrow types."""
        return {c.name: str(c.type) for c in self.columns if c.name in self.expressions}

    @property
    def month(self) -> str | None:
        """The column that the rows have their months by; None: they have none."""
        column = self.entity.month
        if column == ENTITIES["orders"].key and self.orders is None:
            return None
        return column if column in self.expressions else None

    def select(self) -> sa.Select[Any]:
        """The landed columns that the source fills, of all rows."""
        selected = [
            expression(sql).label(sa.quoted_name(column, quote=True))
            for column, sql in self.expressions.items()
        ]
        return sa.select(*selected).select_from(self.rows)

    def changed_since(self, statement: sa.Select[Any], start: datetime | None) -> sa.Select[Any]:
        """A statement over the rows, limited to those that changed at ``start`` or later, or may
        have; None: all of them.
        """
        if start is None or self.cursor is None:
            return statement
        cursor = expression(self.cursor)
        changed = cursor >= self.database.moment(start)
        # SQLite reads the whole table to look for nulls where there can be none.
        return statement.where(changed if self.cursor_is_declared else changed | cursor.is_(None))

    def in_months(
        self, connection: sa.Connection, names: Collection[str], months: Collection[str]
    ) -> sa.Select[Any]:
        """The named columns of the rows of some months, to ask on the connection."""
        dated = self.monthly(connection)
        statement = sa.select(*(dated.c[name] for name in names))
        return statement.where(dated.c[MONTH].in_(sorted(months)))

    def monthly(self, connection: sa.Connection, since: str = "") -> sa.Subquery:
        """The rows, each with its month, to ask on the connection.

        Those of orders before ``since``, a month, may lack.
        """
        rows = self._recent(self.select(), self.month, since).subquery("rows_")
        if self.month is None:
            return sa.select(rows, literal("''").label(MONTH)).subquery("monthly")
        if self.orders is None:
            month = self.database.totals_sql.month.format(x=self.month)
            return sa.select(rows, literal(month).label(MONTH)).subquery("monthly")
        dates = self.database.looked_up(connection, self.orders._dates(since), "order_key")
        of_order = literal(self.database.totals_sql.text.format(x=self.month)) == dates.c.order_key
        if self._is_declared_like(self.month, self.orders):
            # Says no more than the texts do, but a database has an index to find it by.
            of_order &= rows.c[self.month] == dates.c.order_value
        joined = rows.join(dates, of_order, isouter=not since)
        dated = sa.func.coalesce(dates.c.order_month, "").label(MONTH)
        return sa.select(rows, dated).select_from(joined).subquery("monthly")

    def _dates(self, since: str) -> sa.Select[Any]:
        """The months of the orders, of those since a month if there is one, to find rows' by."""
        sql, entity = self.database.totals_sql, self.entity
        key = f"({self.expressions[entity.key]})"
        month = sql.month.format(x=f"({self.expressions[str(entity.month)]})")
        by_order = sa.select(
            literal(key).label("order_value"),
            literal(sql.text.format(x=key)).label("order_key"),
            literal(month).label("order_month"),
        ).select_from(self.rows)
        if self.is_doubtful:
            # What names a key that several rows have means the first.
            by_order = by_order.where(literal(COPY) <= 1, literal(key).is_not(None))
        if since:
            # Few orders to find among, for each of many rows.
            by_order = self._recent(by_order, entity.month, since)
            by_order = by_order.where(by_order.selected_columns.order_month >= since)
        return by_order

    def _recent(self, statement: sa.Select[Any], column: str | None, since: str) -> sa.Select[Any]:
        """The statement without rows that surely are of a month before ``since``.

        A condition that an index answers; the month itself is an expression, which none does.
        """
        if not since or not isinstance(self.declared.get(str(column)), sa.Date | sa.DateTime):
            return statement
        # What has an offset, of hours, may land in another month.
        start = datetime.strptime(since, "%Y-%m") - timedelta(days=2)
        dated = expression(self.expressions[str(column)])
        return statement.where(dated >= self.database.moment(start))

    def _is_declared_like(self, column: str, other: "Query") -> bool:
        """Whether a column and another's key are equal as they are whenever their texts are."""
        types = self.declared.get(column), other.declared.get(other.entity.key)
        exact = all(isinstance(kind, sa.Integer | sa.String | sa.Uuid) for kind in types)
        return exact and repr(types[0]) == repr(types[1])


def literal(sql: str) -> sa.ColumnClause[Any]:
    """SQL as it is written."""
    return sa.literal_column(sql)


def expression(sql: str) -> sa.ColumnClause[Any]:
    """An expression of a mapping, as it is written there."""
    return literal(f"({sql})")
