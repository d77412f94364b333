"""What a page looks at: the published data under the filters that its reader chose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta

from published.answers import comparison
from published.answers.filters import Filters
from published.answers.periods import periods
from published.answers.query import Data
from published.answers.semantic import Gate, QuestionError
from published.metrics import Grain, Metric

Row = dict[str, Any]


@dataclass(frozen=True)
class View:
    """Data and filters of one page; the period is never open."""

    data: Data
    filters: Filters
    last_day: date
    """The last day that has a sale."""
    comparison: str = comparison.DEFAULT
    """With what it is compared: a name of ``COMPARISONS``."""
    page: str = ""
    """The address of the page, which names what is saved."""
    lost: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What a link asks for and the data do not have, by label; such a view shows nothing."""

    @property
    def first(self) -> date:
        """The period's first day."""
        return self.filters.inicio or self.last_day

    @property
    def last(self) -> date:
        """The period's last day."""
        return self.filters.fim or self.last_day

    def metric(self, name: str) -> Metric:
        """What a metric is called and how it is written."""
        return self.data.semantic.metric(name)

    def label(self, dimension: str) -> str:
        """What people call a dimension."""
        return self.data.semantic.dimension(dimension)[0].label

    def without(self, *dimensions: str) -> "View":
        """The same view, these dimensions unrestricted."""
        return replace(self, filters=self.filters.without(*dimensions))

    def during(self, first: date, last: date) -> "View":
        """The same view of another period."""
        return replace(self, filters=self.filters.model_copy(update={"inicio": first, "fim": last}))

    def always(self, model: str) -> "View":
        """The same view of all days that a semantic model has."""
        return self.during(*(self.data.bounds(model) or (self.first, self.last)))

    def supported(self, metrics: Iterable[str], by: Sequence[str] = ()) -> list[str]:
        """Those of the metrics that can be answered."""
        return [name for name in metrics if self.refusal(name, by) is None]

    def some(self, metrics: Sequence[str], by: Sequence[str] = ()) -> list[str]:
        """The same, but at least one. Raises QuestionError, why the first cannot be answered."""
        found = self.supported(metrics, by)
        if not found and (refusal := self.refusal(metrics[0], by)):
            raise refusal
        return found

    def refusal(self, metric: str, by: Sequence[str] = ()) -> QuestionError | None:
        """Why the data, or what its reader may see, cannot answer a metric; null when it can."""
        try:
            self.data.semantic.check(metric, [*by, *self.data.access.names])
        except QuestionError as error:
            return error
        return None

    def degraded(self, metrics: Iterable[str]) -> list[Gate]:
        """The features of the metrics whose coverage is not complete."""
        gates = {g.recurso: g for name in metrics for g in self.data.semantic.gates_of(name)}
        return [gate for gate in gates.values() if gate.status == "degraded"]

    def applied(self, metrics: Iterable[str]) -> Filters:
        """The chosen filters that the rows of all these metrics have."""
        names = self.filters.names
        having = self.data.semantic.applicable(metrics, names)
        return self.filters.without(*(name for name in names if name not in having))

    def not_applied(self, metrics: Iterable[str]) -> list[str]:
        """The labels of the chosen filters that the metrics' rows do not have."""
        applied = self.applied(metrics).names
        return [self.label(name) for name in self.filters.names if name not in applied]

    def rows(
        self,
        metrics: Sequence[str],
        by: Sequence[str] = (),
        grain: Grain | None = None,
        order_by: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[Row]:
        """Metrics by keys under the filters that apply to all of them. Raises QuestionError."""
        answer = self.data.query(metrics, by, grain, self.applied(metrics), order_by, limit)
        rows: list[Row] = answer.to_pylist()
        return rows

    def total(self, metrics: Sequence[str]) -> Row:
        """Metrics over the whole view."""
        (row,) = self.rows(metrics)
        return row

    @property
    def distance(self) -> relativedelta | None:
        """How far before the base lies; none when nothing is compared."""
        chosen = comparison.COMPARISONS[self.comparison]
        return chosen(self.first, self.last) if chosen else None

    def base(self) -> "View | None":
        """What its reader compares with; none when that is nothing."""
        chosen = comparison.COMPARISONS[self.comparison]
        return replace(self, filters=self.filters.earlier(chosen)) if chosen else None

    def year_before(self) -> "View":
        """The same dates one year before."""
        return replace(self, filters=self.filters.previous_year())

    def bases(self) -> list["View"]:
        """What cards compare with: the chosen base, and the year before unless that is it."""
        base = self.base()
        if base is None:
            return []
        views = [base] if "Ano" in self.comparison else [base, self.year_before()]
        return list({(v.first, v.last): v for v in views}.values())

    def paired(self, metrics: Sequence[str], grain: Grain) -> list[Row]:
        """The base's metrics, each row under the period of this view that it is drawn with."""
        base, distance = self.base(), self.distance
        if base is None or distance is None:
            return []
        found = {row["periodo"]: row for row in base.rows(metrics, grain=grain)}
        pairs = [
            (name, comparison.counterpart(name, grain, distance))
            for name, _, _ in periods(self.first, self.last, grain)
        ]
        return [{**found[old], "periodo": name} for name, old in pairs if old in found]
