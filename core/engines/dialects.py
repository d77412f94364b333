"""What control totals take, in the SQL of each database that is a source or a warehouse.

Every database must say of a row what the loader lands of it, to the cent: a value that its column
in staging cannot hold lands as null, so it counts for nothing here.
"""

import hashlib
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from core.contract.entities import MONEY
from core.contract.values import arrow_array

EPOCH = datetime(1970, 1, 1)


class Template(Protocol):
    """SQL with ``{x}`` in the place of an expression over a row."""

    def format(self, *, x: str) -> str: ...


@dataclass(frozen=True)
class Dialect:
    """The expressions of one database."""

    text: Template
    """A key as the text that lands; equal texts are equal to the byte."""
    checksum: Template
    """A number for a key, not negative and of 32 bits, by that text alone.

    Of whole numbers, which most keys are, by arithmetic, so that a database need not leave its own
    machine code for each row; of other texts the first 32 bits of their MD5.
    """
    month: Template
    """The month, yyyy-mm, of a date or timestamp; empty for what is none."""
    amount: Template
    """A decimal with four places; 0 for what is none."""
    whole: Template
    """A whole number; 0 for what is none."""
    seconds: Template
    """The whole seconds from 1970 to a timestamp; 0 for what is none."""
    units: int = 1
    """How many of ``amount`` are one: a database without exact decimals counts in integers."""


# Squared, more or less: sums of different keys would else be the same too often.
_PRIMES = 2_147_483_647, 2_147_483_629, 4_294_967_291
_MIXED = "(({{x}}) % {}) * (({{x}}) % {}) % cast({} as bigint)".format(*_PRIMES)
# The digits that a whole number may have to be mixed like that.
_DIGITS = 15

_SQLITE_CHECKSUM = f"""
case when typeof({{x}}) = 'integer' and {{x}} between 0 and {10**_DIGITS - 1}
then {_MIXED} else dw_checksum(cast({{x}} as text)) end"""

_SQLITE_AMOUNT = """
case typeof({x})
when 'integer' then
    case when {x} between -99999999999999 and 99999999999999 then {x} * 10000 else 0 end
when 'real' then
    case when {x} > -1e11 and {x} < 1e11
    then cast({x} * 10000 + case when {x} < 0 then -0.5 else 0.5 end as integer)
    else dw_amount({x}) end
else 0 end"""

_SQLITE_WHOLE = """
case typeof({x})
when 'integer' then {x}
when 'real' then case when {x} = cast({x} as integer) then cast({x} as integer) else 0 end
else 0 end"""

# A timestamp as SQLAlchemy writes it: SQLite's own functions are ten times faster than ours, but
# would take the 30th of February too.
_SQLITE_PLAIN = """
datetime(substr({x}, 1, 19)) = substr({x}, 1, 19) and {x} >= '0001'
    and (length({x}) = 19 or substr({x}, 20) glob '.[0-9][0-9][0-9][0-9][0-9][0-9]')"""

_POSTGRESQL_MONTH = """
case when concat({x}) ~ '^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
    and concat({x}) !~ 'BC$' then left(concat({x}), 7) else '' end"""

_POSTGRESQL_CHECKSUM = f"""
case when concat({{x}}) ~ '^(0|[1-9][0-9]{{{{0,{_DIGITS - 1}}}}})$'
then {_MIXED.format(x="cast(concat({x}) as bigint)")}
else cast(cast('x' || left(md5(concat({{x}})), 8) as bit(32)) as bigint) end"""

_POSTGRESQL_SECONDS = """
case when {x} between '0001-01-01' and '9999-12-31 23:59:59.999999'
then floor(extract(epoch from {x})) else 0 end"""

_MSSQL_TEXT = (
    "cast(cast({x} as nvarchar(128)) collate Latin1_General_100_BIN2_UTF8 as varchar(512))"
)

