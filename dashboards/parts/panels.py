"""Parts that every page is made of: cards, sections with a chart and its table, plain states."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboards.parts import analysis, charts, formats, tables
from dashboards.parts.tables import ShownTable
from dashboards.parts.view import Row, View
from published.answers.query import variation
from published.answers.semantic import (
    Gate,
    NotApplicableError,
    NotSupportedByDataError,
    QuestionError,
)
from published.metrics import Metric

YOUNG = frozenset({
    "taxa_devolucao", "quantidade_devolvida", "valor_devolvido", "pedidos_entregues",
    "p50_total_horas", "p90_total_horas", "pedidos_cancelados", "taxa_cancelamento",
})  # fmt: skip
"""What is known only some days after: returns, deliveries, cancellations."""


def title(text: str, note: str) -> None:
    """The title of a page that has no period."""
    st.html(f"<div class='dw-head'><h1>{escape(text)}</h1><p>{escape(note)}</p></div>")


def heading(title: str, view: View, note: str = "") -> None:
    """The page's title, its period and the filters that are on."""
    period = formats.period(view.first, view.last)
    st.html(
        f"<div class='dw-head'><h1>{escape(title)}</h1>"
        f"<p>{escape(note or 'Período')} <b>{period}</b></p></div>"
    )
    chips = [
        f"{view.label(name)}: {', '.join(values[:3])}{' …' if len(values) > 3 else ''}"
        for name, values in view.filters.names.items()
    ]
    if restricted := tables.access(view.data):
        chips.insert(0, f"acesso: {restricted}")
    if chips:
        st.html(
            f"<div class='dw-chips'>{''.join(f'<span>{escape(c)}</span>' for c in chips)}</div>"
        )


@contextmanager
def section(
    title: str, view: View | None = None, metrics: Sequence[str] = (), note: str = ""
) -> Iterator[None]:
    """A framed part of a page; what the data cannot answer is said in its place."""
    with st.container(border=True, key=f"painel_{title}"):
        st.markdown(f"### {formats.plain(title)}")
        if note:
            st.caption(note)
        try:
            if view:
                _reservations(view, metrics)
            yield
        except NotSupportedByDataError as error:
            unsupported(error.gate)
        except NotApplicableError as error:
            st.info(
                f"Não disponível com os filtros ou o acesso atuais: {formats.plain(str(error))}.",
                icon=":material/filter_alt_off:",
            )
        except QuestionError as error:
            st.error(formats.plain(str(error)))


def exhibit(
    view: View, name: str, rows: Sequence[Row], figure: Callable[[], go.Figure],
    table: Callable[[], ShownTable], alt: str, on_click: Callable[[], None] | None = None,
) -> None:  # fmt: skip
    """A chart of the rows with the table of its numbers beside it, and both to save.

    What nobody looks at is neither asked for nor drawn: a table may know more than its chart.
    """
    if not rows:
        empty()
        return
    chart, numbers = st.tabs(["Gráfico", "Tabela"], key=f"{name}_vista", on_change="rerun",
                            bind="query-params")  # fmt: skip
    if chart.open:
        chart.plotly_chart(
            figure(), key=name, config=charts.config(name), alt=alt,
            on_select=on_click or "ignore", selection_mode="points",
        )  # fmt: skip
    else:
        with numbers:
            listing(view, name, table(), alt)


def listing(view: View, name: str, table: ShownTable, alt: str, height: int | None = None) -> None:
    """A table, to save as it is."""
    if not table.rows:
        empty()
        return
    tables.show(table, f"{name}_tabela", alt, height)
    tables.export(table, view, name)


def cards(view: View, metrics: Sequence[str], compare: bool = True) -> None:
    """A card per metric: its value, against the chosen base and the same period last year."""
    _reservations(view, metrics)
    known = view.supported(metrics)
    now = view.total(known) if known else {}
    others: list[tuple[str, Row]] = []
    if compare and known:
        others = [(formats.period(v.first, v.last), v.total(known)) for v in view.bases()]
    young = young_days(view) if YOUNG.intersection(known) else 0
    html = "".join(
        _card(
            view.metric(name),
            now[name],
            [(span, row[name]) for span, row in others],
            young if name in YOUNG else 0,
        )
        if name in now
        else _missing(view.metric(name), view.refusal(name))
        for name in metrics
    )
    st.html(f"<div class='dw-kpis' style='--columns:{_columns(len(metrics))}'>{html}</div>")


