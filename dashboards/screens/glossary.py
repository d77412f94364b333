"""Dicionário: every metric as dbt defines it, down to the columns of the source."""

from collections.abc import Iterable

import streamlit as st

from dashboards.dictionary import entries, lineage
from dashboards.dictionary.entries import Entry
from dashboards.parts import formats, panels
from dashboards.parts.tables import ShownColumn, ShownTable
from dashboards.parts.view import Row, View

TITLE = "Dicionário"
COLUMNS = {
    "metrica": ShownColumn("Métrica"),
    "nome": ShownColumn("Nome técnico"),
    "assunto": ShownColumn("Assunto"),
    "descricao": ShownColumn("Definição"),
    "formula": ShownColumn("Fórmula"),
    "tabela": ShownColumn("Tabela"),
    "responsavel": ShownColumn("Responsável"),
    "referencia": ShownColumn("SQL de referência"),
}
REFERENCES = "dbt_project/analyses/kpi"
"""Where the hand-written SQL of each metric is."""


def render(view: View) -> None:
    """Draw the page."""
    panels.title(TITLE, "Gerado das definições do dbt que viajam com a versão publicada.")
    search = st.text_input("Procurar", placeholder="receita, margem, devolução…", key="procurar",
                           bind="query-params")  # fmt: skip
    everything = entries.entries(view.data.semantic, lineage.read())
    found = {entry.name: entry for entry in everything if matches(entry, search)}
    with panels.section("Métricas", note=f"{len(found)} de {len(everything)}"):
        rows = [line(entry) for entry in found.values()]
        panels.listing(view, "dicionario", ShownTable(rows, COLUMNS), "Dicionário de métricas", 420)
    name = st.selectbox(
        "Ver uma métrica", list(found), format_func=lambda name: found[name].about.label,
        index=list(found).index("receita_liquida") if "receita_liquida" in found else 0,
    )  # fmt: skip
    if name:
        detail(found[name])


def matches(entry: Entry, search: str) -> bool:
    """Whether a metric is called, described or also known by what is searched for."""
    about = entry.about
    words = " ".join([entry.name, about.label, about.description, *about.synonyms])
    return search.casefold() in words.casefold()


def line(entry: Entry) -> Row:
    """A metric's row in the list."""
    return {
        "metrica": entry.about.label,
        "nome": entry.name,
        "assunto": entry.subject,
        "descricao": entry.about.description,
        "formula": entry.formula,
        "tabela": ", ".join(entry.marts),
        "responsavel": entry.about.owner,
        "referencia": entry.about.reference or formats.NONE,
    }


def detail(entry: Entry) -> None:
    """All that is known of one metric."""
    about = entry.about
    with panels.section(about.label):
        st.markdown(about.description)
        st.code(entry.formula, language="sql", wrap_lines=True)
        reference = f"`{REFERENCES}/{about.reference}`" if about.reference else formats.NONE
        lines = {
            "Nome técnico": f"`{entry.name}`",
            "Unidade": about.unit,
            "Sentido": entries.DIRECTIONS[about.direction],
            "Responsável": about.owner,
            "Também chamada": _listed(about.synonyms),
            "Grão": entry.grain,
            "Pode ser vista por": _listed(entry.dimensions),
            "Precisa de": _listed(entry.gates),
            "Lê as colunas": _listed(f"`{name}`" for name in entry.columns),
            "Vem da origem": _listed(f"`{name}`" for name in entry.sources),
            "Aparece em": _listed(entry.pages),
            "SQL de referência": reference,
        }
        st.markdown("\n".join(f"- **{label}:** {value}" for label, value in lines.items()))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or formats.NONE
