"""Metas: actual against target, who is behind, and what each day must still bring."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st
from dateutil.relativedelta import relativedelta

from dashboards.parts import analysis, charts, formats, panels, periods
from dashboards.parts.analysis import Pace
from dashboards.parts.tables import ShownColumn, ShownTable
from dashboards.parts.theme import BAD, GOOD, MAIN, OTHER, WARNING
from dashboards.parts.view import Row, View
from dashboards.screens.sales import TOP
from published.answers.semantic import NotApplicableError

TITLE = "Metas"
CARDS = ("valor_meta", "valor_realizado", "percentual_atingimento", "gap_meta",
         "metas_definidas", "taxa_metas_batidas")  # fmt: skip
DETAIL = ("valor_meta", "valor_realizado", "percentual_atingimento", "gap_meta")
HUNDRED = Decimal(100)
BANDS = (
    ("Abaixo de 50 %", Decimal(50), BAD),
    ("50 a 80 %", Decimal(80), WARNING),
    ("80 a 100 %", HUNDRED, OTHER),
    ("100 a 120 %", Decimal(120), MAIN),
    ("120 % ou mais", None, GOOD),
)
"""Attainment from one limit to the next; who reached the target is blue or green."""
NOBODYS = (
    "Uma meta é de um vendedor e conta as vendas dele em todas as regiões, estados, categorias e"
    " canais. Um acesso restrito por equipe ou por vendedor tem metas."
)
HISTORY = 12
"""Months of the history, the last of the period included."""


def render(view: View) -> None:
    """Draw the page."""
    months = whole_months(view)
    panels.heading(TITLE, months, "Metas dos meses de")
    if isinstance(months.refusal(CARDS[0]), NotApplicableError):
        panels.out_of_reach(months, NOBODYS)
        return
    running = due(months)
    # A month that still runs, beside whole ones, tells nothing: what is due by now does.
    panels.cards(months, CARDS, compare=running is None)
    if running:
        so_far(months, running)
    unlike_sales(months)
    left, right = st.columns([3, 2])
    with left:
        history(months)
    with right:
        pace(view)
    left, right = st.columns(2)
    with left:
        sellers(months)
    with right:
        distribution(months)
        ranked(months, "Regionais", "regional")
    teams(months)
    quartiles(months)


def whole_months(view: View) -> View:
    """The view of the whole months that its period lies in: a target is set for months."""
    return view.during(*periods.whole_months(view.first, view.last))


@dataclass(frozen=True)
class Due:
    """What is due by now of the month that still runs."""

    month: date
    share: Decimal

    def of(self, view: View, by: str) -> list[Row]:
        """Targets by name against what is due, the furthest behind first."""
        rows = view.rows(("valor_meta", "valor_realizado"), [by], grain="month")
        return analysis.judged(rows, by, self.month, self.share)


def due(view: View) -> Due | None:
    """What is due by the last day that has data; null when no month of the view still runs."""
    day = view.last_day
    first, last = periods.whole_months(day, day)
    if day == last or not view.first <= day <= view.last:
        return None
    gone = view.data.business_days(first, day)
    left = view.data.business_days(day + timedelta(1), last)
    return Due(first, analysis.expected_share(gone, left, _last_year(view, first, last)))


def _last_year(view: View, first: date, last: date) -> tuple[Any, Any] | None:
    """What the same month of last year had sold by the same day, and in all."""
    if not view.supported(["receita_liquida"]):
        return None
    month = view.during(first, last).year_before()
    by_now = view.during(first, view.last_day).year_before()
    sold = [part.total(["receita_liquida"])["receita_liquida"] for part in (by_now, month)]
    return sold[0], sold[1]


def so_far(view: View, running: Due) -> None:
    """The view's targets against what is due by now."""
    with panels.section("Até agora", view, DETAIL):
        known = running.of(view, "nome_vendedor")
        expected = sum((row["valor_esperado"] for row in known), Decimal(0))
        actual = sum((row["valor_realizado"] for row in known), Decimal(0))
        behind = [row for row in known if row["falta_esperado"] > 0]
        panels.facts([
            ("Esperado até " + formats.day(view.last_day), formats.money(expected),
             f"{formats.percent(running.share)} da meta de {formats.month(running.month)}"),
            ("Realizado do esperado", formats.percent(analysis.divided(actual, expected)),
             formats.money(actual)),
            ("Atrás do esperado" if actual < expected else "À frente do esperado",
             formats.money(abs(expected - actual)), "até este dia"),
            ("Vendedores atrás", f"{len(behind)} de {len(known)}", "do que se espera até este dia"),
        ])  # fmt: skip


