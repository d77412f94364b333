"""Visão geral: today's health in one look."""

from decimal import Decimal

import streamlit as st

from dashboards.parts import formats, panels
from dashboards.parts.theme import BAD, GOOD, OTHER, WARNING
from dashboards.parts.view import View
from dashboards.screens import sales, targets

TITLE = "Visão geral"
CARDS = ("receita_liquida", "margem_bruta", "margem_pct", "pedidos", "ticket_medio",
         "clientes_ativos", "taxa_devolucao", "desconto_medio_pct")  # fmt: skip
LATE = ("pedidos_em_andamento", "pedidos_atrasados")
CYCLE = ("pedidos_criados", "pedidos_cancelados", "taxa_cancelamento")


def render(view: View) -> None:
    """Draw the page."""
    panels.heading(TITLE, view)
    panels.cards(view, CARDS)
    left, right = st.columns([5, 3])
    with left:
        sales.trend(view, pick=False)
    with right:
        month(view)
        attention(view)
    left, right = st.columns(2)
    with left:
        sales.contribution(view, "Categorias", "categoria")
    with right:
        sales.contribution(view, "Regiões", "regiao_pais")
        targets.ranked(targets.whole_months(view), "Atingimento por equipe", "nome_equipe")


def month(view: View) -> None:
    """The current month's target: how much is reached, and where it is heading."""
    with panels.section("Meta do mês corrente", view, targets.DETAIL):
        found = targets.current_pace(view)
        if found is None:
            panels.empty()
            return
        start, pace = found
        reached = pace.actual / pace.target
        st.progress(
            float(min(reached, Decimal(1))),
            f"{formats.month(start)}: **{formats.percent(reached)}** de"
            f" {formats.money(pace.target)}",
        )
        expected = None if pace.projection is None else pace.projection / pace.target
        st.caption(
            f"Falta {formats.money(pace.gap)}; são precisos {formats.money(pace.needed)} por dia"
            f" útil restante ({pace.days_left}). Projeção: {formats.percent(expected)} da meta."
            if pace.days_left
            else f"Mês encerrado; faltou {formats.money(pace.gap)}."
            if pace.gap
            else "Mês encerrado com a meta batida."
        )


def attention(view: View) -> None:
    """What should be looked at first, each with the page that says more."""
    with panels.section("O que merece atenção", view, (*CYCLE, *LATE)):
        items = []
        if known := view.supported(LATE):
            open_now = view.always("ciclo_pedidos").total(known)
            late = open_now.get("pedidos_atrasados")
            items.append(
                (BAD if late else GOOD, "Pedidos atrasados, de todos em andamento",
                 f"{formats.integer(late)} de {formats.integer(open_now['pedidos_em_andamento'])}")
            )  # fmt: skip
        if known := view.supported(CYCLE):
            cycle = view.total(known)
            items.append(
                (OTHER, "Pedidos cancelados no período",
                 f"{formats.integer(cycle['pedidos_cancelados'])}"
                 f" ({formats.percent(cycle['taxa_cancelamento'])})")
            )  # fmt: skip
        if view.supported(["percentual_atingimento"]):
            months = targets.whole_months(view)
            running = targets.due(months)
            sellers = targets.attained(months, running)
            behind = sum((row["percentual_atingimento"] or 0) < 80 for row in sellers)
            items.append(
                (WARNING if behind else GOOD,
                 f"Vendedores abaixo de 80 % {'do esperado até agora' if running else 'da meta'}",
                 f"{behind} de {len(sellers)}")
            )  # fmt: skip
        lacking = [g for g in view.data.semantic.gates.values() if g.status != "ok"]
        items.append(
            (WARNING if lacking else GOOD, "Recursos que os dados não sustentam",
             formats.integer(len(lacking)))
        )  # fmt: skip
        manifest = view.data.version.manifest
        items.append(
            (GOOD if manifest.reconciliation.ok else BAD, "Origem, staging e marts conciliados",
             formats.flag(manifest.reconciliation.ok))
        )  # fmt: skip
        panels.bullets(items)
