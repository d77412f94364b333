"""SQLite as the source: a file, whose dates are text and whose numbers are doubles."""

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import md5
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.contract.entities import MONEY
from core.contract.values import arrow_array
from core.totals_sql import DIGITS, MIXED, PRIMES, TotalsSql
from loader.source.databases.base import Database

EPOCH = datetime(1970, 1, 1)

_CHECKSUM = f"""
case when typeof({{x}}) = 'integer' and {{x}} between 0 and {10**DIGITS - 1}
then {MIXED} else dw_checksum(cast({{x}} as text)) end"""

_AMOUNT = """
case typeof({x})
when 'integer' then
    case when {x} between -99999999999999 and 99999999999999 then {x} * 10000 else 0 end
when 'real' then
    case when {x} > -1e11 and {x} < 1e11
    then cast({x} * 10000 + case when {x} < 0 then -0.5 else 0.5 end as integer)
    else dw_amount({x}) end
else 0 end"""

_WHOLE = """
case typeof({x})
when 'integer' then {x}
when 'real' then case when {x} = cast({x} as integer) then cast({x} as integer) else 0 end
else 0 end"""

# A timestamp as SQLAlchemy writes it: SQLite's own functions are ten times faster than ours, but
# would take the 30th of February too.
_PLAIN = """
datetime(substr({x}, 1, 19)) = substr({x}, 1, 19) and {x} >= '0001'
    and (length({x}) = 19 or substr({x}, 20) glob '.[0-9][0-9][0-9][0-9][0-9][0-9]')"""

# SQLite hands no function a text that is no UTF-8.
_BYTES = "case typeof({x}) when 'text' then cast({x} as blob) end"

_TOTALS_SQL = TotalsSql(
    text="cast({x} as text) collate binary",
    checksum=_CHECKSUM,
    month=f"case when {_PLAIN} then substr({{x}}, 1, 7) else dw_month({_BYTES}) end",
    amount=_AMOUNT,
    whole=_WHOLE,
    seconds=f"case when {_PLAIN}"
    " then cast(strftime('%s', substr({x}, 1, 19)) as integer)"
    f" else dw_seconds({_BYTES}) end",
    units=10_000,
)

_DIGITS_ONLY = re.compile(rf"0|[1-9][0-9]{{0,{DIGITS - 1}}}")
# What Arrow reads as a timestamp; Python's own reader, which is fast, takes more than that.
_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d([ T]\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|[+-]\d\d(:?[0-5]\d)?)?)?", re.ASCII
)


class SQLite(Database):
    """A file of SQLite 3."""

    totals_sql = _TOTALS_SQL

    def __init__(self, url: sa.URL, *, patience: float = 0, consistent: bool = True) -> None:
        # SQLite itself waits while somebody else holds the file.
        waiting = {"timeout": str(patience), **url.query}
        super().__init__(url.set(query=waiting), patience=patience, consistent=consistent)

    def exists(self) -> bool:
        return Path(self.engine.url.database or "").is_file()

    def begin(self, connection: sa.Connection) -> sa.Connection:
        driver: Any = connection.connection.dbapi_connection
        register_functions(driver)
        # A byte that is no UTF-8 is one odd value, not an error of the whole result.
        driver.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        return connection

    def snapshot(self) -> list[sa.Connection]:
        watch = self.connect()
        version = "PRAGMA data_version"
        before = watch.exec_driver_sql(version).scalar()
        both = [self.begin(self.connect()), self.begin(self.connect())]
        # Another one has the state of a later moment when somebody wrote in between.
        return both if watch.exec_driver_sql(version).scalar() == before else both[:1]

    def looked_up(
        self, connection: sa.Connection, rows: sa.Select[Any], column: str
    ) -> sa.FromClause:
        # It scans a SELECT that it takes for small, such as one with `group by`, for each row that
        # it joins: a table beside the database, of this connection alone, has an index.
        statement = rows.compile(connection, compile_kwargs={"literal_binds": True})
        name = f"dw_{md5(str(statement).encode(), usedforsecurity=False).hexdigest()}"
        present = connection.exec_driver_sql(
            "SELECT 1 FROM sqlite_temp_master WHERE name = ?", (name,)
        )
        if present.first() is None:
            connection.exec_driver_sql("PRAGMA query_only = OFF")
            connection.exec_driver_sql(f"CREATE TEMP TABLE {name} AS {statement}")
            connection.exec_driver_sql(f"CREATE INDEX temp.{name}_{column} ON {name} ({column})")
            connection.exec_driver_sql("PRAGMA query_only = ON")
        columns: list[sa.ColumnClause[Any]] = [sa.column(c.name) for c in rows.selected_columns]
        return sa.table(name, *columns).alias("dates")

    def stop(self, connection: sa.Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.interrupt()

    def schema(self, default: str | None) -> str | None:
        return None

    def moment(self, moment: datetime) -> sa.BindParameter[Any]:
        # The shortest spelling, which is never greater than another one of the same moment.
        text = moment.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")
        return sa.literal(text, sa.String())


def register_functions(connection: sqlite3.Connection) -> None:
    """Give a SQLite connection the functions that its expressions need."""
    for function in (_checksum, _month, _seconds, _amount):
        name = f"dw{function.__name__}"
        connection.create_function(name, 1, function, deterministic=True)


def _checksum(text: str) -> int:
    if _DIGITS_ONLY.fullmatch(text):
        number = int(text)
        return number % PRIMES[0] * (number % PRIMES[1]) % PRIMES[2]
    digest = md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big")


def _moment(value: object) -> datetime | None:
    """The timestamp that a value of SQLite lands as."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else ""
    if _TIMESTAMP.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return moment
        return moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _month(value: object) -> str:
    moment = _moment(value)
    return "" if moment is None else f"{moment.year:04}-{moment.month:02}"


def _seconds(value: object) -> int:
    moment = _moment(value)
    return 0 if moment is None else (moment - EPOCH) // timedelta(seconds=1)


def _amount(value: float) -> int:
    """Ten-thousandths of what a double lands as, where it is too great for its own arithmetic."""
    try:
        landed: Decimal = arrow_array([value], MONEY)[0].as_py()
    except (ValueError, TypeError, ArithmeticError):
        return 0
    return int(landed * 10_000)
