"""PostgreSQL as the source: one snapshot that a second connection joins."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from core.totals_sql import DIGITS, MIXED, TotalsSql
from loader.source.databases.base import Database

_MONTH = """
case when concat({x}) ~ '^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
    and concat({x}) !~ 'BC$' then left(concat({x}), 7) else '' end"""

_CHECKSUM = f"""
case when concat({{x}}) ~ '^(0|[1-9][0-9]{{{{0,{DIGITS - 1}}}}})$'
then {MIXED.format(x="cast(concat({x}) as bigint)")}
else cast(cast('x' || left(md5(concat({{x}})), 8) as bit(32)) as bigint) end"""

_SECONDS = """
case when {x} between '0001-01-01' and '9999-12-31 23:59:59.999999'
then floor(extract(epoch from {x})) else 0 end"""


_TOTALS_SQL = TotalsSql(
    # Not a cast, which would cut the blanks that a char(n) comes with.
    text="concat({x})",
    checksum=_CHECKSUM,
    month=_MONTH,
    # A NaN is greater than every number.
    amount="case when abs({x}) < 1e14 then cast({x} as decimal(38, 4)) else 0 end",
    whole="case when cast({x} as numeric) % 1 = 0 and abs({x}) < 9.2e18"
    " then cast({x} as decimal(38, 0)) else 0 end",
    seconds=_SECONDS,
)


class PostgreSQL(Database):
    """A server of PostgreSQL, through psycopg2."""

    totals_sql = _TOTALS_SQL

    def begin(self, connection: sa.Connection) -> sa.Connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # Timestamps with a time zone compare with our watermarks, which are UTC.
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        connection.exec_driver_sql("SET LOCAL DATESTYLE TO ISO")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{self.statement_seconds}s'")
        # It waits while what it has read is merged.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        _read_all_dates(connection.connection.dbapi_connection)
        return connection

    def snapshot(self) -> list[sa.Connection]:
        first = self.begin(self.connect())
        try:
            state = first.exec_driver_sql("SELECT pg_export_snapshot()").scalar()
        except DBAPIError:
            # A standby exports none, and the failure has ended the transaction.
            first.close()
            return [self.begin(self.connect())]
        try:
            second = self.begin(self.connect())
        except DBAPIError:
            # Such as a role that may have one connection.
            return [first]
        second.exec_driver_sql("SET TRANSACTION SNAPSHOT %s", (state,))
        return [first, second]

    def stop(self, connection: sa.Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.cancel()


def _read_all_dates(connection: Any) -> None:
    """Have psycopg2 give dates that Python has not, such as infinity, as the text that they are."""
    from psycopg2 import extensions

    for oid, name in (
        (1082, extensions.PYDATE),
        (1114, extensions.PYDATETIME),
        (1184, extensions.PYDATETIMETZ),
    ):
        reader = partial(_date_or_text, name)
        extensions.register_type(extensions.new_type((oid,), "MOMENT", reader), connection)


def _date_or_text(reader: Any, value: str | None, cursor: object) -> Any:
    if value is None or "infinity" in value:
        return value
    try:
        return reader(value, cursor)
    except ValueError:
        return value
