"""From a question to one SQL statement over the published marts.

Every name in the statement comes from the version's own definitions, every value is a parameter,
and every formula is dbt's: nothing is written by the person who asks.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlglot
from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, ConfigDict, PositiveInt
from sqlglot import exp

from published.answers import memory
from published.answers.filters import Filters, back
from published.answers.periods import LENGTHS, periods, start_of
from published.answers.semantic import NotApplicableError, Semantic, UnknownNameError
from published.metrics import (
    Cumulative,
    Derived,
    Grain,
    Measure,
    Offset,
    Ratio,
    SemanticModel,
    Simple,
)

PERIOD = "periodo"
"""The column of the first day of each period, when a question has a grain."""
DIVISION = "divisao"
RATIO_DECIMALS = 6

# n / d exactly, rounded half away from zero; null when d is 0 or null. DuckDB itself would divide
# decimals as doubles.
MACROS = f"""
create macro {DIVISION}(n, d) as cast(
    sign(n) * sign(d) * cast(
        (
            2 * cast(abs(cast(n as decimal(38, 6))) * 1000000 as hugeint)
            * {10**RATIO_DECIMALS}
            + cast(abs(cast(d as decimal(38, 6))) * 1000000 as hugeint)
        ) // nullif(2 * cast(abs(cast(d as decimal(38, 6))) * 1000000 as hugeint), 0)
        as decimal(30, 0)
    ) * cast({10**-RATIO_DECIMALS:.{RATIO_DECIMALS}f} as decimal(8, {RATIO_DECIMALS}))
    as decimal(38, {RATIO_DECIMALS})
)
"""

Bounds = Callable[[SemanticModel], tuple[date, date] | None]
"""First and last day that a mart has; none when it is empty."""


class Question(BaseModel):
    """Metrics by dimensions and period, under filters; immutable and hashable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    filters: Filters = Filters()
    access: Filters = Filters()
    """What the person who asks may see at all."""
    order_by: tuple[str, ...] = ()
    """Columns of the answer, ``-receita_liquida`` descending; the keys break ties."""
    limit: PositiveInt | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that identify a row of the answer."""
        return (*([PERIOD] if self.grain else []), *self.by)


@dataclass(frozen=True)
class Statement:
    """SQL and the values of its parameters."""

    sql: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class _Scan:
    """Aggregates that one pass over a mart gives."""

    model: str
    offset: Offset | None = None
    to_date: Grain | None = None


@dataclass
class _Values:
    """The parameters of a statement under construction."""

    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: object) -> exp.Placeholder:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return exp.Placeholder(this=name)


def compile_question(question: Question, semantic: Semantic, bounds: Bounds) -> Statement:
    """The statement that answers a question: one row per key, one column per metric.

    Raises QuestionError when a name is unknown, a dimension does not apply, or data lacks for it.
    """
    if not question.metrics:
        raise UnknownNameError("nenhuma métrica foi pedida")
    dimensions = {*question.by, *question.filters.names, *question.access.names}
    for metric in question.metrics:
        semantic.check(metric, sorted(dimensions))
    plan = _Plan(semantic)
    results = {metric: plan.expression(metric) for metric in question.metrics}

    values = _Values()
    scans = [
        _scan(question, semantic.models[scan.model], scan, columns, bounds, values)
        for scan, columns in plan.scans.items()
    ]
    answer = exp.select(*map(_column, question.keys), *_named(semantic, results))
    answer = answer.from_(_merged(question, plan, scans).subquery("medidas"))
    if order := _order(question):
        answer = answer.order_by(*order)
    if question.limit is not None:
        answer = answer.limit(question.limit)
    return Statement(answer.sql("duckdb"), values.values)


def compile_rows(
    table: str,
    columns: Iterable[str],
    time: str | None,
    filters: Iterable[Filters],
    only: Mapping[str, object],
    newest_first: bool,
    limit: int | None,
) -> Statement:
    """The statement for the rows of a mart that pass all filters, by day."""
    values = _Values()
    select = exp.select(*map(_column, columns)).from_(_table(table))
    select = select.where(
        *(exp.EQ(this=_column(name), expression=values.bind(v)) for name, v in only.items())
    )
    for part in filters:
        select = select.where(*_names_in(part, values))
        if time:
            select = select.where(*_between(time, part.inicio, part.fim, values))
    if time:
        select = select.order_by(exp.Ordered(this=_column(time), desc=newest_first))
    if limit is not None:
        select = select.limit(limit)
    return Statement(select.sql("duckdb"), values.values)


def compile_values(dimension: str, models: Iterable[SemanticModel], access: Filters) -> Statement:
    """The statement for all values of a dimension that a person may see, in order."""
    values = _Values()
    selects = [
        exp.select(_column(dimension))
        .distinct()
        .from_(_table(memory.place(model)))
        .where(
            exp.Not(this=exp.Is(this=_column(dimension), expression=exp.Null())),
            *_names_in(access, values),
        )
        for model in models
    ]
    everything = exp.union(*selects) if len(selects) > 1 else selects[0]
    ordered = exp.select(_column(dimension)).from_(everything.subquery("valores"))
    return Statement(ordered.order_by(_column(dimension)).sql("duckdb"), values.values)


class _Plan:
    """Which scans a question needs, and each metric as an expression over their columns."""

    def __init__(self, semantic: Semantic) -> None:
        self.semantic = semantic
        self.scans: dict[_Scan, dict[str, Measure]] = {}

    def expression(self, metric: str, offset: Offset | None = None) -> exp.Expr:
        definition = self.semantic.metric(metric).definition
        match definition:
            case Simple(model=model, measure=measure):
                return self._measure(_Scan(model, offset), measure)
            case Cumulative(model=model, measure=measure, to_date=to_date):
                return self._measure(_Scan(model, offset, to_date), measure)
            case Ratio(numerator=numerator, denominator=denominator):
                return _division(
                    self.expression(numerator, offset), self.expression(denominator, offset)
                )
            case Derived():
                return self._derived(definition, offset)

    def _derived(self, definition: Derived, offset: Offset | None) -> exp.Expr:
        parts = {
            part.alias: self.expression(part.metric, part.offset or offset)
            for part in definition.inputs
        }
        formula = exp.Paren(this=sqlglot.parse_one(definition.expr, dialect="duckdb"))
        for column in list(formula.find_all(exp.Column)):
            column.replace(exp.Paren(this=parts[column.name].copy()))
        for division in list(formula.find_all(exp.Div)):
            division.replace(_division(division.this, division.expression))
        return formula

    def _measure(self, scan: _Scan, measure: str) -> exp.Column:
        columns = self.scans.setdefault(scan, {})
        back_by = f"{scan.offset.count}_{scan.offset.grain}" if scan.offset else ""
        name = "__".join(part for part in (measure, back_by, scan.to_date) if part)
        columns[name] = self.semantic.models[scan.model].measures[measure]
        return _column(name)


def _scan(
    question: Question,
    model: SemanticModel,
    scan: _Scan,
    columns: dict[str, Measure],
    bounds: Bounds,
    values: _Values,
) -> exp.Select:
    """The aggregates of one mart by the question's keys."""
    select = exp.select(*(_column(name) for name in question.by)).from_(_table(memory.place(model)))
    for name, measure in columns.items():
        select = select.select(exp.alias_(_aggregate(measure), name, quoted=True))
    for part in (question.filters, question.access):
        select = select.where(*_names_in(part, values))
    if question.access.inicio or question.access.fim:
        select = select.where(
            *_between(model.time, question.access.inicio, question.access.fim, values)
        )

    if scan.offset or scan.to_date:
        ranges = _ranges(question, scan, bounds(model))
        span = [day for _, first, last in ranges for day in (first, last)]
        select = select.where(
            *_between(model.time, min(span, default=None), max(span, default=None), values)
        ).join(
            _calendar(ranges, values),
            on=exp.Between(this=_column(model.time), low=_column("de"), high=_column("ate")),
        )
        period: exp.Expr = _column(PERIOD)
    else:
        filters = question.filters
        select = select.where(*_between(model.time, filters.inicio, filters.fim, values))
        period = exp.cast(
            exp.func(
                "date_trunc", exp.Literal.string(question.grain or "day"), _column(model.time)
            ),
            "date",
        )
    keys: list[exp.Expr] = [_column(name) for name in question.by]
    if question.grain:
        select = select.select(exp.alias_(period, PERIOD, quoted=True))
        keys.append(period)
    return select.group_by(*keys)


