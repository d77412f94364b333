"""MySQL and MariaDB as the source: one snapshot of InnoDB's tables, through PyMySQL."""

import ssl
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.mysql import BIGINT, BIT, YEAR
from sqlalchemy.exc import DBAPIError

from core.totals_sql import DIGITS, PRIMES, TotalsSql
from loader.source.databases.base import TYPES, Database

# What keeps versions of its rows, so that a transaction sees one moment.
_VERSIONED = ("InnoDB", "ROCKSDB", "TokuDB")
# Tables that a message names.
_NAMED = 5

# Bytes, so that neither case nor trailing blanks are ignored, whatever the column's collation.
_TEXT = "cast(convert(concat({x}) using utf8mb4) as binary)"
_NUMBER = f"cast({_TEXT} as signed)"
_MIXED = f"({_NUMBER} % {PRIMES[0]}) * ({_NUMBER} % {PRIMES[1]}) % {PRIMES[2]}"
# Not `regexp`: each server has a library of its own for it.
_CHECKSUM = f"""
case when {_NUMBER} between 0 and {10**DIGITS - 1} and cast({_NUMBER} as binary) = {_TEXT}
then {_MIXED} else cast(conv(left(md5({_TEXT}), 8), 16, 10) as signed) end"""

# A zero date, or one with a zero in it, is none; what stands in a text must look like one.
_IS_DATE = """
concat({x}) like '____-__-__%' and year({x}) between 1 and 9999
    and dayofmonth({x}) between 1 and dayofmonth(last_day(concat(left(concat({x}), 8), '01')))"""

_TOTALS_SQL = TotalsSql(
    text=_TEXT,
    checksum=_CHECKSUM,
    month=f"case when {_IS_DATE} then left(concat({{x}}), 7) else '' end",
    amount="case when abs({x}) < 1e14 then cast({x} as decimal(38, 4)) else 0 end",
    whole="case when {x} = floor({x}) and abs({x}) < 9.2e18 then cast({x} as decimal(38, 0))"
    " else 0 end",
    seconds=f"case when {_IS_DATE} then to_seconds({{x}}) - to_seconds('1970-01-01') else 0 end",
)

log = structlog.get_logger()


class MySQL(Database):
    """A database of a MySQL or MariaDB server."""

    totals_sql = _TOTALS_SQL
    types = (*TYPES, (BIT, pa.int64()), (YEAR, pa.int64()), (sa.JSON, pa.string()))

    def __init__(self, url: sa.URL, *, patience: float = 0, consistent: bool = True) -> None:
        # The database counts, not the driver that the company's other programs have.
        url = url.set(drivername=f"{url.get_backend_name()}+pymysql")
        url = url.difference_update_query(["charset"]).update_query_dict({"charset": "utf8mb4"})
        super().__init__(url, patience=patience, consistent=consistent)
        sa.event.listen(self.engine, "do_connect", self._prepare)

    def _prepare(
        self, dialect: sa.Dialect, record: object, arguments: object, options: dict[str, Any]
    ) -> None:
        """What the driver is told beside the URL."""
        options["conv"] = _decoders()
        told = any(name.startswith("ssl") for name in self.engine.url.query)
        if not told and _is_elsewhere(self.engine.url.host):
            options["ssl"] = _unverified()

    def begin(self, connection: sa.Connection) -> sa.Connection:
        # A TIMESTAMP is given in the zone of the session; our watermarks are UTC.
        connection.exec_driver_sql("SET SESSION time_zone = '+00:00'")
        # It waits while what it has read is merged.
        connection.exec_driver_sql(
            "SET SESSION wait_timeout = 86400, net_write_timeout = 86400, net_read_timeout = 86400"
        )
        if connection.dialect.is_mariadb:  # type: ignore[attr-defined]
            limit = f"max_statement_time = {self.statement_seconds}"
        else:
            limit = f"max_execution_time = {self.statement_seconds * 1000}"
        connection.exec_driver_sql(f"SET SESSION {limit}")
        connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        return connection

    def snapshot(self) -> list[sa.Connection]:
        connections = super().snapshot()
        if unversioned := self._unversioned(connections[0]):
            more = len(unversioned) - _NAMED
            named = ", ".join(unversioned[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            log.warning(
                "tables that keep no versions cannot be read as of one moment: what is written"
                " to them during a load may make its proof fail, and the next load puts it right;"
                " `ALTER TABLE … ENGINE = InnoDB` mends it",
                tables=named,
            )
        return connections

    def stop(self, connection: sa.Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        try:
            with self.engine.connect() as other:
                other.exec_driver_sql(f"KILL QUERY {int(driver.thread_id())}")
        except DBAPIError:
            # Such as a user that may have one connection: the statement goes on to its end.
            log.warning("the source goes on adding up: it lets nobody stop it")

    def declared_type(self, declared: sa.types.TypeEngine[Any]) -> pa.DataType | None:
        if isinstance(declared, BIGINT) and declared.unsigned:
            # Up to 2^64.
            return pa.decimal128(38, 9)
        return super().declared_type(declared)

    def _unversioned(self, connection: sa.Connection) -> list[str]:
        found = connection.execute(
            sa.text(
                "select table_name from information_schema.tables"
                " where table_schema = database() and table_type = 'BASE TABLE'"
                " and engine not in :versioned order by table_name"
            ).bindparams(sa.bindparam("versioned", _VERSIONED, expanding=True))
        )
        return [str(name) for (name,) in found]


def _decoders() -> dict[int, Callable[[Any], object]]:
    """How the driver reads values: its own ways, and bits as the number that they are."""
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions

    return {**conversions, FIELD_TYPE.BIT: _number}


def _number(bits: bytes) -> int:
    return int.from_bytes(bits, "big")


def _is_elsewhere(host: str | None) -> bool:
    """Whether what is sent to a host leaves this machine."""
    if host in (None, "", "localhost"):
        return False
    try:
        return not ip_address(str(host)).is_loopback
    except ValueError:
        return True


def _unverified() -> ssl.SSLContext:
    """Encrypted, as MySQL's own client does it unasked; `ssl_ca` in the URL verifies the server."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
