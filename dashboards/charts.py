"""Plotly figures in the pages' look.

Values are drawn as doubles, since pixels are; whatever is written comes from the exact decimals.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from math import ceil, floor, log10
from pathlib import Path
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go
from babel import Locale
from babel.dates import get_day_names, get_month_names

from dashboards import formats
from dashboards.formats import Shown
from dashboards.theme import BAD, FAINT, GOOD, MAIN, OTHER, SERIES, SHADE
from dashboards.view import Row

STATES = Path(__file__).with_name("brazil.json")
"""Borders of the 27 states, simplified from Natural Earth (public domain)."""
BAR = 30
"""Pixels that a horizontal bar takes."""


def config(name: str) -> dict[str, Any]:
    """Plotly's settings: in Portuguese, with a button that saves the chart under this name."""
    return {
        "displaylogo": False,
        "locale": "pt-BR",
        "locales": {"pt-BR": _language()},
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"filename": name, "scale": 2},
    }


def trend(
    rows: Sequence[Row], metric: str, shown: Shown, before: Sequence[Row] = (), name: str = "Atual",
    before_name: str = "Ano anterior",
) -> go.Figure:  # fmt: skip
    """A metric by period, and what it was before, point by point."""
    days = [row["periodo"] for row in rows]
    figure = go.Figure()
    bars = len(rows) <= 31
    kind = go.Bar if bars else go.Scatter
    style: dict[str, Any] = (
        {"marker_color": MAIN, "marker_cornerradius": 3}
        if bars
        else {"mode": "lines", "line": {"color": MAIN, "width": 2.4}}
    )
    figure.add_trace(
        kind(x=days, y=_heights(rows, metric), name=name, **style, **_said(rows, metric, shown))
    )
    if before:
        paired = list(before)[: len(days)]
        figure.add_trace(
            go.Scatter(
                x=days[: len(paired)], y=_heights(paired, metric), name=before_name, mode="lines",
                line={"color": OTHER, "width": 2, "dash": "dot"}, **_said(paired, metric, shown),
            )
        )  # fmt: skip
    figure.update_xaxes(tickformat=_tick(days))
    _scale(figure, _short(shown))
    return _framed(figure, 300)


def lines(rows: Sequence[Row], series: Mapping[str, str], shown: Shown) -> go.Figure:
    """Several metrics by period: column and name of each."""
    figure = go.Figure()
    days = [row["periodo"] for row in rows]
    for (column, name), color in zip(series.items(), SERIES, strict=False):
        figure.add_trace(
            go.Scatter(
                x=days, y=_heights(rows, column), name=name, mode="lines+markers",
                line={"color": color, "width": 2.2}, marker={"size": 5},
                **_said(rows, column, shown),
            )
        )  # fmt: skip
    figure.update_xaxes(tickformat=_tick(days))
    _scale(figure, _short(shown))
    _scale(figure, _short(shown))
    return _framed(figure, 300)


def bars(
    rows: Sequence[Row], key: str, metric: str, shown: Shown, colors: Sequence[str] = (),
    line: Decimal | None = None,
) -> go.Figure:  # fmt: skip
    """A metric by name, the first row on top; optionally a line to reach."""
    names = [formats.text(row[key]) for row in rows]
    heights = [height or 0.0 for height in _heights(rows, metric)]
    if line is not None:
        # One who is far beyond does not flatten all others; the text says how far.
        heights = [min(height, 2 * float(line)) for height in heights]
    figure = go.Figure(
        go.Bar(
            x=heights, y=names, orientation="h", text=_texts(rows, metric, shown),
            textposition="auto" if line else "outside", cliponaxis=False,
            insidetextfont_color="white", insidetextanchor="start", textangle=0,
            marker_cornerradius=3,
            marker_color=list(colors) or MAIN, hovertemplate="%{y}<br>%{text}<extra></extra>",
            customdata=[row[key] for row in rows],
        )
    )  # fmt: skip
    if line is not None:
        figure.add_vline(x=float(line), line_color=OTHER, line_dash="dot")
    lowest, highest = min(heights, default=0.0), max(heights, default=0.0)
    figure.update_xaxes(
        visible=False, range=[min(lowest, 0) * 1.5, (highest or 1) * (1.18 if line else 1.5)]
    )
    figure.update_yaxes(autorange="reversed", ticksuffix="  ", automargin=True)
    figure.update_layout(bargap=0.28, showlegend=False)
    return _framed(figure, 24 + BAR * max(len(rows), 3))


