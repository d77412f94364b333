"""``python -m seeds_oltp``: the sample OLTP from the command line."""

import time
from typing import Annotated

import sqlalchemy as sa
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from loader.settings import Settings
from seeds_oltp import company, schema, store, waves

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Url = Annotated[
    str | None, typer.Option(help="SQLAlchemy URL of the OLTP; DW_OLTP_URL if not given.")
]


@app.command()
def seed(
    orders: Annotated[int, typer.Option(min=1, help="How many orders in three years.")] = 90_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 42,
    replace: Annotated[bool, typer.Option("--replace", help="Lose what is there.")] = False,
    url: Url = None,
) -> None:
    """Create the sample company, or create it anew."""
    started = time.monotonic()
    counts = store.create(_url(url), company.base(orders, seed), replace=replace)
    table = Table("table", "rows")
    for name, rows in counts.items():
        table.add_row(name, f"{rows:,}")
    console = Console()
    console.print(table)
    console.print(f"{time.monotonic() - started:.1f} s")


def _url(given: str | None) -> sa.URL:
    return sa.make_url(given or Settings().oltp_url.get_secret_value())


@app.callback()
def _commands() -> None:
    """The sample OLTP of an e-commerce company."""


@app.command()
def wave(number: Annotated[int, typer.Argument(min=1)], url: Url = None) -> None:
    """Let one more day pass: wave N is the N-th day after the base load."""
    with schema.engine(_url(url)).begin() as connection:
        changes = waves.apply(connection, number)
    Console().print(changes)
