"""How fast the pipeline is, beside other ways to the same tables: ``python -m benchmarks``.

Writes ``benchmarks/results/<items>.json``. Every way is measured in the same run, in an order that
rotates from round to round, and must give the same rows and sums as ours.
"""

import json
import math
import os
import platform
import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from benchmarks import company
from benchmarks.company import SOURCE, dw, python
from benchmarks.content import Content, content, rows
from benchmarks.phases import phases
from benchmarks.process import Usage, measured
from loader.settings import ROOT

RESULTS = Path(__file__).with_name("results")
WAREHOUSE = "dw_ecommerce.duckdb"
BUILT = ("dim", "fact", "agg", "mart")
PACKAGES = ("dlt", "dbt-core", "dbt-duckdb", "duckdb", "pyarrow", "pandas")

Way = Callable[[], tuple[Usage, Content]]


class DifferentError(Exception):
    """A way did not give the same rows and sums as ours."""


def main(
    items: Annotated[int, typer.Option(help="Order items of the company.")] = 100_000,
    rounds: Annotated[int, typer.Option(help="How often each way is measured.")] = 5,
    slow_rows: Annotated[int, typer.Option(help="Order items for the slow ways.")] = 5_000,
    results: Annotated[Path, typer.Option(help="Where the JSON goes.")] = RESULTS,
) -> None:
    """Measure the full load, the daily run and their peers."""
    with TemporaryDirectory(dir=_scratch()) as folder:
        ours = Path(folder) / "ours"
        typer.echo(f"seeded in {company.seed(ours, items).seconds} s")
        staging = _side_by_side(_loads(Path(folder), ours), rounds)
        slow = _side_by_side(_slow_loads(Path(folder), ours, slow_rows), rounds)
        builds = _side_by_side(_builds(Path(folder), ours), rounds)
        found = {
            "items": items,
            "rounds": rounds,
            "measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            "machine": _machine(),
            "load": staging,
            "slow_rows": slow_rows,
            "slow": slow,
            "build": builds,
            "days": _days(ours, items),
            "bytes": {
                path.name: company.size(path)
                for path in (ours / SOURCE, ours / WAREHOUSE, ours / "published")
            },
        }
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"{items}.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    typer.echo(f"wrote {path}")


def _loads(folder: Path, ours: Path) -> dict[str, Way]:
    """All tables of the company into staging; the first is ours."""

    def load() -> tuple[Usage, Content]:
        company.again(ours, keep=SOURCE)
        usage = dw(ours, "load")
        return usage, content(ours / WAREHOUSE, "staging")

    peers = {way: _peer(way, folder, ours) for way in ("arrow", "pandas")}
    return {"dw load": load, **peers}


def _slow_loads(folder: Path, ours: Path, limit: int) -> dict[str, Way]:
    """Some rows of one table, by ways that would take all day for the others."""
    return {way: _peer(way, folder, ours, str(limit)) for way in ("arrow", "dlt", "rowwise")}


def _peer(way: str, folder: Path, ours: Path, *limit: str) -> Way:
    def load() -> tuple[Usage, Content]:
        with TemporaryDirectory(dir=folder) as scratch:
            target = Path(scratch) / "peer.duckdb"
            arguments = ("-m", "benchmarks.peers", way, str(ours / SOURCE), str(target), *limit)
            return python(*arguments, folder=folder), content(target, "staging")

    return load


def _builds(folder: Path, ours: Path) -> dict[str, Way]:
    """The warehouse from staging, tests included; the first is ours, and stays for the days."""
    landed = folder / "landed"
    shutil.copytree(ours, landed, ignore=shutil.ignore_patterns(SOURCE))

    def from_landed(build: Callable[[Path], Usage]) -> Way:
        def way() -> tuple[Usage, Content]:
            with TemporaryDirectory(dir=folder) as scratch:
                data = Path(scratch) / "data"
                shutil.copytree(landed, data)
                return build(data), content(data / WAREHOUSE, *BUILT)

        return way

    dw(ours, "build")
    manifest = folder / "manifest.json"
    shutil.copy(ours / "dbt" / "manifest.json", manifest)
    return {
        "dw build": from_landed(lambda data: dw(data, "build")),
        "bare SQL": from_landed(
            lambda data: python("-m", "benchmarks.sql", str(data), str(manifest), folder=data)
        ),
        "dbt build": from_landed(_dbt),
    }


def _dbt(data: Path) -> Usage:
    """dbt from its own command line."""
    project = str(ROOT / "dbt_project")
    folders = {"--project-dir": project, "--profiles-dir": project, "--target-path": str(data)}
    options = [part for option in folders.items() for part in option]
    dbt = str(Path(sys.executable).with_name("dbt"))
    command = [dbt, "build", "--exclude-resource-type", "unit_test", *options]
    return measured(command, {"DW_DATA_DIR": str(data), "DBT_LOG_PATH": str(data / "logs")})


def _days(ours: Path, items: int) -> dict[str, Any]:
    """The daily run with one order item in a thousand changed, and with nothing changed."""
    dw(ours, "run")
    days = {}
    for name, changed in {"changed": max(1, items // 1000), "unchanged": 0}.items():
        company.touch(ours, changed)
        usage = dw(ours, "run")
        days[name] = {"rows": changed, **asdict(usage), "phases": phases(ours, usage.seconds)}
        typer.echo(f"{name} day: {usage}")
    return days


def _side_by_side(ways: dict[str, Way], rounds: int) -> dict[str, Any]:
    """Medians and ranges of each way. Raises DifferentError when the contents differ."""
    usages: dict[str, list[Usage]] = {name: [] for name in ways}
    names = list(ways)
    expected: Content | None = None
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            usage, found = ways[name]()
            typer.echo(f"{name}: {usage}")
            expected = expected or found
            if found != expected:
                differing = [t for t in found.keys() | expected if found.get(t) != expected.get(t)]
                raise DifferentError(f"{name}: {', '.join(sorted(differing))}")
            usages[name].append(usage)
    return {
        "rows": rows(expected or {}),
        "ways": {name: _summary(measurements) for name, measurements in usages.items()},
    }


def _summary(usages: list[Usage]) -> dict[str, Any]:
    seconds = sorted(usage.seconds for usage in usages)
    cpu = sorted(usage.cpu_seconds for usage in usages)
    return {
        "seconds": statistics.median(seconds),
        "seconds_range": [seconds[0], seconds[-1]],
        "cpu_seconds": statistics.median(cpu),
        "cpu_seconds_range": [cpu[0], cpu[-1]],
        "peak_bytes": max(usage.peak_bytes for usage in usages),
    }


def _machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "memory_gib": math.ceil(memory / 2**30),
        # Above the processors others were waiting too: then only processor time compares.
        "load_average": round(os.getloadavg()[1], 1),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }


def _scratch() -> Path:
    """Where the companies go: the repository's data folder, which has room."""
    folder = ROOT / ".data"
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    typer.run(main)
