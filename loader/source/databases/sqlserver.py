"""SQL Server as the source, through ODBC."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.mssql import MONEY, SMALLMONEY

from core.totals_sql import SQLSERVER
from loader.source.databases.base import TYPES, Database, NoSnapshotError

# Half of a ten-thousandth goes away from zero by the arithmetic of doubles, as it does where rows
# land: T-SQL's cast of a float would round its 17 digits. A decimal of four places comes out as it
# is; from 1e11 a double has fewer, and the cast rounds what it has.
_AMOUNT = """
case when abs({x}) < 1e11
then cast(
    case when {x} < 0 then -1 else 1 end * floor(abs({x}) * 1e4 + 5e-1) as decimal(20, 0)
) * cast(0.0001 as decimal(5, 4))
when abs({x}) < 1e14 then cast({x} as decimal(38, 4)) else 0 end"""

# What has an offset lands in UTC. With seven digits nothing is rounded: the driver, too, cuts what
# a microsecond does not hold, so 23:59:59.9999999 stays on its day. A text is one as ISO 8601 only.
_MOMENT = """
case when convert(varchar(40), {x}, 121) like '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]%'
then cast(switchoffset(try_cast({x} as datetimeoffset(7)), '+00:00') as datetime2(7)) end"""

_TOTALS_SQL = replace(
    SQLSERVER,
    month=SQLSERVER.month.format(x=_MOMENT),
    amount=_AMOUNT,
    whole="case when abs({x}) < 9.2e18 and {x} = floor({x})"
    " then cast({x} as decimal(38, 0)) else 0 end",
    seconds=SQLSERVER.seconds.format(x=_MOMENT),
)


class SQLServer(Database):
    """A database of a SQL Server."""

    totals_sql = _TOTALS_SQL
    types = (*TYPES, *((money, pa.decimal128(38, 9)) for money in (MONEY, SMALLMONEY)))

    def __init__(self, url: sa.URL, *, patience: float = 0, consistent: bool = True) -> None:
        from core.odbc import with_driver

        super().__init__(with_driver(url), patience=patience, consistent=consistent)

    def connect(self) -> sa.Connection:
        from core.engines.sqlserver import patiently

        connection = patiently(super().connect, self.patience, self.label)
        driver: Any = connection.connection.dbapi_connection
        driver.timeout = self.statement_seconds
        return connection

    def begin(self, connection: sa.Connection) -> sa.Connection:
        if not self.consistent:
            return connection
        allowed = connection.exec_driver_sql(
            "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()"
        ).scalar()
        connection.rollback()
        if allowed != 1:
            name = self.engine.url.database
            connection.close()
            raise NoSnapshotError(
                f"the source, database {name!r}, allows no snapshot, so that a load would mix"
                " what was there before and after a change; have its administrator run"
                f" `ALTER DATABASE [{name}] SET ALLOW_SNAPSHOT_ISOLATION ON`, or set"
                " DW_OLTP_SNAPSHOT=false to load it as it is"
            )
        connection.execution_options(isolation_level="SNAPSHOT")
        return connection