def young_days(view: View) -> int:
    """Days of the view that are too young to be judged by what comes later."""
    cycle = ["p90_total_horas"]
    if not view.supported(cycle):
        return 0
    hours = view.always("ciclo_pedidos").total(cycle)["p90_total_horas"]
    return analysis.young_days(view.first, view.last, view.last_day, hours)


def facts(items: Sequence[tuple[str, str, str]]) -> None:
    """Cards of what is no metric of the period: label, value, note."""
    html = "".join(
        f"<div class='dw-kpi' role='group' aria-label='{escape(f'{label}: {value}. {note}')}'>"
        f"<h3>{escape(label)}</h3><strong>{escape(value)}</strong><p>{escape(note)}</p></div>"
        for label, value, note in items
    )
    st.html(f"<div class='dw-kpis' style='--columns:{_columns(len(items))}'>{html}</div>")


def bullets(items: Sequence[tuple[str, str, str]]) -> None:
    """A short list: colour, text, number at the right."""
    html = "".join(
        f"<div class='dw-item' role='listitem'><span><i style='background:{color}'></i>"
        f"{escape(text)}</span><b>{escape(value)}</b></div>"
        for color, text, value in items
    )
    st.html(f"<div role='list'>{html}</div>")


def unsupported(gate: Gate) -> None:
    """That the source lacks what this needs, why, and what would mend it."""
    coverage = "" if gate.cobertura_pct is None else (
        f" Cobertura: {formats.percent(gate.cobertura_pct / 100)}."
    )  # fmt: skip
    st.warning(
        f"**Não suportado pelos dados: {formats.plain(gate.titulo)}.**{coverage}"
        f" {formats.plain(gate.motivo or '')}\n\n"
        f"**O que fazer:** {formats.plain(gate.remedio or 'Complete o mapeamento da origem.')}",
        icon=":material/data_alert:",
    )


def out_of_reach(view: View, why: str) -> None:
    """That what its reader may see is restricted by something that a page's rows do not have."""
    rules = ", ".join(view.label(name).lower() for name in view.data.access.names)
    st.info(
        f"**O seu acesso é restrito por {rules}, e esta página não pode ser.** {why}\n\n"
        "**O que fazer:** peça à equipe de dados um acesso que tenha o que esta página mostra.",
        icon=":material/lock:",
    )


def empty() -> None:
    """That nothing passes the filters."""
    st.info(
        "Nenhum dado para este período e estes filtros. Amplie o período ou limpe os filtros na"
        " barra lateral.",
        icon=":material/search_off:",
    )


def lost(view: View) -> None:
    """That a link asks for what is not there; numbers of anything else would pass for it."""
    title("Este link pede o que não está nos dados", "Nada é mostrado, para não parecer o pedido.")
    asked = "\n".join(
        f"- **{formats.plain(label)}**: {formats.plain(', '.join(values))}"
        for label, values in view.lost.items()
    )
    st.warning(
        f"{asked}\n\nO nome mudou, saiu dos dados, ou está fora do seu acesso; ou o período está"
        f" fora dos dados, que vão até {formats.day(view.last_day)}.\n\n"
        "**O que fazer:** escolha outro filtro ou período na barra lateral, ou limpe os filtros.",
        icon=":material/link_off:",
    )


def nothing_published() -> None:
    """That there is no version to read yet."""
    st.html("<div class='dw-head'><h1>Ainda não há dados publicados</h1></div>")
    st.info("Os painéis leem a última versão publicada, e nenhuma foi publicada ainda.")
    st.markdown(
        "**O que fazer**, na pasta do projeto:\n\n"
        "- `make demo` para a empresa de exemplo, ou\n"
        "- `make run` para carregar, construir, conciliar e publicar os seus dados.\n\n"
        "Esta página se atualiza sozinha quando houver uma versão."
    )