def unlike_sales(view: View) -> None:
    """Why what counts for targets is not the net revenue of the sales pages."""
    if not view.supported(["valor_realizado", "receita_liquida"]):
        return
    actual = view.total(["valor_realizado"])["valor_realizado"]
    alike = view.applied(["valor_realizado"])
    if view.applied(["valor_realizado", "receita_liquida"]).names != alike.names:
        return
    sold = replace(view, filters=alike).total(["receita_liquida"])["receita_liquida"]
    if actual is not None and sold is not None and actual != sold:
        st.caption(
            f":material/info: O realizado ({formats.money(actual)}) conta só vendedores com meta;"
            f" a receita líquida destes meses é {formats.money(sold)}. Diferença:"
            f" {formats.money(sold - actual)}, de vendedores sem meta nestes meses."
        )


def history(view: View) -> None:
    """Actual against target by month."""
    with panels.section("Realizado e meta por mês", view, DETAIL):
        start = view.last.replace(day=1) - relativedelta(months=HISTORY - 1)
        rows = view.during(min(view.first, start), view.last).rows(DETAIL, grain="month")
        panels.exhibit(
            view, "metas_por_mes", rows,
            lambda: charts.against(rows, "valor_realizado", "valor_meta", formats.money,
                           ("Realizado", "Meta")),
            lambda: ShownTable.of(view, rows, DETAIL),
            "Realizado e meta por mês",
        )  # fmt: skip


def current_pace(view: View) -> tuple[date, Pace] | None:
    """The month of the last sale: its name and how its target is doing; null without a target."""
    first, last = periods.whole_months(view.last_day, view.last_day)
    totals = view.during(first, last).total(["valor_meta", "valor_realizado"])
    if not totals["valor_meta"]:
        return None
    business_days = view.data.business_days
    return first, Pace(
        totals["valor_meta"], totals["valor_realizado"],
        business_days(first, view.last_day),
        business_days(view.last_day + timedelta(1), last),
    )  # fmt: skip


def pace(view: View) -> None:
    """What each business day that is left must bring, and where the month is heading."""
    with panels.section("Ritmo do mês corrente", view, ["valor_meta", "valor_realizado"]):
        found = current_pace(view)
        if found is None:
            panels.empty()
            return
        month, now = found
        left = (
            f"{now.days_left} dias úteis restantes" if now.days_left else "nenhum dia útil restante"
        )
        st.caption(f"{formats.month(month)}: {now.days_gone} dias úteis passados, {left}.")
        expected = None if now.projection is None else now.projection / now.target
        panels.facts([
            ("Falta para a meta", formats.money(now.gap), f"de {formats.money(now.target)}"),
            ("Ritmo até agora", formats.money(now.so_far), "por dia útil"),
            ("Ritmo necessário", formats.money(now.needed), "por dia útil restante"),
            ("Projeção", formats.money(now.projection), f"{formats.percent(expected)} da meta"),
        ])  # fmt: skip


def sellers(view: View) -> None:
    """Sellers from the best attainment to the worst."""
    ranked(view, "Ranking de vendedores", "nome_vendedor")


def ranked(view: View, title: str, by: str) -> None:
    """A section with a ranking."""
    with panels.section(title, view, DETAIL):
        ranking(view, by)


def ranking(view: View, by: str) -> None:
    """Attainment by name, best first; the colour says which band it is in.

    Of a month that still runs: of what is due, the furthest behind first.
    """
    if running := due(view):
        behind(view, by, running)
        return
    rows: list[Row] = [
        {"posicao": place, **row}
        for place, row in enumerate(
            view.rows(DETAIL, [by], order_by=["-percentual_atingimento"]), start=1
        )
    ]
    table = ShownTable.of(view, rows, DETAIL, [by])
    columns = {"posicao": ShownColumn("Posição", formats.integer, "inteiro"), **table.columns}
    shown = rows if len(rows) <= 2 * TOP else [*rows[:TOP], *rows[-TOP:]]
    if len(shown) < len(rows):
        st.caption(f"O gráfico mostra os {TOP} melhores e os {TOP} piores de {len(rows)}.")
    panels.exhibit(
        view, f"metas_{by}", rows,
        lambda: charts.bars(
            shown, by, "percentual_atingimento",
            formats.of_metric(view.metric("percentual_atingimento")),
            [band(row["percentual_atingimento"])[1] for row in shown], HUNDRED,
        ),
        lambda: ShownTable(rows, columns, DETAIL),
        f"Atingimento da meta por {view.label(by).lower()}",
    )  # fmt: skip


