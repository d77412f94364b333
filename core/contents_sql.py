"""What a table holds, month by month, as one SELECT of each engine."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from core.contents import NO_MONTH, Contents, as_contents, month_of

# What holds the data of people.
_PERSONAL = ("staging.", "dim.dim_cliente", "dim.dim_vendedor")


@dataclass(frozen=True)
class ContentsSql:
    """The expressions of one engine."""

    name: str
    """A column's, so that no word is taken."""
    digest: Callable[[Sequence[str]], str]
    """A sum, over the rows, of the hash of some columns."""
    sums: Mapping[tuple[str, ...], str]
    """How a column is added up, by the first letters of its type; of a text there is no sum."""

    def statement(
        self, table: str, types: Mapping[str, str], columns: Sequence[str], where: str
    ) -> str:
        """A SELECT of month, rows, hash, and the sum of each column or null."""
        month = month_of(table, types)
        names = [self.name.format(x=column) for column in columns]
        sums = [
            self._sum(table, types[column], name)
            for column, name in zip(columns, names, strict=True)
        ]
        selected = ", ".join(
            [
                f"{month} as mes",
                "count(*) as linhas",
                f"{self.digest(names)} as conteudo",
                *(f"{sql} as s{n}" for n, sql in enumerate(sums)),
            ]
        )
        condition = f" where {where}" if where else ""
        grouped = "" if month == str(NO_MONTH) else f" group by {month}"
        return f"select {selected} from {table}{condition}{grouped}"  # noqa: S608

    def _sum(self, table: str, type_: str, name: str) -> str:
        """The sum of a column; null for what cannot be added up."""
        kind = type_.lower()
        if table.startswith(_PERSONAL) and kind.startswith(("date", "timestamp")):
            # A difference between two sums could tell a birthday; the hash tells that there is one.
            return "null"
        for types, template in self.sums.items():
            if kind.startswith(types):
                return template.format(x=name)
        return "null"


def _md5(names: Sequence[str]) -> str:
    # Each value after a mark of its own, so that a null is no empty text, nor two texts one.
    # CONCAT would take a null for an empty text; by `+` it stays null.
    values = [f"coalesce('=' + convert(nvarchar(max), {x}, 121), '-')" for x in names]
    row = f"concat_ws(char(31), {', '.join(values)}, '')"
    first = f"cast(substring(hashbytes('MD5', {row}), 1, 8) as bigint)"
    return f"sum(cast({first} as decimal(38, 0)))"


DUCKDB = ContentsSql(
    name='"{x}"',
    digest=lambda names: f"sum(hash({', '.join(names)}))",
    sums={
        ("bigint", "integer", "smallint", "decimal", "hugeint", "double"): "sum({x})",
        ("timestamp", "date"): "sum(epoch_us(cast({x} as timestamp)))",
        ("boolean",): "count_if({x})",
    },
)
SQLSERVER = ContentsSql(
    name="[{x}]",
    digest=_md5,
    sums={
        ("bigint", "int", "smallint", "tinyint", "decimal", "numeric"): (
            "sum(cast({x} as decimal(38, 4)))"
        ),
        ("date",): ("sum(cast(datediff_big(second, '1970-01-01', {x}) as decimal(38, 0)))"),
        ("bit",): "sum(cast({x} as int))",
    },
)


def of_duckdb(
    database: duckdb.DuckDBPyConnection,
    table: str,
    types: Mapping[str, str],
    columns: Iterable[str] | None = None,
    where: str = "",
) -> Contents:
    """What a table, view or file holds, by DuckDB."""
    chosen = list(columns or types)
    rows: list[tuple[Any, ...]]
    rows = database.execute(DUCKDB.statement(table, types, chosen, where)).fetchall()
    return as_contents(chosen, rows)
