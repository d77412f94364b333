"""Monitor ETL: whether the pipeline ran, what it moved, and whether its result can be trusted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboards.parts import charts, formats, panels, sidebar
from dashboards.parts.tables import ShownColumn, ShownTable
from dashboards.parts.theme import BAD, GOOD, OTHER, WARNING
from dashboards.parts.view import Row, View
from published import versions
from published.answers.filters import Filters
from published.incidents import TITLES, Rule
from published.metrics import Grain

TITLE = "Monitor ETL"
CARDS = ("sla_cumprido_pct", "execucoes", "taxa_falha_execucao", "tempo_medio_execucao",
         "incidentes", "incidentes_qualidade")  # fmt: skip
SLOWEST = 10
"""Models that are listed, the slowest first."""
RUNS = 200
"""Runs, and runs by entity, that are listed, the newest first."""
WAITING = "em quarentena"
"""How the parts of the account end that wait, as ``audit.totais_staging`` names them."""
NOTHING = "Nada registrado até a publicação desta versão."
STATUS = {"ok": ("Suportado", GOOD), "degraded": ("Cobertura parcial", WARNING),
          "not_supported": ("Não suportado", BAD)}  # fmt: skip


OUTCOMES = {"success": "Sucesso", "failed": "Falhou", "crashed": "Interrompida",
            "running": "Em execução", "refused": "Recusada"}  # fmt: skip


def outcome(status: str | None) -> str:
    """How a run ended, in Portuguese."""
    return formats.NONE if status is None else OUTCOMES.get(status, status)


def _counts(**labels: str) -> dict[str, ShownColumn]:
    return {name: ShownColumn(label, formats.integer, "inteiro") for name, label in labels.items()}


ENTITY = {
    "entidade": ShownColumn("Entidade"),
    "terminada_em": ShownColumn("Terminada em", formats.moment),
    "status_entidade": ShownColumn("Situação", outcome),
    **_counts(linhas_extraidas="Lidas", linhas_inseridas="Novas", linhas_alteradas="Alteradas",
              linhas_excluidas="Excluídas"),
    "segundos": ShownColumn("Duração (s)", formats.seconds, "decimal"),
    "marca_depois": ShownColumn("Marca d'água", formats.moment),
    "erro": ShownColumn("Erro"),
}  # fmt: skip
RUN = {
    "iniciada_em": ShownColumn("Início", formats.moment),
    "comando": ShownColumn("Comando"),
    "status_execucao": ShownColumn("Situação", outcome),
    "segundos": ShownColumn("Duração (s)", formats.seconds, "decimal"),
    **_counts(linhas_extraidas="Lidas", linhas_inseridas="Novas", linhas_alteradas="Alteradas",
              linhas_excluidas="Excluídas"),
    "erro": ShownColumn("Erro"),
}  # fmt: skip


def render(view: View) -> None:
    """Draw the page; the pipeline has no regions or sellers, so filters do not restrict it."""
    view = replace(view, filters=Filters())
    panels.title(TITLE, "A execução que publica uma versão aparece na versão seguinte.")
    with panels.section("Saúde"):
        panels.cards(view, CARDS, compare=False)
        health(view)
    left, right = st.columns([2, 3])
    with left:
        incidents(view)
        incidents_by_month(view)
    with right:
        durations(view)
    left, right = st.columns(2)
    with left:
        days(view)
    with right:
        slowest(view)
    entities(view)
    runs(view)
    left, right = st.columns([3, 2])
    with left:
        reconciliation(view)
    with right:
        quarantine(view)
        gates(view)
    kept_versions(view)


def health(view: View) -> None:
    """What was checked before the version at hand was published."""
    manifest = view.data.version.manifest
    panels.facts([
        ("Versão publicada", f"v{manifest.version}", formats.moment(manifest.created_at)),
        ("Testes de dados", formats.integer(manifest.tests_passed), "passaram antes de publicar"),
        ("Conciliação", "Sem diferenças" if manifest.reconciliation.ok else "Diferenças",
         "origem, staging e marts"),
        ("Linhas publicadas", formats.integer(manifest.rows),
         f"{len(manifest.tables)} tabelas"),
    ])  # fmt: skip


def incidents(view: View) -> None:
    """What is wrong now."""
    with panels.section("Incidentes abertos"):
        items = open_incidents(view)
        if items:
            panels.bullets([(BAD, text, value) for text, value in items])
        else:
            st.success("Nenhum incidente aberto.", icon=":material/check_circle:")


def open_incidents(view: View) -> list[tuple[str, str]]:
    """Each open incident and its extent: what the alerts last found, a version that is too old."""
    found = [
        (f"{TITLES[Rule(incident.rule)]} · {incident.job}",
         f"desde {formats.moment(incident.since)}")
        for incident in versions.open_incidents(view.data.version.data_dir)
    ]  # fmt: skip
    age = datetime.now(UTC) - view.data.version.manifest.created_at
    if age > sidebar.STALE:
        found.append(("Nenhuma versão nova no prazo diário", formats.age(age)))
    return found


def incidents_by_month(view: View) -> None:
    """How many incidents each month had, those of the data's quality apart."""
    in_time(view, "Incidentes por mês", ("incidentes", "incidentes_qualidade"), "month")


def days(view: View) -> None:
    """What each day's runs took and moved."""
    metrics = ("segundos_execucao", "execucoes", "linhas_lidas", "linhas_movidas")
    in_time(view, "Duração e linhas por dia", metrics, "day")


def slowest(view: View) -> None:
    """The models whose builds take longest."""
    metrics = ("tempo_medio_modelo", "segundos_modelo", "construcoes_modelo")
    by_name(view, "Modelos mais lentos", metrics, "modelo", SLOWEST)


