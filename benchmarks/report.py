"""Tables and charts of docs/PERFORMANCE.md from the results: ``python -m benchmarks.report``."""

import json
import math
import re
from html import escape
from itertools import pairwise
from typing import Any

from benchmarks import adventureworks, fresh
from benchmarks.__main__ import RESULTS
from core.settings import ROOT

DOCUMENT = ROOT / "docs" / "PERFORMANCE.md"
IMAGES = ROOT / "docs" / "img"
# Between these two lines of the document, all is made here.
_BEGIN, _END = "<!-- figures: make bench -->", "<!-- end of figures -->"

# The days whose work is the same at each size.
GROWING = ("fixed", "unchanged", "unchanged, all history compared")
_WIDTH, _LABEL, _BAR, _STEP = 720, 150, 18, 28
_COLOURS = ("#0b6e6e", "#b8c4c4")


def main() -> None:
    """Write the charts, and the figures into the document."""
    for result in results():
        for kind in ("load", "build"):
            ways = {name: way["cpu_seconds"] for name, way in result[kind]["ways"].items()}
            title = f"{kind}, {result['items']:,} order items: seconds of processor time"
            (IMAGES / f"performance_{kind}_{result['items']}.svg").write_text(
                bars(title, ways), encoding="utf-8"
            )
    pattern = re.escape(_BEGIN) + ".*" + re.escape(_END)
    text = re.sub(
        pattern, lambda _: figures(), DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    DOCUMENT.write_text(text, encoding="utf-8")


def results() -> list[dict[str, Any]]:
    """What was measured of each company, the smallest first."""
    return sorted((json.loads(p.read_bytes()) for p in RESULTS.glob("[0-9]*.json")), key=_items)


def figures() -> str:
    """The part of the document that is made here."""
    found = results()
    parts = [*map(_section, found), *_growth(found), *_adventureworks(), *_fresh()]
    return "\n\n".join([_BEGIN, *parts, _END])


def bars(title: str, values: dict[str, float]) -> str:
    """A horizontal bar chart as SVG; the first bar, ours, stands out."""
    longest = max(values.values())
    lines = [f'<text x="0" y="16" font-weight="bold">{escape(title)}</text>']
    for place, (name, value) in enumerate(values.items()):
        y = 34 + place * _STEP
        width = max(1, round((_WIDTH - _LABEL - 70) * value / longest))
        colour = _COLOURS[0 if place == 0 else 1]
        lines += [
            f'<text x="0" y="{y + 13}">{escape(name)}</text>',
            f'<rect x="{_LABEL}" y="{y}" width="{width}" height="{_BAR}" fill="{colour}"/>',
            f'<text x="{_LABEL + width + 6}" y="{y + 13}">{value:.1f}</text>',
        ]
    height = 40 + len(values) * _STEP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
            ' font-family="sans-serif" font-size="13">',
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _section(result: dict[str, Any]) -> str:
    items = result["items"]
    parts = [
        f"### {items:,} order items",
        _about(result),
        f"Load of all {result['load']['rows']:,} rows into staging:",
        f"![Load](img/performance_load_{items}.svg)",
        _ways(result["load"]),
    ]
    if "slow" in result:
        parts += [f"The slow ways, {result['slow_rows']:,} order items:", _ways(result["slow"])]
    parts += [
        f"From staging to {result['build']['rows']:,} rows of tested tables:",
        f"![Build](img/performance_build_{items}.svg)",
        _ways(result["build"]),
    ]
    if "days" in result:
        parts += ["The daily run, `dw run`, in seconds of wall clock:", _days(result["days"])]
    if "readers" in result:
        readers = result["readers"]
        parts += ["What readers wait for, in milliseconds:", _readers(readers)]
        parts += ["One of them while versions are published:", _pause(readers["pause"])]
    return "\n\n".join(parts)


def _about(result: dict[str, Any]) -> str:
    machine = result["machine"]
    about = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())
    kept = {name: size for name, size in result["bytes"].items() if size}
    sizes = ", ".join(f"{name} {_mib(size)} MiB" for name, size in kept.items())
    return f"{result['measured_at']}, {result['rounds']} a way; {about}. On disk: {sizes}."


def _ways(found: dict[str, Any]) -> str:
    rows = [
        f"| {name} | {way['cpu_seconds']:.1f} ({_range(way['cpu_seconds_range'])})"
        f" | {way['seconds']:.1f} ({_range(way['seconds_range'])})"
        f" | {found['rows'] / way['cpu_seconds']:,.0f} | {_mib(way['peak_bytes'])} |"
        for name, way in found["ways"].items()
    ]
    head = "| way | CPU s, median (range) | wall s, median (range) | rows per CPU s | peak MiB |"
    return "\n".join([head, "|---|---:|---:|---:|---:|", *rows])


