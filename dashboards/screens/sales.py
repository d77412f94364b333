"""Vendas e margem: what was sold, where, by whom, and what stayed."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import streamlit as st

from dashboards.parts import analysis, charts, formats, panels, periods, sidebar
from dashboards.parts.analysis import Amounts
from dashboards.parts.tables import ShownColumn, ShownTable
from dashboards.parts.theme import MAIN, OTHER, SERIES
from dashboards.parts.view import Row, View
from published.metrics import Grain

TITLE = "Vendas e margem"
CARDS = ("receita_liquida", "margem_bruta", "margem_pct", "pedidos", "ticket_medio",
         "itens_vendidos", "desconto_medio_pct", "comissao")  # fmt: skip
DETAIL = ("receita_liquida", "margem_bruta", "margem_pct", "pedidos", "ticket_medio")
PRODUCTS = ("categoria", "subcategoria", "nome_produto")
PEOPLE = ("nome_equipe", "nome_vendedor")
RETURNS = ("quantidade_devolvida", "itens_vendidos", "taxa_devolucao", "valor_devolvido")
PARTS = ("valor_total_bruto", "valor_total_descontos", "custo_total", "margem_bruta",
         "itens_vendidos")  # fmt: skip
"""What a bridge of the margin is made of."""
TOP = 12
"""Bars of a chart; the table beside it has all rows."""
GRAINS: dict[Grain, str] = {"day": "Dia", "week": "Semana", "month": "Mês"}
GRAIN_OF = {name: grain for grain, name in GRAINS.items()}
AUTOMATIC = "Automático"
SHARE = ShownColumn("Participação", formats.percent, "percentual")


def render(view: View) -> None:
    """Draw the page."""
    panels.heading(TITLE, view)
    panels.cards(view, CARDS)
    trend(view)
    left, right = st.columns(2)
    with left:
        drill(view, "Produtos", PRODUCTS)
    with right:
        drill(view, "Equipes e vendedores", PEOPLE)
    left, right = st.columns(2)
    with left:
        states(view)
    with right:
        contribution(
            view,
            "Regiões",
            "regiao_pais",
            choose("regiao_pais", "regioes"),
            "Clique numa barra para filtrar.",
            "regioes",
        )
        contribution(view, "Canais", "canal_venda")
    bridge(view)
    abc(view)
    returns(view)


def trend(view: View, metric: str = "receita_liquida", pick: bool = True) -> None:
    """A metric by day, week or month, against the base, each period beside its own."""
    label = view.metric(metric).label
    with panels.section(f"{label} no tempo", view, [metric]):
        grain: Grain = periods.grain_for(view.first, view.last)
        if pick:
            chosen = st.segmented_control(
                "Agrupar por", [AUTOMATIC, *GRAIN_OF], default=AUTOMATIC, key="grao", required=True,
                label_visibility="collapsed", bind="query-params",
            )  # fmt: skip
            grain = GRAIN_OF.get(chosen, grain)
        rows = view.rows([metric], grain=grain)
        before = view.paired([metric], grain)

        def table() -> ShownTable:
            metrics = view.some([metric, "margem_bruta", "pedidos"])
            shown = ShownTable.of(view, view.rows(metrics, grain=grain), metrics)
            return shown.beside(view, before, ["periodo"], [metric])

        panels.exhibit(
            view, "tendencia", rows, lambda: charts.trend(
                rows, metric, formats.money, before, before_name=view.comparison
            ),
            table,
            f"{label} por {GRAINS[grain].lower()} de {formats.period(view.first, view.last)},"
            f" comparada com: {view.comparison.lower()}",
        )  # fmt: skip


def contribution(
    view: View, title: str, by: str, on_click: Callable[[], None] | None = None, note: str = "",
    name: str = "",
) -> None:  # fmt: skip
    """Net revenue by one dimension, from the greatest on, with its share of the whole."""
    with panels.section(title, view, ["receita_liquida"], note):
        rows = ranked(view, by)
        panels.exhibit(
            view, name or title.lower(), rows,
            lambda: charts.bars(rows[:TOP], by, "receita_liquida", formats.short_money),
            lambda: detail(view, by),
            f"Receita líquida por {view.label(by).lower()}{_leader(rows, by)}", on_click,
        )  # fmt: skip


def ranked(view: View, by: str, metrics: Sequence[str] = ("receita_liquida",)) -> list[Row]:
    """Metrics by one dimension, the greatest net revenue first."""
    return view.rows(view.some(metrics, [by]), [by], order_by=["-receita_liquida"])


def detail(view: View, by: str) -> ShownTable:
    """What is behind a chart of net revenue: its share of the whole, margin and orders too."""
    rows = analysis.shares(ranked(view, by, DETAIL), "receita_liquida")
    shown = ShownTable.of(view, rows, view.some(DETAIL, [by]), [by], participacao=SHARE)
    base = view.base()
    return shown.beside(view, ranked(base, by), [by], ["receita_liquida"]) if base else shown


def drill(view: View, title: str, levels: Sequence[str]) -> None:
    """A contribution whose bars open the level below: a click on a team shows its sellers."""
    chosen = [level for level in levels if view.filters.names.get(level)]
    depth = min(len(levels) - 1, levels.index(chosen[-1]) + 1 if chosen else 0)
    level = levels[depth]
    name = f"{title.split()[0].lower()}_{level}"
    last = depth == len(levels) - 1
    note = "" if last else "Clique numa barra para abrir."
    if chosen:
        above = view.filters.names[chosen[-1]]
        st.button(
            f"Voltar de {formats.plain(', '.join(above))}",
            icon=":material/arrow_back:", type="tertiary",
            key=f"voltar_{title}", on_click=sidebar.choose, args=(chosen[-1], []),
        )  # fmt: skip
    contribution(view, f"{title}: {view.label(level).lower()}", level,
                 None if last else choose(level, name), note, name)  # fmt: skip


def choose(dimension: str, chart: str) -> Callable[[], None]:
    """What a click on a chart does: restrict the view to what was clicked."""

    def chosen() -> None:
        points = st.session_state[chart]["selection"]["points"]
        if points:
            point = points[0]
            sidebar.choose(dimension, [str(point.get("location") or point["y"])])

    return chosen


def states(view: View) -> None:
    """Net revenue by state on the map."""
    with panels.section("Estados", view, ["receita_liquida"], "Clique num estado para filtrar."):
        rows = ranked(view, "estado")
        panels.exhibit(
            view, "estados", rows, lambda: charts.brazil(rows, "receita_liquida", formats.money),
            lambda: detail(view, "estado"),
            f"Mapa do Brasil: receita líquida por estado{_leader(rows, 'estado')}",
            choose("estado", "estados"),
        )  # fmt: skip


def bridge(view: View) -> None:
    """From gross revenue to margin, and from the margin of the base to this one."""
    with panels.section("Ponte da margem", view, PARTS):
        now = view.total(PARTS)
        if now["margem_bruta"] is None:
            panels.empty()
            return
        composition = [
            ("Receita bruta", now["valor_total_bruto"], "absolute"),
            ("Descontos", -now["valor_total_descontos"], "relative"),
            ("Custo", -now["custo_total"], "relative"),
            ("Margem bruta", now["margem_bruta"], "total"),
        ]
        left, right = st.columns([2, 3])
        with left:
            st.caption("Da receita bruta à margem do período")
            _waterfall(view, "ponte_composicao", composition, "Da receita bruta à margem bruta")
        base = view.base()
        before = base.total(PARTS)["margem_bruta"] if base else None
        if base is None or before is None:
            return
        change = [
            ("Base", before, "absolute"),
            *((name, amount, "relative") for name, amount in margin_effects(view, base)),
            ("Atual", now["margem_bruta"], "total"),
        ]
        with right:
            st.caption(
                f"Da margem de {formats.period(base.first, base.last)} à deste período, produto a"
                " produto: preço, desconto e custo por unidade de cada um; volume, o crescimento"
                " de todas as unidades; mix, o que mudou entre produtos."
            )
            _waterfall(view, "ponte_variacao", change, "Da margem da base à deste período")


def margin_effects(now: View, before: View) -> list[tuple[str, Decimal]]:
    """The effects between two periods, of each product by itself."""
    old, new = (
        {row["nome_produto"]: _amounts(row) for row in view.rows(PARTS, ["nome_produto"])}
        for view in (before, now)
    )
    return analysis.margin_bridge(old, new)


def abc(view: View) -> None:
    """Products by their part of revenue: the few that matter, and the many."""
    note = "A: primeiros 80 % da receita; B: até 95 %; C: o restante."
    with panels.section("Curva ABC de produtos", view, ["receita_liquida"], note):
        rows = classified(view, ["receita_liquida"])
        colors = dict(zip("ABC", (MAIN, SERIES[1], OTHER), strict=True))

        def table() -> ShownTable:
            metrics = view.some(["receita_liquida", "margem_bruta", "margem_pct"])
            return ShownTable.of(
                view, classified(view, metrics), metrics, ["nome_produto"],
                acumulado=ShownColumn("Acumulado", formats.percent, "percentual"),
                classe=ShownColumn("Classe"),
            )  # fmt: skip

        panels.facts([
            (f"Classe {name}", f"{sum(row['classe'] == name for row in rows)} produtos",
             formats.money(sum((r["receita_liquida"] for r in rows if r["classe"] == name),
                               Decimal(0))))
            for name in colors
        ])  # fmt: skip
        panels.exhibit(
            view, "abc", rows,
            lambda: charts.pareto(rows, "receita_liquida", formats.money, colors), table,
            "Curva ABC: participação acumulada dos produtos na receita líquida",
        )  # fmt: skip


def classified(view: View, metrics: Sequence[str]) -> list[Row]:
    """Metrics of each product, with its place in the ABC curve of net revenue."""
    return analysis.abc(view.rows(metrics, ["nome_produto"]), "receita_liquida")


def returns(view: View) -> None:
    """What came back, by category, worst first."""
    with panels.section("Devoluções", view, RETURNS, "Das vendas do período."):
        rows = view.rows(RETURNS, ["categoria"], order_by=["-taxa_devolucao"])
        panels.exhibit(
            view, "devolucoes", rows,
            lambda: charts.bars(rows[:TOP], "categoria", "taxa_devolucao", formats.percent),
            lambda: ShownTable.of(view, rows, RETURNS, ["categoria"]),
            f"Taxa de devolução por categoria{_leader(rows, 'categoria')}",
        )  # fmt: skip


def _waterfall(view: View, name: str, steps: list[tuple[str, Decimal, str]], alt: str) -> None:
    rows: list[Row] = [{"etapa": step, "valor": amount} for step, amount, _ in steps]
    columns = {"etapa": ShownColumn("Etapa"), "valor": ShownColumn("Valor", formats.money, "moeda")}
    panels.exhibit(
        view,
        name,
        rows,
        lambda: charts.bridge(steps),
        lambda: ShownTable(rows, columns, PARTS),
        alt,
    )


def _amounts(row: Row) -> Amounts:
    return Amounts(
        quantity=Decimal(row["itens_vendidos"] or 0),
        gross=row["valor_total_bruto"],
        discounts=row["valor_total_descontos"],
        cost=row["custo_total"],
    )


def _leader(rows: Sequence[Row], by: str) -> str:
    return f"; em primeiro, {formats.text(rows[0][by])}" if rows else ""
