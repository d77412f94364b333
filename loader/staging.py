"""What has landed in ``staging``: counted, compared by content, added up."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from core import totals as control
from core import warehouse
from core.contract.entities import ENTITIES, HARD_DELETED_AT, QUARANTINE
from core.engines import engine
from core.settings import Settings
from core.totals import MONTH, Totals
from core.totals_sql import TotalsSql
from core.warehouse import STAGING, Client, query, rows, tables
from loader.source.query import Query
from loader.source.repeated import REASONS


@dataclass(frozen=True)
class Landed:
    """What ``staging`` holds of an entity."""

    rows: int = 0
    deleted: int = 0
    """Rows that the source has marked as deleted, or has no more."""
    watermark: datetime | None = None
    """The newest ``updated_at`` that is not in the future."""
    columns: frozenset[str] = frozenset()
    repeated: int = 0
    """Rows that wait since they repeat another one at the source, or did."""


class Staging:
    """Schema ``staging`` of the warehouse."""

    def __init__(self, settings: Settings) -> None:
        """Raises LockedError when another process holds the warehouse, LoaderError without it."""
        self.pipeline = warehouse.pipeline(settings, STAGING)
        self._sql = engine(settings).totals_sql

    def landed(self) -> dict[str, Landed]:
        """What has landed of each entity; entities without a table are left out."""
        columns = tables(self.pipeline)
        present = ENTITIES.keys() & columns
        if not present:
            return {}
        # A row dated in the year 9999 must not hide those that come until then.
        today = datetime.now(UTC).replace(tzinfo=None)
        patterns = [f"%{why}%" for why in REASONS.values()]
        repeats = f"{QUARANTINE} like %s or {QUARANTINE} like %s"
        repeats = f"{HARD_DELETED_AT} is null and ({repeats})"
        counts = " union all ".join(
            f"select '{name}' as entity, count(*) as n,"  # noqa: S608
            f" count(coalesce(deleted_at, {HARD_DELETED_AT})) as deleted,"
            " max(case when updated_at <= %s then updated_at end) as watermark,"
            f" count(case when {repeats} then 1 end) as repeated"
            f" from {STAGING}.{name}"
            for name in present
        )
        return {
            row["entity"]: Landed(
                row["n"],
                row["deleted"],
                row["watermark"],
                frozenset(columns[row["entity"]]),
                row["repeated"],
            )
            for table in query(self.pipeline, counts, *[today, *patterns] * len(present))
            for row in table.to_pylist()
        }

    def known_rows(
        self, client: Client, entity: str, landed: Landed, schema: pa.Schema, start: datetime | None
    ) -> Iterator[pa.Table]:
        """The landed rows since ``start``, or without a time, as tables of ``schema``."""
        where = "1 = 1" if start is None else "updated_at >= %s or updated_at is null"
        return _rows(client, entity, landed, schema, where, *([] if start is None else [start]))

    def rows_due(
        self,
        client: Client,
        entity: str,
        landed: Landed,
        schema: pa.Schema,
        reason: str,
        until: date,
    ) -> Iterator[pa.Table]:
        """The landed rows that wait, for ``reason``, for a day that has come by ``until``."""
        where = f"{QUARANTINE} like %s and {ENTITIES[entity].month} < %s"
        end = datetime(until.year, until.month, until.day) + timedelta(days=1)
        return _rows(client, entity, landed, schema, where, f"%{reason}%", end)

    def live_rows(
        self, read: Query, schema: pa.Schema, months: Collection[str]
    ) -> Iterator[pa.Table]:
        """The landed rows, of some months, that the source still had, as tables of ``schema``."""
        dated, listed = _monthly(self._sql, read), ", ".join(["%s"] * len(months))
        statement = f"select * from ({dated}) as dated where {MONTH} in ({listed})"  # noqa: S608
        for table in query(self.pipeline, statement, *sorted(months)):
            yield _completed(table, schema)

    def totals(self, queries: Iterable[Query]) -> dict[str, Totals]:
        """The control totals, by entity, of the landed rows that the source still had.

        Those since ``since`` of each query.
        """
        found = {}
        # One client for all: to open it takes longer than most of the statements.
        with self.pipeline.sql_client() as client:
            for read in queries:
                monthly = _monthly(self._sql, read, read.since)
                dated = f"select * from ({monthly}) as dated where {MONTH} >= %s"  # noqa: S608
                statement = control.statement(self._sql, read.entity, f"({dated})", read.unproved)
                counted = (
                    row
                    for table in rows(client, statement, read.since)
                    for row in table.to_pylist()
                )
                found[read.entity.name] = control.totals(self._sql, read.entity, counted)
        return found


def _rows(
    client: Client, entity: str, landed: Landed, schema: pa.Schema, where: str, *values: object
) -> Iterator[pa.Table]:
    """The landed rows of an entity where a condition holds, as tables of ``schema``."""
    # A source may call a column by a word of SQL.
    quoted = client.escape_column_name
    selected = ", ".join(quoted(column) for column in schema.names if column in landed.columns)
    statement = f"select {selected} from {STAGING}.{entity} where {where}"  # noqa: S608
    for table in rows(client, statement, *values):
        yield _completed(table, schema)


def _monthly(sql: TotalsSql, read: Query, since: str = "") -> str:
    """A SELECT of the landed rows that the source still had, each with its month.

    Those of orders before ``since``, a month, may lack it.
    """
    month = sql.month
    live = f"select * from {STAGING}.{{}} where {HARD_DELETED_AT} is null"  # noqa: S608
    landed = f"({live.format(read.entity.name)}) as landed"
    if read.month is None:
        return f"select landed.*, '' as {MONTH} from {landed}"  # noqa: S608
    if read.orders is None:
        return f"select landed.*, {month.format(x=read.month)} as {MONTH} from {landed}"  # noqa: S608
    orders = read.orders.entity
    # The first day of a month, of our own making: few orders to find among, for each of many rows.
    recent = f" and {orders.month} >= '{since}-01'" if since else ""
    return (
        f"select landed.*, {month.format(x=f'orders.{orders.month}')} as {MONTH}"  # noqa: S608
        f" from {landed} left join ({live.format(orders.name)}{recent}) as orders"
        f" on landed.{read.month} = orders.{orders.key}"
    )


def _completed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with nulls for the columns that had not landed yet."""
    arrays = [
        table[field.name].cast(field.type)
        if field.name in table.schema.names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)
