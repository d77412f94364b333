"""Plotly figures in the pages' look.

Values are drawn as doubles, since pixels are; whatever is written comes from the exact decimals.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from html import escape
from itertools import pairwise
from math import ceil, floor, log10
from pathlib import Path
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go
from babel import Locale
from babel.dates import get_day_names, get_month_names

from dashboards.parts import formats
from dashboards.parts.formats import Shown
from dashboards.parts.theme import BAD, FAINT, GOOD, MAIN, OTHER, SERIES, SHADE
from dashboards.parts.view import Row

STATES = Path(__file__).with_name("brazil.json")
"""Borders of the 27 states, simplified from Natural Earth (public domain)."""
BAR = 30
"""Pixels that a horizontal bar takes."""
FEW = 7
POINTS = 150
"""About as many points as a line through thousands of products is drawn by."""
MARGIN = {"l": 8, "r": 8, "t": 28, "b": 8}

Trace = dict[str, Any]
"""A trace, an axis or a line as Plotly's JSON has it."""


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
    before_name: str = "Base",
) -> go.Figure:  # fmt: skip
    """A metric by period, and what it was in the base: its rows under the periods of now."""
    days = [row["periodo"] for row in rows]
    style: Trace = (
        {"type": "bar", "marker": {"color": MAIN, "cornerradius": 3}}
        if len(rows) <= 31
        else {"type": "scatter", "mode": "lines", "line": {"color": MAIN, "width": 2.4}}
    )
    traces = [{**style, "x": days, "name": name, **_said(rows, metric, shown)}]
    if before:
        traces.append(
            {"type": "scatter", "mode": "lines" if len(before) > 1 else "markers",
             "x": [row["periodo"] for row in before], "name": before_name,
             "line": {"color": OTHER, "width": 2, "dash": "dot"}, **_said(before, metric, shown)}
        )  # fmt: skip
    # A single bar is no wall.
    gap = max(0.2, 1 - len(days) / 9)
    return _figure(traces, 300, _time(days), _scale(traces, shown), bargap=gap)


def lines(rows: Sequence[Row], series: Mapping[str, str], shown: Shown) -> go.Figure:
    """Several metrics by period: column and name of each."""
    days = [row["periodo"] for row in rows]
    traces: list[Trace] = [
        {"type": "scatter", "mode": "lines+markers", "x": days, "name": name, "marker": {"size": 5},
         "line": {"color": color, "width": 2.2}, **_said(rows, column, shown)}
        for (column, name), color in zip(series.items(), SERIES, strict=False)
    ]  # fmt: skip
    return _figure(traces, 300, _time(days), _scale(traces, shown))


def bars(
    rows: Sequence[Row], key: str, metric: str, shown: Shown, colors: Sequence[str] = (),
    line: Decimal | None = None,
) -> go.Figure:  # fmt: skip
    """A metric by name, the first row on top; optionally a line to reach."""
    heights = [height or 0.0 for height in _heights(rows, metric)]
    if line is not None:
        # One who is far beyond does not flatten all others; the text says how far.
        heights = [min(height, 2 * float(line)) for height in heights]
    lowest, highest = min(heights, default=0.0), max(heights, default=0.0)
    bar: Trace = {
        "type": "bar", "orientation": "h", "x": heights,
        "y": [_plain(row[key]) for row in rows], "text": _texts(rows, metric, shown),
        "textposition": "outside" if line is None else "auto", "textangle": 0, "cliponaxis": False,
        "insidetextfont": {"color": "white"}, "insidetextanchor": "start",
        "marker": {"color": list(colors) or MAIN, "cornerradius": 3},
        "customdata": [row[key] for row in rows], "hovertemplate": "%{y}<br>%{text}<extra></extra>",
    }  # fmt: skip
    reach: Trace = {
        "type": "line", "line": {"color": OTHER, "dash": "dot"}, "yref": "paper", "y0": 0, "y1": 1,
        "x0": float(line or 0), "x1": float(line or 0),
    }  # fmt: skip
    return _figure(
        [bar],
        24 + BAR * max(len(rows), 3),
        {
            "visible": False,
            "range": [min(lowest, 0) * 1.5, (highest or 1) * (1.18 if line else 1.5)],
        },
        {"autorange": "reversed", "ticksuffix": "  ", "showgrid": False},
        bargap=0.28,
        showlegend=False,
        hovermode="closest",
        margin={**MARGIN, "t": 0},
        shapes=[] if line is None else [reach],
    )


def columns(
    rows: Sequence[Row], key: str, series: Mapping[str, str], shown: Shown,
    colors: Sequence[str] = SERIES, stacked: bool = False,
) -> go.Figure:  # fmt: skip
    """Metrics side by side, or on top of each other, by name."""
    names = [
        "<br>".join(escape(part, quote=False) for part in wrap(formats.text(row[key]), 13))
        for row in rows
    ]
    traces: list[Trace] = [
        {"type": "bar", "x": names, "name": name, "marker": {"color": color, "cornerradius": 3},
         **_said(rows, column, shown)}
        for (column, name), color in zip(series.items(), colors, strict=False)
    ]  # fmt: skip
    scale = {} if stacked else _scale(traces, shown)
    return _figure(traces, 300, {}, scale, barmode="stack" if stacked else "group", bargap=0.3)