def misconfigured(message: str) -> None:
    """That a setting cannot be used."""
    st.html("<div class='dw-head'><h1>Configuração inválida</h1></div>")
    st.error(formats.plain(message))
    st.markdown("**O que fazer:** corrija a variável no ambiente ou no arquivo `.env` e reinicie.")


def damaged(message: str) -> None:
    """That the published version cannot be read."""
    st.html("<div class='dw-head'><h1>Não foi possível ler os dados publicados</h1></div>")
    st.error(formats.plain(message))
    st.markdown("**O que fazer:** `dw rollback` volta à versão anterior; `make run` publica outra.")


def _columns(cards: int) -> int:
    """Cards in a row, so that rows are full."""
    return next((columns for columns in (4, 3) if not cards % columns), 4)


def _reservations(view: View, metrics: Sequence[str]) -> None:
    known = view.supported(metrics)
    if ignored := view.not_applied(known):
        st.caption(f":material/filter_alt_off: Sem efeito aqui: {', '.join(ignored)}.")
    for gate in view.degraded(known):
        st.caption(
            f":material/warning: {formats.plain(gate.titulo)}: cobertura de"
            f" {formats.percent((gate.cobertura_pct or Decimal(0)) / 100)}."
            f" {formats.plain(gate.motivo or '')}"
        )


def _card(
    metric: Metric, value: Any, others: Sequence[tuple[str, Any]], young: int = 0
) -> str:  # fmt: skip
    """A card; of what is too young, grey and without a verdict."""
    shown = formats.of_metric(metric)(value)
    if young:
        days = "o último dia ainda muda" if young == 1 else f"os últimos {young} dias ainda mudam"
        changes = f"<p><span class='dw-flat'>Ainda imaturo: {days}</span></p>" + "".join(
            f"<p><small>{span}: {formats.of_metric(metric)(other)}</small></p>"
            for span, other in others
        )
        return (
            f"<div class='dw-kpi dw-young' role='group'"
            f" title='{escape(metric.description, quote=True)}'>"
            f"<h3>{escape(metric.label)}</h3><strong>{shown}</strong>{changes}</div>"
        )
    changes = "".join(
        f"<p>{_change(metric, value, other)}"
        f" <small>vs. {span}: {formats.of_metric(metric)(other)}</small></p>"
        for span, other in others
    )
    return (
        f"<div class='dw-kpi' role='group' title='{escape(metric.description, quote=True)}'>"
        f"<h3>{escape(metric.label)}</h3><strong>{shown}</strong>{changes}</div>"
    )


def _missing(metric: Metric, refusal: QuestionError | None) -> str:
    lacking = isinstance(refusal, NotSupportedByDataError)
    short = "Não suportado pelos dados" if lacking else "Fora do seu acesso"
    return (
        f"<div class='dw-kpi' role='group' title='{escape(str(refusal), quote=True)}'>"
        f"<h3>{escape(metric.label)}</h3><strong>{formats.NONE}</strong><p>{short}</p></div>"
    )


def _change(metric: Metric, value: Any, other: Any) -> str:
    """An arrow, how much, and whether that is good."""
    if metric.format == "percentual":
        change = None if value is None or other is None else value - other
        points = change if change is None or metric.unit == "%" else change * 100
        text = formats.NONE if points is None else f"{formats.decimal(abs(points))} p.p."
    else:
        change = variation(value, other)
        text = formats.percent(None if change is None else abs(change))
        if change is None and value is not None and other is not None:
            # Of nothing, or over a change of sign: the amount says what a percentage cannot.
            change = value - other
            text = formats.of_metric(metric)(abs(change))
    if change is None:
        return f"<span class='dw-flat'>{formats.NONE}</span>"
    arrow, word = ("▲", "alta") if change > 0 else ("▼", "queda") if change < 0 else ("=", "igual")
    better = {"higher": change > 0, "lower": change < 0}.get(metric.direction)
    tone = "flat" if better is None or not change else "good" if better else "bad"
    return f"<span class='dw-{tone}' aria-label='{word} de {text}'>{arrow} {text}</span>"
