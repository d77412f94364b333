"""One thing changed in a table behind everybody's back: a cent, a key, a row, a day."""

from collections.abc import Callable, Iterable, Mapping

from core.contract.entities import ENTITIES

SCHEMAS = ("staging", "dim", "fact", "agg", "mart", "audit")
AUDITED = {"totais_staging", "reconciliation", "quarentena", "control_total"}
KINDS = ("cent", "key", "row", "day")

Run = Callable[[str], object]


def is_sealed(schema: str, table: str) -> bool:
    """Whether a table is one that a reconciliation answers for."""
    if schema == "staging":
        return table in ENTITIES
    return schema in ("dim", "fact", "agg", "mart") or table in AUDITED


def statement(table: str, columns: Mapping[str, str], kind: str, row: str) -> str | None:
    """SQL that changes one row, the one that meets ``row``; none if no column is of the kind."""
    if kind == "row":
        return f"delete from {table} where {row}"
    column = _column(table, columns, kind)
    if column is None:
        return None
    changed = {
        "cent": f"coalesce({column}, 0) + 0.01",
        "day": f"coalesce({column}, date '2025-01-01') + interval 1 day",
    }
    value = changed.get(kind)
    if kind == "key":
        text = columns[column].lower().startswith(("varchar", "string", "nvarchar"))
        value = f"concat({column}, 'x')" if text else f"{column} + 1"
    if kind == "day" and columns[column].lower().startswith("int"):
        # A day as 20251231: another one of its month, or of the next.
        value = f"{column} + 1"
    return f"update {table} set {column} = {value} where {row}"


def _column(table: str, columns: Mapping[str, str], kind: str) -> str | None:
    """The column that a kind of change is made in."""
    own = {name: type_.lower() for name, type_ in columns.items() if not name.startswith("_")}
    if kind == "cent":
        money = [name for name, type_ in own.items() if type_.startswith("decimal")]
        return _first(name for name in money if not own[name].endswith(",0)"))
    if kind == "key":
        return next(iter(own))
    days = [name for name, type_ in own.items() if type_.startswith(("date", "timestamp"))]
    # Of what has no moments, its day.
    return _first(days) or _first(name for name in own if name.startswith("data_"))


def _first(names: Iterable[str]) -> str | None:
    return next(iter(names), None)