def durations(view: View) -> None:
    """Mean time of each command."""
    metrics = ("tempo_medio_execucao", "execucoes", "execucoes_com_falha")
    by_name(view, "Tempo médio por comando", metrics, "comando")


def in_time(view: View, title: str, metrics: Sequence[str], grain: Grain) -> None:
    """The first of the metrics by period; all of them in the table."""
    first = view.metric(metrics[0])
    with panels.section(title, view, metrics):
        rows = view.rows(metrics, grain=grain)
        if not rows:
            st.caption(NOTHING)
            return
        panels.exhibit(
            view, metrics[0], rows,
            lambda: charts.trend(rows, metrics[0], formats.of_metric(first)),
            lambda: ShownTable.of(view, rows, metrics), f"{title}: {first.label}",
        )  # fmt: skip


def by_name(
    view: View, title: str, metrics: Sequence[str], by: str, limit: int | None = None
) -> None:
    """The first of the metrics by name, the greatest on top; all of them in the table."""
    first = view.metric(metrics[0])
    with panels.section(title, view, metrics):
        rows = view.rows(metrics, [by], order_by=[f"-{metrics[0]}"], limit=limit)
        if not rows:
            st.caption(NOTHING)
            return
        panels.exhibit(
            view, metrics[0], rows,
            lambda: charts.bars(rows, by, metrics[0], formats.of_metric(first)),
            lambda: ShownTable.of(view, rows, metrics, [by]), f"{title}: {first.label}",
        )  # fmt: skip


def entities(view: View) -> None:
    """Volumes, duration and watermark of each entity in the newest loads."""
    with panels.section("Cargas por entidade"):
        rows = _newest(view, "mart.dash_monitor_etl", list(ENTITY), "terminada_em")
        panels.listing(view, "cargas", ShownTable(rows, ENTITY), "Últimas cargas por entidade")


def runs(view: View) -> None:
    """The newest runs of every command."""
    with panels.section("Últimas execuções"):
        rows = _newest(view, "mart.dash_execucoes", list(RUN), "iniciada_em")
        panels.listing(view, "execucoes", ShownTable(rows, RUN), "Últimas execuções")


def reconciliation(view: View) -> None:
    """The account of each entity: what landed, what is in its fact, what is explained."""
    with panels.section("Conciliação por entidade", note="Staging = mart + parcelas explicadas."):
        columns = {
            "entidade": ShownColumn("Entidade"),
            "parcela": ShownColumn("Parcela"),
            **_counts(linhas="Linhas"),
            "valor_liquido": ShownColumn("Valor líquido", formats.money, "moeda"),
        }
        panels.listing(
            view, "conciliacao", ShownTable(_accounts(view, lambda row: True), columns),
            "Conciliação por entidade e parcela",
        )  # fmt: skip


def quarantine(view: View) -> None:
    """Rows that cannot be believed, by entity, and what they are worth."""
    with panels.section("Quarentena"):
        rows = _accounts(view, lambda row: row["parcela"].endswith(WAITING))
        if rows:
            columns = {
                "entidade": ShownColumn("Entidade"),
                "parcela": ShownColumn("Motivo"),
                **_counts(linhas="Linhas"),
                "valor_liquido": ShownColumn("Valor líquido", formats.money, "moeda"),
            }
            panels.listing(view, "quarentena", ShownTable(rows, columns), "Linhas em quarentena")
        else:
            st.success("Nenhuma linha em quarentena.", icon=":material/check_circle:")


def gates(view: View) -> None:
    """What the company's data can answer."""
    with panels.section("O que os dados sustentam"):
        found = view.data.semantic.gates.values()
        panels.bullets(
            [
                (STATUS.get(gate.status, ("", OTHER))[1],
                 f"{gate.titulo}: {STATUS.get(gate.status, (gate.status, OTHER))[0].lower()}",
                 formats.percent(None if gate.cobertura_pct is None else gate.cobertura_pct / 100))
                for gate in found
            ]
        )  # fmt: skip
        for gate in found:
            if gate.status == "not_supported":
                panels.unsupported(gate)


def kept_versions(view: View) -> None:
    """The versions that are kept; readers read the one that is current."""
    with panels.section("Versões publicadas", note="`dw rollback` volta à versão anterior."):
        current = view.data.version.version
        rows: list[Row] = [
            {
                "versao": f"v{found.version}",
                "atual": found.version == current,
                "publicada": found.manifest.created_at,
                "linhas": found.manifest.rows,
                "testes": found.manifest.tests_passed,
                "conciliada": found.manifest.reconciliation.ok,
                "commit": (found.manifest.git_commit or "")[:10],
            }
            for found in reversed(versions.versions(view.data.version.data_dir))
        ]
        columns = {
            "versao": ShownColumn("Versão"),
            "atual": ShownColumn("Atual", formats.flag),
            "publicada": ShownColumn("Publicada em", formats.moment),
            **_counts(linhas="Linhas", testes="Testes que passaram"),
            "conciliada": ShownColumn("Conciliada", formats.flag),
            "commit": ShownColumn("Commit"),
        }
        panels.listing(view, "versoes", ShownTable(rows, columns), "Versões publicadas")


def _newest(view: View, mart: str, columns: list[str], by: str) -> list[Row]:
    rows: list[Row] = view.data.rows(mart, columns).to_pylist()
    known = [row for row in rows if row[by] is not None]
    return sorted(known, key=lambda row: row[by], reverse=True)[:RUNS]


def _accounts(view: View, wanted: Callable[[Row], Any]) -> list[Row]:
    rows: list[Row] = view.data.rows("mart.dash_conciliacao").to_pylist()
    return sorted(filter(wanted, rows), key=lambda row: (row["entidade"], row["parcela"]))
