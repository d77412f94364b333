"""The chain of sums: staging → dimensions, facts → aggregates → marts, month by month.

Which table feeds which, on which columns, is declared once: in ``config.meta.confere`` of the model
that is fed. An entry is one of

- ``entidade``: the fact's rows are those of an entity of staging, less what is left out for the
  reasons in ``audit.totais_staging``; ``medidas`` are its measures there and the fact's columns.
  ``com_motivos`` are reasons for which the rows count all the same: no rows of the fact then.
- ``pousada``: the dimension's own members are the landed rows; ``colunas`` of both are equal.
- ``linhas_de``: the rows of another model that meet ``onde``; each column that both have is equal.
- ``soma_de``: sums over another model; each number that both have adds up to the same, and each of
  ``medidas`` is that aggregate over it. With ``onde``, over those rows; ``mensal: false``, in all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.contents import (
    CONTENT,
    NO_MONTH,
    ROWS,
    Content,
    Contents,
    Difference,
    differences,
    month_of,
)
from core.engines.base import Reader
from published.versions import Mismatch

SCHEMAS = ("dim", "fact", "agg", "mart", "audit")
"""The schemas of tables that a reconciliation answers for, staging apart."""
_NUMBERS = ("decimal", "bigint", "int")
_TOTALS = "audit.totais_staging"
_SHORT = 1_000_003


@dataclass(frozen=True)
class Model:
    """A table that dbt makes, and what it says of where its content comes from."""

    table: str
    columns: Mapping[str, str]
    """With the types of the contract."""
    checks: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """As models call it."""
        return self.table.rpartition(".")[2]


def models(artifacts: Mapping[str, Any]) -> dict[str, Model]:
    """The tables that dbt makes for others to read, by name, as its manifest tells of them."""
    nodes = [
        node
        for node in artifacts["nodes"].values()
        if node["resource_type"] in ("model", "seed") and node["schema"] in SCHEMAS
    ]
    return {
        node["name"]: Model(
            f"{node['schema']}.{node['alias']}",
            {c["name"]: c["data_type"] or "" for c in node["columns"].values()},
            tuple(node["config"]["meta"].get("confere", ())),
        )
        for node in nodes
        if node["config"]["materialized"] in ("table", "incremental", "seed")
    }


@dataclass(frozen=True)
class Chain:
    """The tables, what they hold now, and where to look more closely."""

    warehouse: Reader
    models: Mapping[str, Model]
    contents: Mapping[str, Contents]
    changed: Mapping[str, set[int]]
    """By table, the months that no seal answers for: of these, more than the sums is compared."""

    def mismatches(self) -> list[Mismatch]:
        """What does not add up."""
        found: list[Mismatch] = []
        for model in self.models.values():
            for check in model.checks:
                if "entidade" in check:
                    found += self._landed(model, check)
                elif "pousada" in check:
                    found += self._members(model, check)
                elif "linhas_de" in check:
                    found += self._rows(model, check)
                else:
                    found += self._sums(model, check)
        return found

    def _landed(self, model: Model, check: Mapping[str, Any]) -> Iterator[Mismatch]:
        """Staging against a fact, by what ``audit.totais_staging`` says must be in it."""
        entity, pairs = check["entidade"], dict(check["medidas"])
        reasons = check.get("com_motivos", [])
        if not reasons:
            pairs = {"linhas": ROWS, **pairs}
        counted = "".join(f" or motivo = '{reason}'" for reason in reasons)
        query = (
            f"select mes, {', '.join(f'sum({m}) as {m}' for m in pairs)} from {_TOTALS}"  # noqa: S608
            f" where entidade = '{entity}' and (motivo is null{counted}) group by mes"
        )
        expected = {
            int(month): Content(
                sums={column: _number(v) for column, v in zip(pairs.values(), values, strict=True)}
            )
            for month, *values in self.warehouse.rows(query)
        }
        found = {
            month: Content(sums=content.measures())
            for month, content in self.contents[model.table].items()
        }
        wrong = [
            d
            for d in differences(expected, found, pairs.values())
            # What counts no rows has none of its own.
            if d.measure != ROWS or not reasons
        ]
        yield from _told("staging → facts", model.table, wrong, query)

    def _members(self, model: Model, check: Mapping[str, Any]) -> Iterator[Mismatch]:
        """The rows of staging against the members of a dimension that are more than a name."""
        landed, pairs = f"staging.{check['pousada']}", dict(check["colunas"])
        # What was not looked at may have changed.
        if not (self.changed.get(landed, {NO_MONTH}) or self.changed.get(model.table)):
            return
        own = f"eh_inferido = {_false(self.warehouse)} and {next(iter(model.columns))} <> -1"
        expected = self.warehouse.contents(landed, list(pairs.values()))
        found = self.warehouse.contents(model.table, list(pairs), own)
        names = dict(zip(pairs.values(), pairs, strict=True))
        one, other = _renamed(whole(expected), names), whole(found)
        # Of staging no days are added up: they could be birthdays.
        measures = [ROWS, CONTENT, *one.sums]
        wrong = differences({NO_MONTH: one}, {NO_MONTH: other}, measures)
        query = f"select {', '.join(pairs.values())} from {landed}"  # noqa: S608
        yield from _told("staging → dimensions", model.table, wrong, query)

    def _rows(self, model: Model, check: Mapping[str, Any]) -> Iterator[Mismatch]:
        """A mart that carries the rows of a fact, against the fact."""
        source = self.models[check["linhas_de"]]
        shared = [c for c in model.columns if c in source.columns]
        query = f"select {', '.join(shared)} from {source.table}"  # noqa: S608
        where = check.get("onde", "")
        wrong = []
        if not where:
            expected, found = self.contents[source.table], self.contents[model.table]
            wrong = differences(expected, found, [ROWS, *shared])
        months = self._months(model, source)
        if not wrong and months:
            only = " and ".join(filter(None, (where, _in(months, model))))
            wrong = differences(
                self.warehouse.contents(source.table, shared, only),
                self.warehouse.contents(model.table, shared, _in(months, model)),
                [ROWS, *shared, CONTENT],
            )
        yield from _told("facts → marts", model.table, wrong, query)

    def _sums(self, model: Model, check: Mapping[str, Any]) -> Iterator[Mismatch]:
        """An aggregate against what it adds up."""
        source = self.models[check["soma_de"]]
        monthly, where = check.get("mensal", True), check.get("onde", "")
        shared = [
            name
            for name, type_ in model.columns.items()
            if name in source.columns and type_.startswith(_NUMBERS) and not name.endswith("_id")
        ]
        aggregates = dict(check.get("medidas", {}))
        if where or not monthly:
            aggregates |= {name: f"sum({name})" for name in shared if name not in aggregates}
        query = f"select * from {source.table}"  # noqa: S608
        if where:
            query += f" where {where}"
        found = self.contents[model.table]
        wrong = []
        if not where and monthly:
            wrong = differences(self.contents[source.table], found, shared)
        months = self._months(model, source) if monthly else {NO_MONTH}
        if aggregates and months:
            month = month_of(source.table, source.columns) if monthly else str(NO_MONTH)
            only = " and ".join(filter(None, (where, _in(months, source) if monthly else "")))
            expected = self._aggregates(source.table, month, aggregates, only)
            if monthly:
                found = {month: found[month] for month in found.keys() & months}
            wrong += differences(expected, found if monthly else _whole(found), aggregates)
        yield from _told("facts → aggregates", model.table, wrong, query)

    def _aggregates(
        self, table: str, month: str, aggregates: Mapping[str, str], where: str
    ) -> Contents:
        selected = ", ".join([f"{month} as mes", *aggregates.values()])
        condition = f" where {where}" if where else ""
        grouped = f" group by {month}" if month != str(NO_MONTH) else ""
        rows = self.warehouse.rows(f"select {selected} from {table}{condition}{grouped}")  # noqa: S608
        return {
            int(month): Content(
                sums={n: _number(v) for n, v in zip(aggregates, values, strict=True)}
            )
            for month, *values in rows
        }

    def _months(self, model: Model, source: Model) -> set[int]:
        """The months that need a closer look, on either side."""
        return self.changed.get(model.table, set()) | self.changed.get(source.table, set())


def _told(step: str, table: str, wrong: Sequence[Difference], query: str) -> Iterator[Mismatch]:
    return (mismatch(step, table, difference, query) for difference in wrong)


def mismatch(step: str, table: str, difference: Difference, query: str) -> Mismatch:
    """A difference as people read of it."""
    expected, found = difference.expected, difference.found
    if difference.measure == CONTENT:
        # Enough to see that it is another, too little to guess a person's data by.
        expected, found = expected % _SHORT, found % _SHORT
    return Mismatch(
        step=step,
        entity=table,
        month=str(difference.month) if difference.month != NO_MONTH else "",
        measure=difference.measure,
        expected=expected,
        found=found,
        query=query,
    )


def _whole(contents: Contents) -> Contents:
    return {NO_MONTH: whole(contents)} if contents else {}


def whole(contents: Contents) -> Content:
    """All months as one."""
    sums: dict[str, Decimal] = {}
    for content in contents.values():
        for name, value in content.sums.items():
            sums[name] = sums.get(name, Decimal(0)) + value
    digest = sum(int(content.hash or 0) for content in contents.values())
    rows = sum(content.rows for content in contents.values())
    return Content(rows, str(digest), sums)


def _renamed(content: Content, names: Mapping[str, str]) -> Content:
    sums = {names[name]: value for name, value in content.sums.items()}
    return Content(content.rows, content.hash, sums)


def _in(months: set[int], model: Model) -> str:
    """The condition that a row is of one of the months; none where rows have no month."""
    if "data_id" not in model.columns or len(months) > 60:
        return ""
    return "(" + " or ".join(f"data_id between {m}00 and {m}99" for m in sorted(months)) + ")"


def _false(warehouse: Reader) -> str:
    return "0" if warehouse.version.startswith("sqlserver") else "false"


def _number(value: object) -> Decimal:
    return Decimal(str(value or 0))