def against(
    rows: Sequence[Row], actual: str, target: str, shown: Shown, names: tuple[str, str]
) -> go.Figure:
    """Actual as bars against a target as marks, by period."""
    days = [row["periodo"] for row in rows]
    traces: list[Trace] = [
        {"type": "bar", "x": days, "name": names[0],
         "marker": {"color": MAIN, "cornerradius": 3}, **_said(rows, actual, shown)},
        {"type": "scatter", "mode": "lines+markers", "x": days, "name": names[1],
         "line": {"color": OTHER, "width": 2, "dash": "dot"}, "marker": {"size": 6},
         **_said(rows, target, shown)},
    ]  # fmt: skip
    return _figure(traces, 300, _time(days), _scale(traces, shown))


def bubbles(
    rows: Sequence[Row], key: str, x: tuple[str, str], y: tuple[str, str], size: str
) -> go.Figure:
    """Two fractions of each name against each other, in percent; the area is an amount."""
    (across, x_name), (up, y_name) = x, y
    greatest = max((float(row[size] or 0) for row in rows), default=0.0) or 1.0
    said = [
        f"{_plain(row[key])}<br>{x_name} {formats.percent(row[across])}<br>"
        f"{y_name} {formats.percent(row[up])}<br>{formats.money(row[size])}"
        for row in rows
    ]
    dots: Trace = {
        "type": "scatter", "mode": "markers", "x": [float(row[across] * 100) for row in rows],
        "y": [float(row[up] * 100) for row in rows], "customdata": said,
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {
            "size": [8 + 30 * max(float(row[size] or 0) / greatest, 0) ** 0.5 for row in rows],
            "color": [BAD if row[up] < 0 else MAIN for row in rows], "opacity": 0.75,
        },
    }  # fmt: skip
    return _figure(
        [dots], 320, {"title": {"text": x_name}, "ticksuffix": " %"},
        {"title": {"text": y_name}, "ticksuffix": " %"}, hovermode="closest",
    )  # fmt: skip


def bridge(steps: Sequence[tuple[str, Decimal, str]]) -> go.Figure:
    """From a first total over changes to a last one: name, amount and ``absolute`` or
    ``relative``."""
    fall: Trace = {
        "type": "waterfall",
        "x": [name for name, _, _ in steps],
        "y": [float(amount) for _, amount, _ in steps],
        "measure": [kind for _, _, kind in steps],
        "text": [formats.short_money(amount) for _, amount, _ in steps],
        "customdata": [formats.money(amount) for _, amount, _ in steps],
        "hovertemplate": "%{x}<br>%{customdata}<extra></extra>",
        "textposition": "outside",
        "cliponaxis": False,
        "totals": {"marker": {"color": MAIN}},
        "increasing": {"marker": {"color": GOOD}},
        "decreasing": {"marker": {"color": BAD}},
        "connector": {"line": {"color": OTHER, "width": 1}},
    }
    return _figure([fall], 280, {}, {"showticklabels": False}, showlegend=False)


