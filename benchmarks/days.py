"""Days of a company: what the daily run costs, by what has changed and what is proven."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from benchmarks import company
from benchmarks.phases import phases

# The same at every size, so that only history grows.
FIXED_ITEMS = 1_000
NEWEST_MONTHS = 2


def live(folder: Path, items: int) -> dict[str, Any]:
    """Measure the days of a built company, by name.

    Each compares the newest months that have orders with the source, one all of them. The day of
    a thousandth of the items is left out where that is the fixed number.
    """
    company.dw(folder, "run")
    newest = company.months_since(folder, NEWEST_MONTHS)
    days = {
        "unchanged": day(folder, 0, newest),
        "unchanged, all history compared": day(folder, 0, 0),
        "fixed": day(folder, FIXED_ITEMS, newest),
    }
    if items // 1000 != FIXED_ITEMS:
        days["thousandth"] = day(folder, items // 1000, newest)
    return days


def day(folder: Path, changed: int, prove_months: int) -> dict[str, Any]:
    """A day on which so many items of the sample company have changed, or nothing of any."""
    if changed:
        company.touch(folder, changed)
    usage = company.dw(folder, "run", DW_PROVE_MONTHS=str(prove_months))
    typer.echo(f"day of {changed:,} changed items: {usage}")
    return {
        "rows": changed,
        "compared_months": NEWEST_MONTHS if prove_months else 0,
        **asdict(usage),
        "phases": phases(folder, usage.seconds),
    }
