"""The metric dictionary: what each number means, how it is made, where it comes from.

Pages show it; ``documents`` writes the same for readers without a dashboard.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.dictionary.lineage import Lineage
from published.answers.semantic import Semantic
from published.metrics import Cumulative, Derived, Format, Grain, Measure, Metric, Ratio, Simple

FORMATS: Mapping[Format, str] = {
    "moeda": "moeda",
    "percentual": "percentual",
    "inteiro": "número inteiro",
    "quantidade": "quantidade, inteira ou com até quatro decimais",
    "decimal": "número decimal",
    "horas": "horas",
}
DIRECTIONS = {"higher": "maior é melhor", "lower": "menor é melhor", "neutral": "neutra"}
PERIODS: Mapping[Grain, str] = {
    "day": "dia",
    "week": "semana",
    "month": "mês",
    "quarter": "trimestre",
    "year": "ano",
}


@dataclass(frozen=True)
class Entry:
    """A metric as people look it up."""

    name: str
    about: Metric
    formula: str
    subject: str
    """What it is about, by the label of its semantic model."""
    grain: str
    """What one row is that it is computed from."""
    marts: tuple[str, ...]
    dimensions: tuple[str, ...]
    """Labels of what it can be grouped and filtered by."""
    gates: tuple[str, ...]
    """Features of ``mart.feature_gates`` that it needs."""
    columns: tuple[str, ...]
    """The columns of the marts that it reads."""
    sources: tuple[str, ...]
    """The columns of the source that these come from."""
    pages: tuple[str, ...]


def entries(semantic: Semantic, traced: Lineage) -> list[Entry]:
    """All metrics by subject and label."""
    found = [_entry(name, semantic, traced) for name in semantic.metrics]
    return sorted(found, key=lambda entry: (entry.subject, entry.about.label))


def _entry(name: str, semantic: Semantic, traced: Lineage) -> Entry:
    models = [semantic.models[model] for model in sorted(semantic.models_of(name))]
    columns = sorted({c for measure in _measures(name, semantic) for c in traced.measures[measure]})
    labels = {d: about.label for model in models for d, about in model.dimensions.items()}
    return Entry(
        name=name,
        about=semantic.metric(name),
        formula=_formula(name, semantic),
        subject=", ".join(model.label for model in models),
        grain=" ".join(" ".join(model.description.split()) for model in models),
        marts=tuple(model.table for model in models),
        dimensions=tuple(labels[dimension] for dimension in semantic.dimensions(name)),
        gates=tuple(sorted(semantic.needs(name))),
        columns=tuple(columns),
        sources=tuple(traced.sources(columns)),
        pages=tuple(sorted({page for model in models for page in traced.pages[model.table]})),
    )


def _measures(name: str, semantic: Semantic) -> set[str]:
    """The measures that a metric is computed from, its inputs' included."""
    match semantic.metric(name).definition:
        case Simple(measure=measure) | Cumulative(measure=measure):
            return {measure}
    return {measure for part in semantic.inputs(name) for measure in _measures(part, semantic)}


def _formula(name: str, semantic: Semantic) -> str:
    """How a metric is computed, in the words of its definition."""
    match semantic.metric(name).definition:
        case Simple(model=model, measure=measure):
            return _aggregate(semantic.models[model].measures[measure])
        case Cumulative(model=model, measure=measure, to_date=to_date):
            aggregate = _aggregate(semantic.models[model].measures[measure])
            return f"{aggregate}, desde o início do {PERIODS[to_date]}"
        case Ratio(numerator=numerator, denominator=denominator):
            return f"{numerator} / {denominator}"
        case Derived(expr=expr, inputs=inputs):
            back = [
                f"{part.alias}: {part.metric}, {offset.count} {PERIODS[offset.grain]} antes"
                for part in inputs
                if (offset := part.offset)
            ]
            return "; ".join([expr, *back])


def _aggregate(measure: Measure) -> str:
    match measure.agg:
        case "count_distinct":
            return f"count(distinct {measure.expr})"
        case "percentile":
            return f"percentile({measure.percentile}, {measure.expr})"
        case simple:
            return f"{simple}({measure.expr})"
