"""Ways to the same tables, measured side by side: ours is the first of each kind."""

import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from benchmarks import sqlmesh
from benchmarks.company import SOURCE, WAREHOUSE, again, dw, landed_apart, python
from benchmarks.content import Content, content, rows
from benchmarks.process import Spent, measured
from core.settings import ROOT

BUILT = ("dim", "fact", "agg", "mart")

Way = Callable[[], tuple[Spent, Content]]


class DifferentError(Exception):
    """A way did not give the same rows and sums as ours."""


def once(ours: Path, *peers: str) -> dict[str, Any]:
    """Load, beside these other ways, and build, in place and once."""
    loads = {"dw load": _load(ours), **{way: _peer(way, ours) for way in peers}}
    return {
        "rounds": 1,
        "load": _side_by_side(loads, 1),
        "build": _side_by_side({"dw build": _build(ours)}, 1),
    }


def beside_others(ours: Path, rounds: int, slow_rows: int) -> dict[str, Any]:
    """Load and build beside the other ways; ours stays built."""
    found: dict[str, Any] = {"rounds": rounds, "slow_rows": slow_rows}
    peers = {way: _peer(way, ours) for way in ("arrow", "pandas")}
    found["load"] = _side_by_side({"dw load": _load(ours), **peers}, rounds)
    # Some rows of one table, by ways that would take all day for the others.
    slow = {way: _peer(way, ours, str(slow_rows)) for way in ("arrow", "dlt", "rowwise")}
    found["slow"] = _side_by_side(slow, rounds)
    with landed_apart(ours) as landed:
        found["build"] = _side_by_side(_builds(ours, landed), rounds)
    return found


def _load(ours: Path) -> Way:
    """All tables of the company into staging."""

    def load() -> tuple[Spent, Content]:
        again(ours, keep=SOURCE)
        usage = dw(ours, "load")
        return usage, content(ours / WAREHOUSE, "staging")

    return load


def _peer(way: str, ours: Path, *limit: str) -> Way:
    def load() -> tuple[Spent, Content]:
        with TemporaryDirectory(dir=ours.parent) as scratch:
            target = Path(scratch) / "peer.duckdb"
            arguments = ("-m", "benchmarks.peers", way, str(ours / SOURCE), str(target), *limit)
            return python(*arguments, folder=ours.parent), content(target, "staging")

    return load


def _build(ours: Path) -> Way:
    """The warehouse from staging, tests included."""

    def build() -> tuple[Spent, Content]:
        return dw(ours, "build"), content(ours / WAREHOUSE, *BUILT)

    return build


def _builds(ours: Path, landed: Path) -> dict[str, Way]:
    """The same by other ways, each in a folder that is gone when it is measured.

    The bare SQL is what our build compiled, which is the first of the first round. SQLMesh takes
    part where it is installed.
    """

    def build() -> tuple[Spent, Content]:
        again(ours, keep=SOURCE)
        shutil.copytree(landed, ours, dirs_exist_ok=True)
        return _build(ours)()

    def bare(landed: Path, data: Path) -> Spent:
        shutil.copytree(landed, data, dirs_exist_ok=True)
        manifest = ours / "dbt" / "manifest.json"
        return python("-m", "benchmarks.sql", str(data), str(manifest), folder=data)

    def apart(build: Callable[[Path, Path], Spent]) -> Way:
        def way() -> tuple[Spent, Content]:
            with TemporaryDirectory(dir=ours.parent) as data:
                return build(landed, Path(data)), content(Path(data) / WAREHOUSE, *BUILT)

        return way

    ways = {"dw build": build, "bare SQL": apart(bare), "dbt build": apart(_dbt)}
    if sqlmesh.COMMAND.exists():
        ways["SQLMesh"] = apart(sqlmesh.build)
    return ways


def _dbt(landed: Path, data: Path) -> Spent:
    """dbt from its own command line."""
    shutil.copytree(landed, data, dirs_exist_ok=True)
    project = str(ROOT / "dbt_project")
    folders = {"--project-dir": project, "--profiles-dir": project, "--target-path": str(data)}
    options = [part for option in folders.items() for part in option]
    dbt = str(Path(sys.executable).with_name("dbt"))
    command = [dbt, "build", "--exclude-resource-type", "unit_test", *options]
    return measured(command, {"DW_DATA_DIR": str(data), "DBT_LOG_PATH": str(data / "logs")})


def _side_by_side(ways: dict[str, Way], rounds: int) -> dict[str, Any]:
    """Medians and ranges of each way. Raises DifferentError when the contents differ."""
    usages: dict[str, list[Spent]] = {name: [] for name in ways}
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


def _summary(usages: list[Spent]) -> dict[str, Any]:
    seconds = sorted(usage.seconds for usage in usages)
    cpu = sorted(usage.cpu_seconds for usage in usages)
    return {
        "seconds": statistics.median(seconds),
        "seconds_range": [seconds[0], seconds[-1]],
        "cpu_seconds": statistics.median(cpu),
        "cpu_seconds_range": [cpu[0], cpu[-1]],
        "peak_bytes": max(usage.peak_bytes for usage in usages),
    }
