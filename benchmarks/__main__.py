"""How fast the pipeline is, beside other ways to the same tables: ``python -m benchmarks``.

Writes ``benchmarks/results/<items>.json``. Every way is measured in the same run, in an order that
rotates from round to round, and must give the same rows and sums as ours. Of a company above
``COMPARED_ITEMS`` only our load and build are measured, once.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from benchmarks import api, company, days, machine, pages, pause, ways
from core.settings import ROOT

RESULTS = Path(__file__).with_name("results")
COMPARED_ITEMS = 10_000_000
# How many look at pages, or ask the API, at the same time.
PEOPLE = (1, 10)
# What a company takes on disk.
KEPT = (company.SOURCE, company.WAREHOUSE, "published")


def main(
    items: Annotated[int, typer.Option(help="Order items of the company.")] = 100_000,
    rounds: Annotated[int, typer.Option(help="How often each way is measured.")] = 5,
    slow_rows: Annotated[int, typer.Option(help="Order items for the slow ways.")] = 5_000,
    results: Annotated[Path, typer.Option(help="Where the JSON goes.")] = RESULTS,
) -> None:
    """Measure the full load, the daily run and their peers, and what readers wait for."""
    with TemporaryDirectory(dir=scratch()) as folder:
        ours = Path(folder) / "ours"
        typer.echo(f"seeded in {company.seed(ours, items).seconds} s")
        record(results / f"{items}.json", ours, _parts(ours, items, rounds, slow_rows))


def record(path: Path, ours: Path, parts: Iterable[dict[str, Any]]) -> None:
    """Write what is measured of a company, part by part, since a big one takes hours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    for part in parts:
        sizes = {name: company.size(ours / name) for name in KEPT}
        found |= {**part, **machine.now(), "bytes": sizes}
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    typer.echo(f"wrote {path}")


def scratch() -> Path:
    """Where the companies go: the repository's data folder, which has room."""
    folder = ROOT / ".data"
    folder.mkdir(exist_ok=True)
    return folder


def _parts(ours: Path, items: int, rounds: int, slow_rows: int) -> Iterator[dict[str, Any]]:
    """What is measured of the sample company."""
    if items > COMPARED_ITEMS:
        yield {"items": items, **ways.once(ours)}
        return
    yield {"items": items, **ways.beside_others(ours, rounds, slow_rows)}
    yield {"days": days.live(ours, items)}
    yield {"readers": _readers(ours)}


def _readers(ours: Path) -> dict[str, Any]:
    """How soon the published version answers so many people, and what a new one does to them."""
    found: dict[str, Any] = {"pages": {}, "api": {}}
    for people in PEOPLE:
        found["pages"][people] = pages.measure(ours, people, pages.LOOKS if people > 1 else 0)
        found["api"][people] = api.measure(ours, people, api.REQUESTS)
        typer.echo(f"{people} at once: {found['pages'][people]}, API: {found['api'][people]}")
    found["pause"] = pause.measure(ours)
    typer.echo(f"publication: {found['pause']}")
    return found


if __name__ == "__main__":
    typer.run(main)