def columns(
    rows: Sequence[Row], key: str, series: Mapping[str, str], shown: Shown,
    colors: Sequence[str] = SERIES, stacked: bool = False,
) -> go.Figure:  # fmt: skip
    """Metrics side by side, or on top of each other, by name."""
    names = ["<br>".join(wrap(formats.text(row[key]), 13)) for row in rows]
    figure = go.Figure(
        [
            go.Bar(
                x=names, y=_heights(rows, column), name=name, marker_color=color,
                marker_cornerradius=3, **_said(rows, column, shown),
            )
            for (column, name), color in zip(series.items(), colors, strict=False)
        ]
    )  # fmt: skip
    figure.update_layout(barmode="stack" if stacked else "group", bargap=0.3)
    if not stacked:
        _scale(figure, _short(shown))
    return _framed(figure, 300)


def against(
    rows: Sequence[Row], actual: str, target: str, shown: Shown, names: tuple[str, str]
) -> go.Figure:
    """Actual as bars against a target as marks, by period."""
    days = [row["periodo"] for row in rows]
    figure = go.Figure(
        [
            go.Bar(x=days, y=_heights(rows, actual), name=names[0], marker_color=MAIN,
                   marker_cornerradius=3, **_said(rows, actual, shown)),
            go.Scatter(x=days, y=_heights(rows, target), name=names[1], mode="lines+markers",
                       line={"color": OTHER, "width": 2, "dash": "dot"}, marker={"size": 6},
                       **_said(rows, target, shown)),
        ]
    )  # fmt: skip
    figure.update_xaxes(tickformat=_tick(days))
    _scale(figure, _short(shown))
    return _framed(figure, 300)


def bridge(steps: Sequence[tuple[str, Decimal, str]]) -> go.Figure:
    """From a first total over changes to a last one: name, amount and ``absolute`` or
    ``relative``."""
    figure = go.Figure(
        go.Waterfall(
            x=[name for name, _, _ in steps],
            y=[float(amount) for _, amount, _ in steps],
            measure=[kind for _, _, kind in steps],
            text=[formats.short_money(amount) for _, amount, _ in steps],
            customdata=[formats.money(amount) for _, amount, _ in steps],
            hovertemplate="%{x}<br>%{customdata}<extra></extra>",
            textposition="outside", cliponaxis=False,
            totals_marker_color=MAIN, increasing_marker_color=GOOD, decreasing_marker_color=BAD,
            connector={"line": {"color": OTHER, "width": 1}},
        )
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    figure.update_yaxes(showticklabels=False)
    return _framed(figure, 280)


def pareto(rows: Sequence[Row], metric: str, shown: Shown, colors: Mapping[str, str]) -> go.Figure:
    """Products from the greatest to the least, with their share so far, by class."""
    figure = go.Figure()
    for name, color in colors.items():
        chosen = [row for row in rows if row["classe"] == name]
        figure.add_trace(
            go.Scatter(
                x=[row["posicao"] for row in chosen],
                y=[float(row["acumulado"] * 100) for row in chosen],
                mode="lines", fill="tozeroy", name=f"Classe {name}", line={"color": color},
                customdata=[
                    f"{row['nome_produto']}<br>{shown(row[metric])}<br>"
                    f"acumulado {formats.percent(row['acumulado'])}"
                    for row in chosen
                ],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )  # fmt: skip
    figure.update_yaxes(range=[0, 104], ticksuffix=" %")
    figure.update_xaxes(title="Produtos, do maior ao menor", showgrid=False)
    framed = _framed(figure, 320)
    framed.update_layout(hovermode="closest")
    return framed


def brazil(rows: Sequence[Row], metric: str, shown: Shown) -> go.Figure:
    """A metric by state on the map; the darker the more. Each state's name can be clicked.

    Plain polygons: Plotly's own maps fetch the borders of the world from the network.
    """
    values = {row["estado"]: row[metric] for row in rows}
    greatest = max((values[state] or 0 for state in _states() if state in values), default=0)
    figure = go.Figure()
    depths = {}
    for state, (name, rings) in _states().items():
        value = values.get(state)
        said = f"{name}<br>{shown(value) if state in values else 'sem vendas'}"
        # The root of the share, so that states beside São Paulo can be told apart.
        depths[state] = max(float(value / greatest), 0.0) ** 0.5 if value and greatest else 0.0
        # A gap between islands.
        xs = [x for ring in rings for x in (*(point[0] for point in ring), None)]
        ys = [y for ring in rings for y in (*(point[1] for point in ring), None)]
        figure.add_trace(
            go.Scatter(
                x=xs, y=ys, mode="lines", fill="toself",
                fillcolor=f"rgba({SHADE},{0.08 + 0.92 * depths[state]:.3f})",
                line={"color": OTHER, "width": 0.7}, hoveron="fills", hoverinfo="text", text=said,
            )
        )  # fmt: skip
    centres = {state: _centre(rings[0]) for state, (_, rings) in _states().items()}
    figure.add_trace(
        go.Scatter(
            x=[x for x, _ in centres.values()], y=[y for _, y in centres.values()],
            mode="text+markers", text=list(centres), customdata=list(centres), textfont={
                "size": 10, "color": ["#fff" if depths[s] > 0.5 else FAINT for s in centres],
            },
            marker={"size": 22, "opacity": 0}, hoverinfo="skip",
        )
    )  # fmt: skip
    framed = _framed(figure, 440)
    framed.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0}, showlegend=False, hovermode="closest"
    )
    framed.update_xaxes(visible=False)
    framed.update_yaxes(visible=False, scaleanchor="x")
    return framed


