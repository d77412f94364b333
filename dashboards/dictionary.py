"""The metric dictionary: what each number means, how it is made, where it comes from.

``entries`` is what pages show; ``python -m dashboards.dictionary`` (``make docs``) writes the same
as docs/METRICAS.md and docs/LINHAGEM.md, from the definitions in dbt's compiled manifest.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from dashboards import lineage
from dashboards.lineage import Lineage
from dashboards.semantic import Semantic
from loader import metrics
from loader.metrics import Cumulative, Derived, Format, Grain, Measure, Metric, Ratio, Simple
from loader.settings import ROOT

MANIFEST = ROOT / "dbt_project" / "target" / "manifest.json"
METRICS = ROOT / "docs" / "METRICAS.md"
LINEAGE = ROOT / "docs" / "LINHAGEM.md"

FORMATS: Mapping[Format, str] = {
    "moeda": "moeda",
    "percentual": "percentual",
    "inteiro": "número inteiro",
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


def markdown(found: Iterable[Entry], freshness: str) -> str:
    """docs/METRICAS.md."""
    subjects = [(name, list(part)) for name, part in groupby(found, lambda entry: entry.subject)]
    return (
        "# Métricas\n\n"
        "<!-- Gerado por `make docs`; não edite. -->\n\n"
        "Cada número tem uma definição, na camada semântica do dbt; esta página é gerada dela."
        " Razões são somas sobre somas, e nulas quando o denominador é zero ou não existe."
        f" {freshness} De que coluna vem cada número está em [LINHAGEM.md](LINHAGEM.md).\n\n"
        + "\n".join(f"- {name}: {_links(part)}" for name, part in subjects)
        + "\n\n"
        + "\n".join(_subject(name, part) for name, part in subjects)
    )


def _links(listed: Iterable[Entry]) -> str:
    return ", ".join(f"[{entry.about.label}](#{entry.name})" for entry in listed)


def _subject(name: str, listed: Sequence[Entry]) -> str:
    first = listed[0]
    by = ", ".join(first.dimensions) or "só período"
    about = f"Grão de {_code(first.marts)}: {first.grain}\n\nPor: {by}."
    return f"## {name}\n\n{about}\n\n" + "\n".join(map(_section, listed))


def _section(entry: Entry) -> str:
    about = entry.about
    lines = {
        "nome": f"`{entry.name}`",
        "fórmula": f"`{entry.formula}`",
        "unidade": f"{about.unit}, {FORMATS[about.format]}; {DIRECTIONS[about.direction]}",
        "colunas de origem": _code(entry.sources),
        "precisa de": _code(entry.gates),
        "páginas": ", ".join(entry.pages),
        "responsável": about.owner,
        "também chamada": ", ".join(about.synonyms),
        "consulta de referência": about.reference
        and f"[{about.reference}](../dbt_project/analyses/kpi/{about.reference})",
    }
    table = "\n".join(f"| {name} | {text} |" for name, text in lines.items() if text)
    return (
        f'<a id="{entry.name}"></a>\n### {about.label}\n\n{about.description}\n\n'
        f"| | |\n|---|---|\n{table}\n"
    )


def lineage_markdown(traced: Lineage) -> str:
    """docs/LINHAGEM.md: below each column of a mart that metrics read, what it is made of."""
    marts = sorted({column for columns in traced.measures.values() for column in columns})
    trees = "\n\n".join(f"## {mart}\n\n" + "\n".join(_tree(mart, traced)) for mart in marts)
    return (
        "# Linhagem\n\n"
        "<!-- Gerado por `make docs`; não edite. -->\n\n"
        "Abaixo de cada coluna estão as colunas de que ela é calculada, até a origem (`staging`, o"
        " que foi carregado, `audit`, o que o pipeline registra) ou o calendário. Filtros e junções"
        f" não aparecem.\n\n{trees}\n"
    )


def _tree(column: str, traced: Lineage, depth: int = 0) -> list[str]:
    below = [line for part in traced.parents[column] for line in _tree(part, traced, depth + 1)]
    return [f"{'  ' * depth}- `{column}`", *below]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def freshness(manifest: Mapping[str, Any]) -> str:
    """How old data may be, by what dbt checks of the loads."""
    (loads,) = (table for table in manifest["sources"].values() if table["name"] == "_dlt_loads")
    limits = loads["freshness"]
    hours = [limits[limit]["count"] for limit in ("warn_after", "error_after")]
    return (
        "Os dados de um dia devem estar publicados às 8:00 do dia seguinte; uma carga com mais de"
        f" {hours[0]} horas dá aviso, com mais de {hours[1]}, erro."
    )


def documents(manifest: Mapping[str, Any]) -> dict[Path, str]:
    """What is generated from dbt's manifest, compiled for a first build: content by file."""
    defined = metrics.from_dbt(manifest)
    semantic = Semantic(models=defined.models, metrics=defined.metrics, gates={})
    traced = lineage.trace(manifest)
    return {
        METRICS: markdown(entries(semantic, traced), freshness(manifest)),
        LINEAGE: lineage_markdown(traced),
        lineage.FILE: traced.model_dump_json(indent=1) + "\n",
    }


def main() -> None:
    """Write all documents again."""
    for path, text in documents(json.loads(MANIFEST.read_bytes())).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
