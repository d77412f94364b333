"""Ciclo de pedidos: how long each phase takes, what is open, what is late."""

import streamlit as st

from dashboards.parts import charts, formats, panels
from dashboards.parts.periods import grain_for
from dashboards.parts.tables import ShownColumn, ShownTable
from dashboards.parts.theme import BAD, MAIN, OTHER, SERIES
from dashboards.parts.view import Row, View
from dashboards.screens.sales import TOP

TITLE = "Ciclo de pedidos"
CARDS = ("pedidos_criados", "pedidos_entregues", "p50_total_horas", "p90_total_horas",
         "pedidos_cancelados", "taxa_cancelamento")  # fmt: skip
PHASES = {"aprovado": "Aprovação", "enviado": "Envio", "entregue": "Entrega",
          "total": "Ciclo total"}  # fmt: skip
STATISTICS = {"media": "Média", "p50": "p50", "p90": "p90"}
AGES = ("0-1 dia", "2-3 dias", "4-7 dias", "8-15 dias", "16-30 dias", "mais de 30 dias")
OPEN_PHASES = ("Criado", "Aprovado", "Enviado")
OPEN = ("pedidos_em_andamento", "valor_em_andamento")
CANCELLED = ("pedidos_criados", "pedidos_cancelados", "taxa_cancelamento")
LATEST = 200
"""Late orders that are listed, the oldest first."""
MART = "mart.dash_ciclo_pedidos"
LATE = {
    "numero_pedido": ShownColumn("Pedido"),
    "criado_em": ShownColumn(
        "Criado em", lambda v: v.strftime("%d/%m/%Y %H:%M") if v else formats.NONE
    ),
    "fase_atual": ShownColumn("Fase"),
    "faixa_idade": ShownColumn("Idade"),
    "estado": ShownColumn("Estado"),
    "nome_vendedor": ShownColumn("Vendedor"),
    "canal_venda": ShownColumn("Canal"),
    "valor_total_liquido": ShownColumn("Valor líquido", formats.money, "moeda"),
}


def render(view: View) -> None:
    """Draw the page."""
    panels.heading(TITLE, view, "Pedidos criados em")
    panels.cards(view, CARDS)
    left, right = st.columns(2)
    with left:
        phases(view)
    with right:
        in_time(view)
    everything = view.always("ciclo_pedidos")
    left, right = st.columns(2)
    with left:
        open_orders(everything)
    with right:
        cancelled(view)
    late(everything)


def phases(view: View) -> None:
    """Mean, median and p90 of each phase's hours."""
    names = {(phase, kind): f"{kind}_{phase}_horas" for phase in PHASES for kind in STATISTICS}
    note = "p50: metade dos pedidos leva até isso; p90: nove em cada dez."
    with panels.section("Horas por fase", view, list(names.values()), note):
        totals = view.total(list(names.values()))
        rows: list[Row] = [
            {"fase": label, **{kind: totals[names[phase, kind]] for kind in STATISTICS}}
            for phase, label in PHASES.items()
        ]
        columns = {"fase": ShownColumn("Fase")} | {
            kind: ShownColumn(f"{label} (h)", formats.decimal, "horas")
            for kind, label in STATISTICS.items()
        }
        panels.exhibit(
            view, "fases", rows,
            lambda: charts.columns(rows, "fase", {"p50": "p50", "p90": "p90"}, formats.hours,
                           (MAIN, SERIES[1])),
            lambda: ShownTable(rows, columns, list(names.values())),
            "Horas de cada fase do pedido: p50 e p90",
        )  # fmt: skip


def in_time(view: View) -> None:
    """The whole cycle's median and p90 by period."""
    metrics = ("pedidos_com_total", "p50_total_horas", "p90_total_horas")
    with panels.section("Ciclo total no tempo", view, metrics, "Pela data de criação."):
        rows = view.rows(metrics, grain=grain_for(view.first, view.last))
        panels.exhibit(
            view, "ciclo_no_tempo", [row for row in rows if row["pedidos_com_total"]],
            lambda: charts.lines(
                rows, {"p50_total_horas": "p50", "p90_total_horas": "p90"}, formats.hours
            ),
            lambda: ShownTable.of(view, rows, metrics),
            "Horas da criação à entrega: p50 e p90 por período",
        )  # fmt: skip


def open_orders(view: View) -> None:
    """Orders under way by age, each bar split by phase."""
    note = "Todos os que estavam em andamento no último dia com dados, qualquer que seja o período."
    with panels.section("Em andamento, por idade", view, OPEN, note):
        found = [
            row
            for row in view.rows(OPEN, ["faixa_idade", "fase_atual"])
            if row["pedidos_em_andamento"]
        ]
        found.sort(key=lambda row: (AGES.index(row["faixa_idade"]), row["fase_atual"]))
        names = [name for name in OPEN_PHASES if any(row["fase_atual"] == name for row in found)]
        rows = [
            {"faixa_idade": age, **{
                name: sum(row["pedidos_em_andamento"] for row in found
                          if (row["faixa_idade"], row["fase_atual"]) == (age, name))
                for name in names
            }}
            for age in AGES
        ]  # fmt: skip
        panels.exhibit(
            view, "em_andamento", found,
            lambda: charts.columns(rows, "faixa_idade", dict(zip(names, names, strict=True)),
                           formats.integer, (OTHER, SERIES[1], MAIN), stacked=True),
            lambda: ShownTable.of(view, found, OPEN, ["faixa_idade", "fase_atual"]),
            "Pedidos em andamento por idade e fase",
        )  # fmt: skip


def cancelled(view: View) -> None:
    """Cancellations by channel, the highest rate first."""
    with panels.section("Cancelamentos por canal", view, CANCELLED):
        rows = view.rows(CANCELLED, ["canal_venda"], order_by=["-taxa_cancelamento"])
        panels.exhibit(
            view, "cancelamentos", rows,
            lambda: charts.bars(rows[:TOP], "canal_venda", "taxa_cancelamento", formats.percent,
                        [BAD] * min(len(rows), TOP)),
            lambda: ShownTable.of(view, rows, CANCELLED, ["canal_venda"]),
            "Taxa de cancelamento por canal",
        )  # fmt: skip


def late(view: View) -> None:
    """The late orders themselves."""
    note = ("Em andamento há mais tempo do que levaram 90 % dos pedidos entregues; os"
            f" {LATEST} mais antigos.")  # fmt: skip
    with panels.section("Pedidos atrasados", view, ["pedidos_atrasados"], note):
        view.data.semantic.check("pedidos_atrasados", [])
        filters = view.applied(["pedidos_atrasados"])
        rows: list[Row] = view.data.rows(
            MART, list(LATE), filters, {"eh_atrasado": True}, limit=LATEST
        ).to_pylist()
        if rows:
            panels.listing(
                view,
                "atrasados",
                ShownTable(rows, LATE, ["pedidos_atrasados"]),
                "Lista dos pedidos atrasados",
            )
        else:
            st.success("Nenhum pedido atrasado.", icon=":material/check_circle:")
