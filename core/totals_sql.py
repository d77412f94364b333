"""What control totals take, in the SQL of a database that is a source or a warehouse.

Every database must say of a row what the loader lands of it, to the cent: a value that its column
in staging cannot hold lands as null, so it counts for nothing here.
"""

from dataclasses import dataclass
from typing import Protocol


class Template(Protocol):
    """SQL with ``{x}`` in the place of an expression over a row."""

    def format(self, *, x: str) -> str: ...


@dataclass(frozen=True)
class TotalsSql:
    """The expressions of one database."""

    text: Template
    """A key by the text that lands: equal to another where the texts are, to the byte."""
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


# A whole number is squared, more or less: sums of different keys would else be the same too often.
PRIMES = 2_147_483_647, 2_147_483_629, 4_294_967_291
MIXED = "(({{x}}) % {}) * (({{x}}) % {}) % cast({} as bigint)".format(*PRIMES)
# The digits that a whole number may have to be mixed like that.
DIGITS = 15

_MSSQL_TEXT = (
    "cast(cast({x} as nvarchar(128)) collate Latin1_General_100_BIN2_UTF8 as varchar(512))"
)

_MSSQL_CHECKSUM = f"""
case when try_cast({_MSSQL_TEXT} as bigint) between 0 and {10**DIGITS - 1}
    and concat(try_cast({_MSSQL_TEXT} as bigint), '.') = concat({_MSSQL_TEXT}, '.')
then {MIXED.format(x=f"try_cast({_MSSQL_TEXT} as bigint)")}
else cast(substring(hashbytes('MD5', {_MSSQL_TEXT}), 1, 4) as bigint) end"""

_DUCKDB_CHECKSUM = f"""
case when try_cast({{x}} as bigint) between 0 and {10**DIGITS - 1}
    and cast(try_cast({{x}} as bigint) as varchar) = {{x}}
then {MIXED.format(x="try_cast({x} as bigint)")}
else cast('0x' || left(md5({{x}}), 8) as bigint) end"""

SQLSERVER = TotalsSql(
    # Blanks at its end count for nothing in a comparison, before a point they do.
    text=f"{_MSSQL_TEXT} + '.'",
    checksum=_MSSQL_CHECKSUM,
    month="coalesce(convert(char(7), {x}, 126), '')",
    amount="cast(coalesce({x}, 0) as decimal(38, 4))",
    whole="cast(coalesce({x}, 0) as decimal(38, 0))",
    seconds="cast(coalesce(datediff_big(second, '1970-01-01', {x}), 0) as decimal(38, 0))",
)

# Of Parquet in a lake too, which DuckDB reads.
DUCKDB = TotalsSql(
    text="{x}",
    checksum=_DUCKDB_CHECKSUM,
    month="coalesce(left(cast(cast({x} as date) as varchar), 7), '')",
    amount="coalesce({x}, 0)",
    whole="coalesce({x}, 0)",
    seconds="coalesce(date_diff('second', timestamp '1970-01-01', {x}), 0)",
)