def _framed(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        separators=",.",
        hovermode="x unified",
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.02, "x": 0, "yanchor": "bottom", "title": None},
        modebar={"bgcolor": "rgba(0,0,0,0)"},
    )
    figure.update_xaxes(fixedrange=True, showgrid=False, automargin=True, title=None, tickangle=0)
    figure.update_yaxes(
        fixedrange=True, automargin=True, title=None, gridcolor="rgba(128,140,153,.18)",
        zerolinecolor="rgba(128,140,153,.35)",
    )  # fmt: skip
    if any(isinstance(t, go.Bar) and t.orientation == "h" for t in figure.data):
        figure.update_layout(hovermode="closest", margin_t=0)
        figure.update_yaxes(showgrid=False)
    return figure


def _scale(figure: go.Figure, shown: Shown) -> None:
    """Round values for the vertical axis, written as the metric is."""
    drawn = [float(y) for trace in figure.data for y in trace.y if y is not None]
    high, low = max([*drawn, 0.0]), min([*drawn, 0.0])
    if high == low:
        return
    rough = (high - low) / 4
    power = 10.0 ** floor(log10(rough))
    step = next(nice * power for nice in (1, 2, 2.5, 5, 10) if nice * power >= rough)
    ticks = [step * n for n in range(floor(low / step), ceil(high / step) + 1)]
    texts = [shown(Decimal(str(round(tick, 6)))) for tick in ticks]
    figure.update_yaxes(tickvals=ticks, ticktext=texts, range=[ticks[0], ticks[-1]])


def _heights(rows: Iterable[Row], column: str) -> list[float | None]:
    return [None if row[column] is None else float(row[column]) for row in rows]


def _short(shown: Shown) -> Shown:
    return formats.short_money if shown is formats.money else shown


def _texts(rows: Iterable[Row], column: str, shown: Shown) -> list[str]:
    return [shown(row[column]) for row in rows]


def _said(rows: Sequence[Row], column: str, shown: Shown) -> dict[str, Any]:
    """What appears where the mouse is."""
    return {"customdata": _texts(rows, column, shown), "hovertemplate": "%{customdata}"}


def _tick(days: Sequence[date]) -> str:
    monthly = all(day.day == 1 for day in days) and len(days) > 1
    return "%b/%y" if monthly else "%d/%m"


@cache
def _states() -> dict[str, tuple[str, list[list[list[float]]]]]:
    """Name and outlines of each state, the greatest first."""
    features = json.loads(STATES.read_text())["features"]
    return {
        state["id"]: (
            state["properties"]["nome"],
            sorted((part[0] for part in state["geometry"]["coordinates"]), key=len, reverse=True),
        )
        for state in features
    }


def _centre(ring: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The centroid of an outline."""
    area = x = y = 0.0
    for (x1, y1), (x2, y2) in pairwise(ring):
        cross = x1 * y2 - x2 * y1
        area, x, y = area + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
    return x / (3 * area), y / (3 * area)


@cache
def _language() -> dict[str, Any]:
    """Plotly's words for dates and buttons."""
    locale = Locale.parse(formats.LOCALE)
    sunday_first = [6, 0, 1, 2, 3, 4, 5]

    def days(width: str) -> list[str]:
        names = get_day_names(width, locale=locale)  # type: ignore[arg-type]
        return [names[day].rstrip(".") for day in sunday_first]

    def months(width: str) -> list[str]:
        names = get_month_names(width, locale=locale)  # type: ignore[arg-type]
        return [names[month].rstrip(".") for month in range(1, 13)]

    return {
        "dictionary": {"Download plot as a PNG": "Salvar o gráfico como imagem",
                       "Download plot as a png": "Salvar o gráfico como imagem",
                       "Download plot": "Salvar o gráfico"},
        "format": {
            "days": days("wide"), "shortDays": days("abbreviated"),
            "months": months("wide"), "shortMonths": months("abbreviated"),
            "date": "%d/%m/%Y", "decimal": ",", "thousands": ".",
        },
    }  # fmt: skip
