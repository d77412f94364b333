"""Descontos e ROI: what each campaign costs, what it brings, and what is left of the margin."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from dashboards.parts import analysis, charts, formats, panels
from dashboards.parts.formats import ratio
from dashboards.parts.periods import grain_for
from dashboards.parts.tables import ShownColumn, ShownTable
from dashboards.parts.theme import BAD, GOOD, MAIN, OTHER, WARNING
from dashboards.parts.view import Row, View
from dashboards.screens.sales import GRAINS, TOP

TITLE = "Descontos e ROI"
CARDS = ("valor_desconto_aplicado", "valor_com_desconto", "roi_desconto",
         "retorno_liquido_desconto", "impacto_margem", "aplicacoes_aprovadas",
         "taxa_aprovacao_desconto", "aplicacoes_rejeitadas")  # fmt: skip
CAMPAIGN = ("aplicacoes_aprovadas", "valor_desconto_aplicado", "valor_com_desconto",
            "roi_desconto", "retorno_liquido_desconto", "margem_antes_desconto",
            "margem_apos_desconto", "impacto_margem")  # fmt: skip
DECISIVE = ("receita_liquida", "valor_total_descontos", "margem_bruta")
KEPT = {
    "margem_por_real": ShownColumn("Margem por R$ 1 de desconto", formats.money, "moeda"),
    "desconto_pct": ShownColumn("Desconto %", formats.percent, "percentual"),
    "margem_pct_apos": ShownColumn("Margem %", formats.percent, "percentual"),
}
STATUS = {"Margem saudável": GOOD, "Margem reduzida": MAIN, "Margem crítica": WARNING,
          "Prejuízo": BAD}  # fmt: skip
WITH_OR_WITHOUT = ("receita_liquida", "pedidos", "ticket_medio", "itens_vendidos", "margem_bruta",
                   "margem_pct", "taxa_devolucao")  # fmt: skip


def render(view: View) -> None:
    """Draw the page."""
    panels.heading(TITLE, view)
    decisive(view)
    campaigns(view)
    panels.cards(view, CARDS)
    left, right = st.columns(2)
    with left:
        trend(view)
        bands(view)
    with right:
        margins(view)
        rejected(view)
    with_or_without(view)


def decisive(view: View) -> None:
    """What decides: the margin that stays per R$ 1 of discount, each sale counted once."""
    with panels.section("O que fica da margem", view, DECISIVE):
        metrics = view.some(DECISIVE, ["teve_desconto"])
        now, sold = _discounted(view, metrics)
        base = view.base()
        note = "depois de todos os descontos"
        if base:
            old = _kept(_discounted(base, metrics)[0])
            note = f"{formats.period(base.first, base.last)}: {formats.money(old)}"
        share = analysis.divided(now.get("receita_liquida"), sold)
        panels.facts([
            ("Margem que fica por R$ 1 de desconto", formats.money(_kept(now)), note),
            ("Descontos dados", formats.money(now.get("valor_total_descontos")),
             "em todas as vendas com desconto"),
            ("Receita vendida com desconto", formats.money(now.get("receita_liquida")),
             f"{formats.percent(share)} de toda; cada venda conta uma vez"),
        ])  # fmt: skip


def _discounted(view: View, metrics: Sequence[str]) -> tuple[Row, Decimal]:
    """The metrics of what was sold with a discount, and the revenue of all sales."""
    rows = view.rows(metrics, ["teve_desconto"])
    whole = sum((row["receita_liquida"] or Decimal(0) for row in rows), Decimal(0))
    return next((row for row in rows if row["teve_desconto"]), {}), whole


def _kept(row: Row) -> Decimal | None:
    return analysis.divided(row.get("margem_bruta"), row.get("valor_total_descontos"))


def campaigns(view: View) -> None:
    """What each campaign leaves of the margin per R$ 1 of discount, the worst first."""
    note = (
        "Margem que fica por R$ 1 de desconto, a pior primeiro. Uma venda com dois cupons está nos"
        " dois: as campanhas não se somam. ROI: receita com desconto por real de desconto;"
        " retorno líquido: o mesmo, menos 1."
    )
    with panels.section("Campanhas", view, CAMPAIGN, note):
        metrics = view.some(CAMPAIGN, ["nome_campanha"])
        minimum = st.number_input(
            "Uso mínimo (aplicações aprovadas)", min_value=0, value=5, step=5, key="uso_minimo",
            bind="query-params", width=260,
        )  # fmt: skip
        everything = view.rows(metrics, ["nome_campanha"], order_by=["-valor_desconto_aplicado"])
        rows = analysis.kept_per_real(
            [row for row in everything if (row["aplicacoes_aprovadas"] or 0) >= minimum]
        )
        decides = "margem_apos_desconto" in metrics
        metric = "margem_por_real" if decides else "roi_desconto"
        st.caption(
            f"{formats.integer(len(rows))} de {formats.integer(len(everything))} campanhas;"
            f" o gráfico mostra as {TOP} primeiras."
        )
        panels.exhibit(
            view, "campanhas", rows,
            lambda: charts.bars(
                rows[:TOP], "nome_campanha", metric, formats.money if decides else ratio,
                [BAD if (row[metric] or 0) < 0 else MAIN for row in rows[:TOP]],
            ),
            lambda: ShownTable.of(view, rows, metrics, ["nome_campanha"], **KEPT),
            "Margem que fica por R$ 1 de desconto, por campanha",
        )  # fmt: skip
        if decides:
            spread(view, rows)


def spread(view: View, rows: Sequence[Row]) -> None:
    """Where each campaign stands: what it took off the price against what is left of it."""
    drawn = [row for row in rows if row["margem_pct_apos"] is not None]
    st.caption("Desconto % e margem % de cada campanha; o tamanho é a receita com desconto.")
    panels.exhibit(
        view, "campanhas_desconto_e_margem", drawn,
        lambda: charts.bubbles(
            drawn, "nome_campanha", ("desconto_pct", "Desconto"), ("margem_pct_apos", "Margem"),
            "valor_com_desconto",
        ),
        lambda: ShownTable.of(
            view, drawn, ["valor_com_desconto"], ["nome_campanha"], **KEPT
        ),
        "Desconto e margem de cada campanha, em por cento",
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
