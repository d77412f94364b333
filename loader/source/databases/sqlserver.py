"""SQL Server as the source, through ODBC."""

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.mssql import MONEY, SMALLMONEY

from core.totals_sql import SQLSERVER
from loader.source.databases.base import TYPES, Database, NoSnapshotError


class SQLServer(Database):
    """A database of a SQL Server."""

    totals_sql = SQLSERVER
    types = (*TYPES, *((money, pa.decimal128(38, 9)) for money in (MONEY, SMALLMONEY)))

    def __init__(self, url: sa.URL, *, patience: float = 0, consistent: bool = True) -> None:
        if not {"driver", "odbc_connect"} & url.query.keys():
            from core.engines.sqlserver import driver

            url = url.update_query_dict({"driver": driver()})
        super().__init__(url, patience=patience, consistent=consistent)

    def connect(self) -> sa.Connection:
        from core.engines.sqlserver import patiently

        return patiently(super().connect, self.patience, self.label)

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
