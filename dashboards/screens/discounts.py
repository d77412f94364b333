"""Descontos e ROI: what each campaign costs, what it brings, and what is left of the margin."""

import streamlit as st

from dashboards.parts import charts, formats, panels
from dashboards.parts.formats import ratio
from dashboards.parts.periods import grain_for
from dashboards.parts.tables import ShownTable
from dashboards.parts.theme import BAD, GOOD, MAIN, OTHER, WARNING
from dashboards.parts.view import View
from dashboards.screens.sales import GRAINS, TOP

TITLE = "Descontos e ROI"
CARDS = ("valor_desconto_aplicado", "valor_com_desconto", "roi_desconto",
         "retorno_liquido_desconto", "impacto_margem", "aplicacoes_aprovadas",
         "taxa_aprovacao_desconto", "aplicacoes_rejeitadas")  # fmt: skip
CAMPAIGN = ("aplicacoes_aprovadas", "valor_desconto_aplicado", "valor_com_desconto",
            "roi_desconto", "retorno_liquido_desconto", "margem_antes_desconto",
            "margem_apos_desconto", "impacto_margem")  # fmt: skip
STATUS = {"Margem saudável": GOOD, "Margem reduzida": MAIN, "Margem crítica": WARNING,
          "Prejuízo": BAD}  # fmt: skip
WITH_OR_WITHOUT = ("receita_liquida", "pedidos", "ticket_medio", "itens_vendidos", "margem_bruta",
                   "margem_pct", "taxa_devolucao")  # fmt: skip


def render(view: View) -> None:
    """Draw the page."""
    panels.heading(TITLE, view)
    panels.cards(view, CARDS)
    campaigns(view)
    left, right = st.columns(2)
    with left:
        trend(view)
        bands(view)
    with right:
        margins(view)
        rejected(view)
    with_or_without(view)


def campaigns(view: View) -> None:
    """Each campaign's cost, revenue and return; those that were hardly used can be left out."""
    note = "ROI: receita com desconto por real de desconto. Retorno líquido: o mesmo, menos 1."
    with panels.section("Campanhas", view, CAMPAIGN, note):
        metrics = view.some(CAMPAIGN, ["nome_campanha"])
        minimum = st.number_input(
            "Uso mínimo (aplicações aprovadas)", min_value=0, value=5, step=5, key="uso_minimo",
            bind="query-params", width=260,
        )  # fmt: skip
        everything = view.rows(metrics, ["nome_campanha"], order_by=["-valor_desconto_aplicado"])
        rows = [row for row in everything if (row["aplicacoes_aprovadas"] or 0) >= minimum]
        st.caption(
            f"{formats.integer(len(rows))} de {formats.integer(len(everything))} campanhas;"
            " o gráfico mostra as de maior desconto."
        )
        panels.exhibit(
            view, "campanhas", rows,
            lambda: charts.bars(rows[:TOP], "nome_campanha", "roi_desconto", ratio),
            lambda: ShownTable.of(view, rows, metrics, ["nome_campanha"]),
            "ROI de desconto por campanha",
        )  # fmt: skip


def trend(view: View) -> None:
    """Cost of discounts in time."""
    grain = grain_for(view.first, view.last)
    metrics = ("valor_desconto_aplicado", "valor_com_desconto", "roi_desconto")
    with panels.section("Desconto aplicado no tempo", view, metrics):
        rows = view.rows(metrics, grain=grain)
        before = view.paired(metrics[:1], grain)
        panels.exhibit(
            view, "descontos_no_tempo", rows,
            lambda: charts.trend(rows, "valor_desconto_aplicado", formats.money, before,
                                 before_name=view.comparison),
            lambda: ShownTable.of(view, rows, metrics).beside(
                view, before, ["periodo"], metrics[:1]
            ),
            f"Desconto aplicado por {GRAINS[grain].lower()}",
        )  # fmt: skip


def margins(view: View) -> None:
    """What discounts of each kind leave of the margin."""
    metrics = ("margem_antes_desconto", "margem_apos_desconto", "impacto_margem", "roi_desconto")
    with panels.section("Margem antes e depois do desconto", view, metrics):
        rows = view.rows(metrics, ["tipo_desconto"], order_by=["-margem_antes_desconto"])
        panels.exhibit(
            view, "margem_por_tipo", rows,
            lambda: charts.columns(
                rows, "tipo_desconto",
                {"margem_antes_desconto": "Antes", "margem_apos_desconto": "Depois"},
                formats.money, (OTHER, MAIN),
            ),
            lambda: ShownTable.of(view, rows, metrics, ["tipo_desconto"]),
            "Margem antes e depois do desconto por tipo de desconto",
        )  # fmt: skip


def bands(view: View) -> None:
    """How many applications leave a healthy margin, and how many a loss."""
    metrics = ("aplicacoes_aprovadas", "valor_desconto_aplicado", "margem_apos_desconto")
    with panels.section("Situação da margem após o desconto", view, metrics):
        found = {row["status_margem"]: row for row in view.rows(metrics, ["status_margem"])}
        rows = [found[name] for name in STATUS if name in found]
        rows += [row for name, row in found.items() if name not in STATUS]
        panels.exhibit(
            view, "situacao_margem", rows,
            lambda: charts.bars(
                rows, "status_margem", "aplicacoes_aprovadas", formats.integer,
                [STATUS.get(row["status_margem"], OTHER) for row in rows],
            ),
            lambda: ShownTable.of(view, rows, metrics, ["status_margem"]),
            "Aplicações aprovadas por situação da margem",
        )  # fmt: skip


def rejected(view: View) -> None:
    """Why applications were turned down."""
    metrics = ("aplicacoes_rejeitadas",)
    with panels.section("Aplicações rejeitadas", view, metrics):
        rows = [
            row
            for row in view.rows(metrics, ["motivo_rejeicao"], order_by=["-aplicacoes_rejeitadas"])
            if row["aplicacoes_rejeitadas"]
        ]
        panels.exhibit(
            view, "rejeitadas", rows,
            lambda: charts.bars(rows, "motivo_rejeicao", "aplicacoes_rejeitadas", formats.integer),
            lambda: ShownTable.of(view, rows, metrics, ["motivo_rejeicao"]),
            "Aplicações de desconto rejeitadas por motivo",
        )  # fmt: skip


def with_or_without(view: View) -> None:
    """Items that were sold with a discount against those without."""
    with panels.section("Vendas com e sem desconto", view, WITH_OR_WITHOUT):
        metrics = view.some(WITH_OR_WITHOUT)
        rows = view.rows(metrics, ["teve_desconto"], order_by=["-teve_desconto"])
        panels.listing(
            view, "com_e_sem_desconto", ShownTable.of(view, rows, metrics, ["teve_desconto"]),
            "Vendas com e sem desconto",
        )  # fmt: skip