# Trailing blanks count for nothing in a comparison, before a point they do.
_MSSQL_CHECKSUM = f"""
case when try_cast({_MSSQL_TEXT} as bigint) between 0 and {10**_DIGITS - 1}
    and concat(try_cast({_MSSQL_TEXT} as bigint), '.') = concat({_MSSQL_TEXT}, '.')
then {_MIXED.format(x=f"try_cast({_MSSQL_TEXT} as bigint)")}
else cast(substring(hashbytes('MD5', {_MSSQL_TEXT}), 1, 4) as bigint) end"""

# What has an offset lands in UTC.
_MSSQL_MOMENT = "cast(switchoffset(cast({x} as datetimeoffset(6)), 0) as datetime2(6))"

_DUCKDB_CHECKSUM = f"""
case when try_cast({{x}} as bigint) between 0 and {10**_DIGITS - 1}
    and cast(try_cast({{x}} as bigint) as varchar) = {{x}}
then {_MIXED.format(x="try_cast({x} as bigint)")}
else cast('0x' || left(md5({{x}}), 8) as bigint) end"""

DIALECTS = {
    "sqlite": Dialect(
        text="cast({x} as text) collate binary",
        checksum=_SQLITE_CHECKSUM,
        month=f"case when {_SQLITE_PLAIN} then substr({{x}}, 1, 7) else dw_month({{x}}) end",
        amount=_SQLITE_AMOUNT,
        whole=_SQLITE_WHOLE,
        seconds=f"case when {_SQLITE_PLAIN}"
        " then cast(strftime('%s', substr({x}, 1, 19)) as integer) else dw_seconds({x}) end",
        units=10_000,
    ),
    "postgresql": Dialect(
        # Not a cast, which would cut the blanks that a char(n) comes with.
        text="concat({x})",
        checksum=_POSTGRESQL_CHECKSUM,
        month=_POSTGRESQL_MONTH,
        # A NaN is greater than every number.
        amount="case when abs({x}) < 1e14 then cast({x} as decimal(38, 4)) else 0 end",
        whole="case when cast({x} as numeric) % 1 = 0 and abs({x}) < 9.2e18"
        " then cast({x} as decimal(38, 0)) else 0 end",
        seconds=_POSTGRESQL_SECONDS,
    ),
    "mssql": Dialect(
        text=_MSSQL_TEXT,
        checksum=_MSSQL_CHECKSUM,
        month=f"coalesce(convert(char(7), {_MSSQL_MOMENT}, 126), '')",
        amount="case when abs({x}) < 1e14 then cast({x} as decimal(38, 4)) else 0 end",
        whole="case when {x} = floor({x}) then cast({x} as decimal(38, 0)) else 0 end",
        seconds=f"cast(coalesce(datediff_big(second, '1970-01-01', {_MSSQL_MOMENT}), 0)"
        " as decimal(38, 0))",
    ),
    "duckdb": Dialect(
        text="{x}",
        checksum=_DUCKDB_CHECKSUM,
        month="coalesce(left(cast(cast({x} as date) as varchar), 7), '')",
        amount="coalesce({x}, 0)",
        whole="coalesce({x}, 0)",
        seconds="coalesce(date_diff('second', timestamp '1970-01-01', {x}), 0)",
    ),
}

# Parquet that has landed in a lake is read by DuckDB.
DIALECTS["filesystem"] = DIALECTS["duckdb"]

_WHOLE = re.compile(rf"0|[1-9][0-9]{{0,{_DIGITS - 1}}}")
# What Arrow reads as a timestamp; Python's own reader, which is fast, takes more than that.
_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d([ T]\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|[+-]\d\d(:?[0-5]\d)?)?)?", re.ASCII
)


def teach(connection: sqlite3.Connection) -> None:
    """Give a SQLite connection the functions that its expressions need."""
    for function in (_checksum, _month, _seconds, _amount):
        name = f"dw{function.__name__}"
        connection.create_function(name, 1, function, deterministic=True)


def _checksum(text: str) -> int:
    if _WHOLE.fullmatch(text):
        number = int(text)
        return number % _PRIMES[0] * (number % _PRIMES[1]) % _PRIMES[2]
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big")


def _moment(value: object) -> datetime | None:
    """The timestamp that a value of SQLite lands as."""
    if not isinstance(value, str) or _TIMESTAMP.fullmatch(value) is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
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