def _days(days: dict[str, Any]) -> str:
    names = list(next(iter(days.values()))["phases"])
    head = f"| items changed | months compared | total | CPU | peak MiB | {' | '.join(names)} |"
    rows = [
        f"| {day['rows']:,} | {day['compared_months'] or 'all'}"
        f" | {day['seconds']:.1f} | {day['cpu_seconds']:.1f}"
        f" | {_mib(day['peak_bytes'])} | {' | '.join(_seconds(day['phases'], names))} |"
        for day in days.values()
    ]
    return "\n".join([head, "|" + "---:|" * (5 + len(names)), *rows])


def _seconds(phases: dict[str, float], names: list[str]) -> list[str]:
    return [f"{phases[name]:.1f}" for name in names]


def _readers(readers: dict[str, Any]) -> str:
    head = "| what | at once | phase | answers | a second | p50 | p95 | p99 | longest |"
    rows = [
        f"| {what} | {people} | {phase} | {_answers(found)} |"
        for what, by_people in (("pages", readers["pages"]), ("API", readers["api"]))
        for people, phases in by_people.items()
        for phase, found in phases.items()
    ]
    return "\n".join([head, "|---|---:|---|" + "---:|" * 6, *rows])


def _pause(pause: dict[str, Any]) -> str:
    during = (
        f"{pause['publications']} publications, **{pause['failures']} failed**;"
        f" the longest first answer of a version {1000 * pause['longest_first']:.1f}"
    )
    head = "| one client of the API | answers | a second | p50 | p95 | p99 | longest |"
    rows = [
        f"| nothing else happens | {_answers(pause['quiet'])} |",
        f"| {during} | {_answers(pause['publishing'])} |",
    ]
    return "\n".join([head, "|---|" + "---:|" * 6, *rows])


def _answers(found: dict[str, Any]) -> str:
    waits = " | ".join(f"{1000 * found[name]:,.1f}" for name in ("p50", "p95", "p99", "longest"))
    return f"{found['answers']:,} | {found['per_second']:,.1f} | {waits}"


def _adventureworks() -> list[str]:
    """A real company, where its data is at hand."""
    if not adventureworks.RESULT.exists():
        return []
    result = json.loads(adventureworks.RESULT.read_bytes())
    return [
        "### Adventure Works",
        "A real bicycle company's database through its mapping, `sources/adventureworks.yml`:"
        " SELECTs over dimensions and facts, without update times, so that every load reads all"
        " rows. The arrow way runs the same SELECTs.",
        _about(result),
        f"Load of all {result['load']['rows']:,} rows into staging:",
        _ways(result["load"]),
        f"From staging to {result['build']['rows']:,} rows of tested tables:",
        _ways(result["build"]),
        "The daily run, `dw run`, in seconds of wall clock:",
        _days(result["days"]),
    ]


def _fresh() -> list[str]:
    """How long a newcomer takes."""
    if not fresh.RESULT.exists():
        return []
    result = json.loads(fresh.RESULT.read_bytes())
    seconds = {name: step["seconds"] for name, step in result["steps"].items()}
    total = sum(seconds.values())
    rows = [f"| {name} | {spent:.1f} |" for name, spent in seconds.items()]
    rows.append(f"| all, without `make setup` | {total - seconds['make setup']:.1f} |")
    about = f"{result['measured_at']}, load average {result['machine']['load_average']}:"
    return [
        "### From a fresh clone to the first page",
        about,
        "\n".join(["| step | wall s |", "|---|---:|", *rows]),
    ]


def _growth(results: list[dict[str, Any]]) -> list[str]:
    """How the daily run grows with history, from each size to the next."""
    pairs = list(pairwise(result for result in results if "days" in result))
    if not pairs:
        return []
    heads = [f"{_items(before):,} to {_items(after):,} items" for before, after in pairs]
    rows = [
        f"| {day} | {' | '.join(_exponent(before, after, day) for before, after in pairs)} |"
        for day in GROWING
    ]
    head = f"| day | {' | '.join(heads)} |"
    return ["### Growth", "\n".join([head, "|---|" + "---:|" * len(pairs), *rows])]


def _exponent(before: dict[str, Any], after: dict[str, Any], day: str) -> str:
    """The log of the ratio of a day's CPU seconds by the log of that of items."""
    seconds = [result["days"][day]["cpu_seconds"] for result in (before, after)]
    exponent = math.log(seconds[1] / seconds[0]) / math.log(_items(after) / _items(before))
    return f"{seconds[0]:.1f} to {seconds[1]:.1f} CPU s: {exponent:.2f}"


def _items(result: dict[str, Any]) -> int:
    return int(result["items"])


def _range(ends: list[float]) -> str:
    return f"{ends[0]:.1f} to {ends[1]:.1f}"


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f}"


if __name__ == "__main__":
    main()