def behind(view: View, by: str, running: Due) -> None:
    """By name: target, actual, what is due by now and what is missing of it."""
    rows = running.of(view, by)
    st.caption(
        f"Mês em curso: do esperado até {formats.day(view.last_day)}, quem mais falta primeiro."
    )
    table = ShownTable.of(
        view, rows, ["valor_meta", "valor_realizado"], [by],
        valor_esperado=ShownColumn("Esperado até agora", formats.money, "moeda"),
        falta_esperado=ShownColumn("Falta do esperado", formats.money, "moeda"),
        do_esperado=ShownColumn("Do esperado", of_hundred, "percento"),
    )  # fmt: skip
    drawn = rows[: 2 * TOP]
    panels.exhibit(
        view, f"metas_{by}", rows,
        lambda: charts.bars(
            drawn, by, "do_esperado", of_hundred,
            [band(row["do_esperado"])[1] for row in drawn], HUNDRED,
        ),
        lambda: table, f"Realizado do esperado até agora por {view.label(by).lower()}",
    )  # fmt: skip


def of_hundred(value: Decimal | None) -> str:
    """``98,5 %`` of 98.5."""
    return formats.percent(None if value is None else value / 100)


def teams(view: View) -> None:
    """Attainment by the team of the time, or by today's team."""
    as_was, as_is = "Equipe na época", "Equipe de hoje"
    with panels.section("Equipes", view, DETAIL):
        kind = st.segmented_control(
            "Equipe", [as_was, as_is], default=as_was, key="equipe_de", required=True,
            label_visibility="collapsed", bind="query-params",
        )  # fmt: skip
        by = "nome_equipe" if kind == as_was else "nome_equipe_atual"
        st.caption(
            "Na época: a equipe do vendedor no início do mês da meta. De hoje: a atual, com o"
            " histórico que o vendedor trouxe."
        )
        ranking(view, by)


def band(attainment: Decimal | None) -> tuple[str, str]:
    """The band of an attainment in percent, and its colour."""
    reached = attainment or Decimal(0)
    return next((name, color) for name, limit, color in BANDS if limit is None or reached < limit)


def distribution(view: View) -> None:
    """How many sellers are in each band of attainment."""
    with panels.section("Distribuição do atingimento", view, DETAIL):
        running = due(view)
        if running:
            st.caption("Mês em curso: do que se espera até agora.")
        rows = in_bands(attained(view, running))
        columns = {"faixa": ShownColumn("Atingimento"),
                   "vendedores": ShownColumn("Vendedores", formats.integer, "inteiro")}  # fmt: skip
        panels.exhibit(
            view, "distribuicao", rows,
            lambda: charts.bars(
                rows, "faixa", "vendedores", formats.integer, [c for _, _, c in BANDS]
            ),
            lambda: ShownTable(rows, columns, DETAIL), "Vendedores por faixa de atingimento",
        )  # fmt: skip


def attained(view: View, running: Due | None) -> list[Row]:
    """Sellers with ``percentual_atingimento``: of their targets, or of what is due of them."""
    if running is None:
        return view.rows(["percentual_atingimento"], ["nome_vendedor"])
    return [
        {**row, "percentual_atingimento": row["do_esperado"]}
        for row in running.of(view, "nome_vendedor")
        if row["do_esperado"] is not None
    ]


def in_bands(rows: Sequence[Row]) -> list[Row]:
    """The number of sellers per band, the empty ones included."""
    found = [band(row["percentual_atingimento"])[0] for row in rows]
    return [{"faixa": name, "vendedores": found.count(name)} for name, _, _ in BANDS]


def quartiles(view: View) -> None:
    """Attainment of each quartile of the months' rankings; Q1 is the best."""
    metrics = ("metas_definidas", "percentual_atingimento", "valor_meta", "valor_realizado")
    with panels.section("Quartis", view, metrics, "Q1: o melhor quarto de cada mês."):
        rows = view.rows(metrics, ["quartil_performance"])
        panels.listing(
            view, "quartis", ShownTable.of(view, rows, metrics, ["quartil_performance"]),
            "Metas e atingimento por quartil",
        )  # fmt: skip