def _ranges(
    question: Question, scan: _Scan, bounds: tuple[date, date] | None
) -> list[tuple[date, date, date]]:
    """For each period of the answer, the first and last day of the rows that it is about."""
    asked = question.filters
    if scan.offset and not question.grain and not (asked.inicio and asked.fim):
        raise NotApplicableError(
            "uma comparação com um período anterior precisa de início e fim, ou de um grão"
        )
    if bounds is None:
        return []
    distance = relativedelta()
    if scan.offset:
        distance = LENGTHS[scan.offset.grain] * scan.offset.count
    first = asked.inicio or bounds[0]
    last = asked.fim or bounds[1] + distance
    found = []
    for period, start, end in periods(first, last, question.grain):
        opening, closing = back(start, end, distance)
        found.append(
            (period, start_of(closing, scan.to_date) if scan.to_date else opening, closing)
        )
    return found


def _calendar(ranges: list[tuple[date, date, date]], values: _Values) -> exp.Subquery:
    names = (PERIOD, "de", "ate")
    columns = zip(*ranges, strict=True) if ranges else ((), (), ())
    return exp.select(
        *(
            exp.alias_(
                exp.func("unnest", exp.cast(values.bind(list(column)), "date[]")), name, quoted=True
            )
            for name, column in zip(names, columns, strict=True)
        )
    ).subquery("calendario")


