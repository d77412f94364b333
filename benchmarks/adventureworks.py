"""A real company through its mapping: ``python -m benchmarks.adventureworks FOLDER``.

The folder holds the real data sets, which are no part of this repository: without Adventure Works
in it, it is left out. Writes ``benchmarks/results/adventureworks.json``.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from benchmarks import days, ways
from benchmarks.__main__ import RESULTS, record, scratch
from benchmarks.company import SOURCE, dw, python

NAME = "adventureworks"
RESULT = RESULTS / f"{NAME}.json"


def main(folder: Annotated[Path, typer.Argument(help="Folder of the real data sets.")]) -> None:
    """Measure the full load beside its limit, the build, and a day on which nothing changes."""
    data = folder.resolve() / NAME
    if not data.is_dir():
        typer.echo(
            f"Adventure Works is left out, {data} is not here: set DW_SHARED_DATA to its parent"
        )
        return
    # Of every command that is measured.
    os.environ["DW_SOURCE"] = NAME
    with TemporaryDirectory(dir=scratch()) as room:
        ours = Path(room) / "ours"
        python("-m", "seeds_oltp.csv_database", str(data), str(ours / SOURCE), folder=ours)
        record(RESULT, ours, _parts(ours))


def _parts(ours: Path) -> Iterator[dict[str, Any]]:
    """What is measured; without update times every day compares all of history."""
    yield ways.once(ours, "arrow")
    dw(ours, "run")
    yield {"days": {"unchanged": days.day(ours, 0, 0)}}


if __name__ == "__main__":
    typer.run(main)