def pareto(rows: Sequence[Row], metric: str, shown: Shown, colors: Mapping[str, str]) -> go.Figure:
    """Products from the greatest to the least, with their share so far, by class."""
    traces = []
    for name, color in colors.items():
        everyone = [row for row in rows if row["classe"] == name]
        # More points than pixels cost time and show nothing; the last one joins the next class.
        chosen = [*everyone[:: 1 + len(everyone) // POINTS], *everyone[-1:]]
        said = [
            f"{_plain(row['nome_produto'])}<br>{shown(row[metric])}<br>"
            f"acumulado {formats.percent(row['acumulado'])}"
            for row in chosen
        ]
        traces.append(
            {"type": "scatter", "mode": "lines", "fill": "tozeroy", "name": f"Classe {name}",
             "x": [row["posicao"] for row in chosen],
             "y": [float(row["acumulado"] * 100) for row in chosen],
             "line": {"color": color}, "customdata": said,
             "hovertemplate": "%{customdata}<extra></extra>"}
        )  # fmt: skip
    return _figure(
        traces,
        320,
        {"title": {"text": "Produtos, do maior ao menor"}},
        {"range": [0, 104], "ticksuffix": " %"},
        hovermode="closest",
    )


def brazil(rows: Sequence[Row], metric: str, shown: Shown) -> go.Figure:
    """A metric by state on the map; the darker the more. Each state's name can be clicked.

    Plain polygons: Plotly's own maps fetch the borders of the world from the network.
    """
    values = {row["estado"]: row[metric] for row in rows}
    greatest = max((values[state] or 0 for state in _states() if state in values), default=0)
    traces: list[Trace] = []
    colors = []
    for state, (name, outline, _) in _states().items():
        value = values.get(state)
        # The root of the share, so that states beside São Paulo can be told apart.
        depth = max(float(value / greatest), 0.0) ** 0.5 if value and greatest else 0.0
        colors.append("#fff" if depth > 0.5 else FAINT)
        traces.append(
            {"type": "scatter", "mode": "lines", "fill": "toself", **outline,
             "fillcolor": f"rgba({SHADE},{0.08 + 0.92 * depth:.3f})",
             "line": {"color": OTHER, "width": 0.7}, "hoveron": "fills", "hoverinfo": "text",
             "text": f"{name}<br>{shown(value) if state in values else 'sem vendas'}"}
        )  # fmt: skip
    centres = [centre for _, _, centre in _states().values()]
    traces.append(
        {"type": "scatter", "mode": "text+markers", "text": list(_states()),
         "x": [x for x, _ in centres], "y": [y for _, y in centres], "customdata": list(_states()),
         "textfont": {"size": 10, "color": colors}, "marker": {"size": 22, "opacity": 0},
         "hoverinfo": "skip"}
    )  # fmt: skip
    return _figure(
        traces, 440, {"visible": False}, {"visible": False, "scaleanchor": "x"},
        margin={"l": 0, "r": 0, "t": 0, "b": 0}, showlegend=False, hovermode="closest",
    )  # fmt: skip


def _figure(traces: Sequence[Trace], height: int, x: Trace, y: Trace, **layout: Any) -> go.Figure:
    """Traces and axes in the pages' look; made in one go, since each change costs milliseconds."""
    return go.Figure(
        traces,
        {
            "height": height,
            "margin": MARGIN,
            "separators": ",.",
            "hovermode": "x unified",
            "dragmode": False,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "legend": {"orientation": "h", "y": 1.02, "x": 0, "yanchor": "bottom"},
            "modebar": {"bgcolor": "rgba(0,0,0,0)"},
            "xaxis": {
                "fixedrange": True,
                "automargin": True,
                "tickangle": 0,
                "showgrid": False,
                **x,
            },
            "yaxis": {
                "fixedrange": True,
                "automargin": True,
                "gridcolor": "rgba(128,140,153,.18)",
                "zerolinecolor": "rgba(128,140,153,.35)",
                **y,
            },
            **layout,
        },
    )


def _plain(value: object) -> str:
    """A name as text: Plotly would make links and styles of what looks like HTML."""
    return escape(formats.text(value), quote=False)


def _scale(traces: Iterable[Trace], shown: Shown) -> Trace:
    """Round values for the vertical axis, written as the metric is."""
    drawn = [y for trace in traces for y in trace["y"] if y is not None]
    high, low = max([*drawn, 0.0]), min([*drawn, 0.0])
    if high == low:
        return {}
    rough = (high - low) / 4
    power = 10.0 ** floor(log10(rough))
    step = next(nice * power for nice in (1, 2, 2.5, 5, 10) if nice * power >= rough)
    ticks = [step * n for n in range(floor(low / step), ceil(high / step) + 1)]
    short = formats.short_money if shown is formats.money else shown
    texts = [short(Decimal(str(round(tick, 6)))) for tick in ticks]
    return {"tickvals": ticks, "ticktext": texts, "range": [ticks[0], ticks[-1]]}


def _heights(rows: Iterable[Row], column: str) -> list[float | None]:
    return [None if row[column] is None else float(row[column]) for row in rows]


def _texts(rows: Iterable[Row], column: str, shown: Shown) -> list[str]:
    return [shown(row[column]) for row in rows]


def _said(rows: Sequence[Row], column: str, shown: Shown) -> Trace:
    """How high a metric is, and what appears where the mouse is."""
    return {
        "y": _heights(rows, column),
        "customdata": _texts(rows, column, shown),
        "hovertemplate": "%{customdata}",
    }


def _time(days: Sequence[date]) -> Trace:
    """An axis of days or months; where there are few, each has its mark and none is split."""
    monthly = all(day.day == 1 for day in days) and len(days) > 1
    few = {"tickvals": days} if len(days) <= FEW else {}
    return {"tickformat": "%b/%y" if monthly else "%d/%m", **few}


@cache
def _states() -> dict[str, tuple[str, Trace, tuple[float, float]]]:
    """Name, outlines and centre of each state."""
    found = {}
    for state in json.loads(STATES.read_text(encoding="utf-8"))["features"]:
        parts = [part[0] for part in state["geometry"]["coordinates"]]
        # A gap between islands.
        points = [point for part in parts for point in (*part, (None, None))]
        outline = {"x": [x for x, _ in points], "y": [y for _, y in points]}
        name = state["properties"]["nome"]
        found[state["id"]] = (name, outline, _centre(max(parts, key=len)))
    return found


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
