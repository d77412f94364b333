"""What is generated from dbt's manifest for people to read (``make docs``).

docs/METRICAS.md and docs/LINHAGEM.md, the lineage that pages read, and dbt's site as one file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from core.settings import ROOT
from dashboards.dictionary import lineage
from dashboards.dictionary.entries import DIRECTIONS, FORMATS, Entry, entries
from dashboards.dictionary.lineage import Lineage
from published import metrics
from published.answers.semantic import Semantic

TARGET = ROOT / "dbt_project" / "target"
METRICS = ROOT / "docs" / "METRICAS.md"
LINEAGE = ROOT / "docs" / "LINHAGEM.md"
REFERENCES = "../dbt_project/analyses/kpi"


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
    facts = {"nome": f"`{entry.name}`", **_facts(entry)}
    if query := entry.about.reference:
        facts["consulta de referência"] = f"[{query}]({REFERENCES}/{query})"
    return (
        f'<a id="{entry.name}"></a>\n### {entry.about.label}\n\n{entry.about.description}\n\n'
        f"{_table(facts)}\n"
    )


def _facts(entry: Entry) -> dict[str, str]:
    about = entry.about
    return {
        "fórmula": f"`{entry.formula}`",
        "unidade": f"{about.unit}, {FORMATS[about.format]}; {DIRECTIONS[about.direction]}",
        "colunas de origem": _code(entry.sources),
        "precisa de": _code(entry.gates),
        "páginas": ", ".join(entry.pages),
        "responsável": about.owner,
        "também chamada": ", ".join(about.synonyms),
    }


def _table(facts: Mapping[str, str]) -> str:
    rows = "\n".join(f"| {name} | {text} |" for name, text in facts.items() if text)
    return f"| | |\n|---|---|\n{rows}"


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


def site(
    page: str, manifest: Mapping[str, Any], catalog: str, found: Iterable[Entry], traced: Lineage
) -> str:
    """dbt's site in one file, in which a metric's page tells all that the dictionary does."""
    listed = {entry.name: entry for entry in found}
    described = {
        key: {
            **node,
            "description": _page(listed[node["name"]], freshness(manifest), traced),
        }
        for key, node in manifest["metrics"].items()
    }
    # As dbt itself fills its page; "</" would end the script that holds the text.
    content = json.dumps({**manifest, "metrics": described}).replace("</", "<\\/")
    return page.replace('"MANIFEST.JSON INLINE DATA"', content).replace(
        '"CATALOG.JSON INLINE DATA"', catalog
    )


def _page(entry: Entry, fresh: str, traced: Lineage) -> str:
    grain = f"{_code(entry.marts)}: {entry.grain}"
    facts = {**_facts(entry), "grão": grain, "por": ", ".join(entry.dimensions), "frescor": fresh}
    trees = "\n".join(line for column in entry.columns for line in _tree(column, traced))
    return f"{entry.about.description}\n\n{_table(facts)}\n\n**Linhagem**\n\n{trees}\n"


def documents(
    manifest: Mapping[str, Any], found: Iterable[Entry], traced: Lineage
) -> dict[Path, str]:
    """What stands in the repository, by file."""
    return {
        METRICS: markdown(found, freshness(manifest)),
        LINEAGE: lineage_markdown(traced),
        lineage.FILE: traced.model_dump_json(indent=1) + "\n",
    }


def defined(manifest: Mapping[str, Any]) -> tuple[list[Entry], Lineage]:
    """All metrics of a manifest that is compiled for a first build, and where they come from."""
    layer = metrics.from_dbt(manifest)
    traced = lineage.trace(manifest)
    return entries(Semantic(models=layer.models, metrics=layer.metrics, gates={}), traced), traced


def main() -> None:
    """Write all of them again, from what ``dbt docs generate`` left."""
    manifest = json.loads((TARGET / "manifest.json").read_bytes())
    found, traced = defined(manifest)
    for path, text in documents(manifest, found, traced).items():
        path.write_text(text, encoding="utf-8")
    page, catalog = (
        (TARGET / name).read_text(encoding="utf-8") for name in ("index.html", "catalog.json")
    )
    filled = site(page, manifest, catalog, found, traced)
    (TARGET / "static_index.html").write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    main()