def _merged(question: Question, plan: _Plan, scans: list[exp.Select]) -> exp.Select:
    """The scans side by side: one row per key, whichever of them has it."""
    if len(scans) == 1:
        return scans[0]
    names = [name for columns in plan.scans.values() for name in columns]
    parts = exp.Union(this=scans[0], expression=scans[1], distinct=False, by_name=True)
    for scan in scans[2:]:
        parts = exp.Union(this=parts, expression=scan, distinct=False, by_name=True)
    keys = [_column(name) for name in question.keys]
    sides = [exp.alias_(exp.Max(this=_column(name)), name, quoted=True) for name in names]
    return exp.select(*keys, *sides).from_(parts.subquery("partes")).group_by(*keys)


def _named(semantic: Semantic, results: dict[str, exp.Expr]) -> list[exp.Expr]:
    """The answer's columns of metrics; a count is an integer, whatever its sum is."""
    return [
        exp.alias_(
            exp.cast(result, "bigint") if semantic.metric(name).format == "inteiro" else result,
            name,
            quoted=True,
        )
        for name, result in results.items()
    ]


def _order(question: Question) -> list[exp.Ordered]:
    known = {*question.keys, *question.metrics}
    asked = [(name.removeprefix("-"), name.startswith("-")) for name in question.order_by]
    for name, _ in asked:
        if name not in known:
            raise UnknownNameError(f"não há coluna '{name}' para ordenar por ela")
    ties = [(name, False) for name in question.keys]
    return [
        exp.Ordered(this=_column(name), desc=descending, nulls_first=False)
        for name, descending in [*asked, *ties]
    ]


def _aggregate(measure: Measure) -> exp.Expr:
    rows = sqlglot.parse_one(measure.expr, dialect="duckdb")
    match measure.agg:
        case "sum":
            return exp.Sum(this=rows)
        case "count":
            return exp.Count(this=rows)
        case "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[rows]))
        case "percentile":
            return exp.func("quantile_disc", rows, exp.Literal.number(str(measure.percentile)))


def _names_in(filters: Filters, values: _Values) -> list[exp.Expr]:
    return [
        exp.In(this=_column(name), expressions=[values.bind(value) for value in allowed])
        for name, allowed in filters.names.items()
    ]


def _between(column: str, first: date | None, last: date | None, values: _Values) -> list[exp.Expr]:
    conditions: list[exp.Expr] = []
    if first:
        conditions.append(exp.GTE(this=_column(column), expression=values.bind(first)))
    if last:
        conditions.append(exp.LTE(this=_column(column), expression=values.bind(last)))
    return conditions


def _division(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=DIVISION, expressions=[numerator, denominator])


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _table(name: str) -> exp.Table:
    schema, table = name.split(".")
    return exp.table_(table, db=schema, quoted=True)
