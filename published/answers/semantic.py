"""What can be asked of a published version: its metrics, their dimensions, and what data lacks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.errors import LoaderError
from published import versions
from published.metrics import (
    Cumulative,
    Definitions,
    Derived,
    Dimension,
    Metric,
    Ratio,
    SemanticModel,
    Simple,
)
from published.versions import Published


class QuestionError(LoaderError):
    """A question that cannot be answered; the message says why, in Portuguese."""


class UnknownNameError(QuestionError):
    """There is no such metric, dimension, table or column."""


class NotApplicableError(QuestionError):
    """A metric cannot be grouped or filtered by a dimension that its rows do not have."""


class NotSupportedByDataError(QuestionError):
    """The source lacks what a metric or dimension needs: no number is better than a wrong one."""

    def __init__(self, gate: "Gate") -> None:
        super().__init__(f"{gate.titulo}: não suportado pelos dados. {gate.motivo} {gate.remedio}")
        self.gate = gate


@dataclass(frozen=True)
class Gate:
    """A row of ``mart.feature_gates``."""

    recurso: str
    titulo: str
    cobertura_pct: Decimal | None
    """The match rate, in percent; null when there is nothing that it could apply to."""
    status: str
    """``ok``, ``degraded`` or ``not_supported``."""
    motivo: str | None
    remedio: str | None


@dataclass(frozen=True)
class Semantic:
    """The metrics of one version."""

    models: Mapping[str, SemanticModel]
    metrics: Mapping[str, Metric]
    gates: Mapping[str, Gate]

    def metric(self, name: str) -> Metric:
        """A metric by its name. Raises UnknownNameError."""
        try:
            return self.metrics[name]
        except KeyError:
            raise UnknownNameError(f"a métrica '{name}' não existe") from None

    def inputs(self, name: str) -> tuple[str, ...]:
        """The metrics that a metric is computed from, one step down."""
        match self.metric(name).definition:
            case Ratio(numerator=numerator, denominator=denominator):
                return (numerator, denominator)
            case Derived(inputs=inputs):
                return tuple(part.metric for part in inputs)
            case _:
                return ()

    def models_of(self, name: str) -> frozenset[str]:
        """The semantic models whose rows a metric is computed from."""
        match self.metric(name).definition:
            case Simple(model=model) | Cumulative(model=model):
                return frozenset([model])
        return frozenset().union(*map(self.models_of, self.inputs(name)))

    def dimension(self, name: str) -> tuple[Dimension, ...]:
        """What each semantic model that has a dimension says of it. Raises UnknownNameError."""
        found = tuple(m.dimensions[name] for m in self.models.values() if name in m.dimensions)
        if not found:
            raise UnknownNameError(f"a dimensão '{name}' não existe")
        return found

    def dimensions(self, name: str) -> tuple[str, ...]:
        """The dimensions that a metric can be grouped and filtered by, in the order of its mart."""
        first, *others = (self.models[model].dimensions for model in self.models_of(name))
        return tuple(d for d in first if all(d in dimensions for dimensions in others))

    def applies(self, metric: str, dimension: str) -> bool:
        """Whether a metric can be grouped and filtered by a dimension."""
        return dimension in self.dimensions(metric)

    def applicable(self, metrics: Iterable[str], dimensions: Iterable[str]) -> tuple[str, ...]:
        """Those of the dimensions that apply to every one of the metrics."""
        names = tuple(metrics)
        return tuple(d for d in dimensions if all(self.applies(name, d) for name in names))

    def gates_of(self, metric: str, dimensions: Iterable[str] = ()) -> tuple[Gate, ...]:
        """The features that a metric by these dimensions needs, its inputs' included."""
        models = [self.models[model] for model in self.models_of(metric)]
        own = {
            gate
            for dimension in dimensions
            for model in models
            if dimension in model.dimensions and (gate := model.dimensions[dimension].gate)
        }
        names = own | self.needs(metric)
        return tuple(gate for name, gate in self.gates.items() if name in names)

    def check(self, metric: str, dimensions: Iterable[str]) -> None:
        """Raises UnknownNameError, NotApplicableError or NotSupportedByDataError."""
        asked = tuple(dimensions)
        label = self.metric(metric).label
        for dimension in asked:
            if not any(dimension in model.dimensions for model in self.models.values()):
                raise UnknownNameError(f"a dimensão '{dimension}' não existe")
            if not self.applies(metric, dimension):
                raise NotApplicableError(f"'{dimension}' não se aplica à métrica '{label}'")
        for gate in self.gates_of(metric, asked):
            if gate.status == "not_supported":
                raise NotSupportedByDataError(gate)

    def needs(self, metric: str) -> set[str]:
        """The names of the features that a metric needs, its inputs' included."""
        inherited = (self.needs(name) for name in self.inputs(metric))
        return set(self.metric(metric).gates).union(*inherited)


def read(version: Published, gates: Iterable[Gate]) -> Semantic:
    """The metrics of a version. Raises LoaderError when it has none: it is older than they are."""
    definitions = versions.read(version.path / versions.METRICS, Definitions)
    if definitions is None:
        raise LoaderError(f"{version.path} has no metrics; run `dw run` for a new version")
    return Semantic(
        models=definitions.models,
        metrics=definitions.metrics,
        gates={gate.recurso: gate for gate in gates},
    )
