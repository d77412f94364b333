"""``python -m seeds_oltp``: the sample OLTP from the command line.

Exit codes: 0 all right, 1 the checks found errors, 2 what was asked for cannot be done.
"""

import sys
import time
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.table import Table

from core.command import print_anywhere
from core.contract import tables
from core.errors import UsageError
from core.private import keep_private
from core.refusals import told
from core.settings import Settings, read_settings
from seeds_oltp import checks, company, store, waves

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console()

Url = Annotated[str | None, typer.Option(help="SQLAlchemy URL; DW_OLTP_URL if not given.")]


@app.callback()
def _about() -> None:
    """The sample OLTP: a believable Brazilian shop, the same on every machine."""
    keep_private()


@app.command()
def seed(
    orders: Annotated[int, typer.Option(min=1, help="Orders in three years.")] = 90_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")] = 42,
    replace: Annotated[bool, typer.Option("--replace", help="Lose what is there.")] = False,
    url: Url = None,
) -> None:
    """Create the sample company, or create it anew."""
    started = time.monotonic()
    target = _url(url)
    counts = store.create(target, company.base(orders, seed), replace=replace)
    with tables.engine(target).connect() as connection:
        revenue = connection.execute(store.revenue()).scalar_one()
    table = Table("table", "rows", caption=f"net revenue {revenue:,.2f}")
    table.columns[1].justify = "right"
    for name in tables.metadata.tables.values():
        table.add_row(name.name, f"{counts[name.name]:,}")
    console.print(table)
    seconds = time.monotonic() - started
    console.print(f"seeded {target.render_as_string()} in {seconds:.1f} s", soft_wrap=True)


@app.command()
def wave(
    number: Annotated[int, typer.Argument(min=1, help="1 is the day after the base load.")],
    url: Url = None,
) -> None:
    """Let one more day pass, in one transaction; applied before, it changes nothing."""
    with tables.engine(_url(url)).begin() as connection:
        changes = waves.apply(connection, number)
    if changes is None:
        console.print(f"wave {number} has been applied before: nothing to do")
        return
    table = Table("change", "rows", title=f"wave {number}")
    table.columns[1].justify = "right"
    for change, rows in changes.items():
        table.add_row(change, f"{rows:,}")
    console.print(table)


@app.command()
def check(url: Url = None) -> None:
    """Check the quality of the source."""
    with tables.engine(_url(url)).connect() as connection:
        findings = checks.run(connection)
    broken = [finding for finding in findings if finding.rows]
    table = Table("severity", "table", "rule", "rows", "for example")
    for finding in sorted(broken, key=lambda f: f.check.severity):
        color = {"error": "red", "warning": "yellow"}[finding.check.severity]
        table.add_row(
            f"[{color}]{finding.check.severity}[/]",
            finding.check.table,
            finding.check.rule,
            f"{finding.rows:,}",
            finding.example or "",
        )
    if broken:
        console.print(table)
    errors = sum(finding.check.severity == "error" for finding in broken)
    console.print(
        f"{len(findings)} checks: {errors} with errors, {len(broken) - errors} with warnings"
    )
    if errors:
        raise typer.Exit(1)


@app.command()
def ddl() -> None:
    """Print the script that creates the schema on SQL Server."""
    sys.stdout.write(tables.sqlserver_script())


def main() -> None:
    """Run a command; an expected failure is one line and exit code 2."""
    print_anywhere()
    try:
        app()
    except (store.RefusedError, UsageError) as refused:
        _fail(str(refused))
    except sa.exc.ArgumentError:
        _fail("the URL of the OLTP is not one that SQLAlchemy understands: see DW_OLTP_URL")
    except sa.exc.DBAPIError as error:
        _fail(f"the database refused: {told(error)}")


def _fail(message: str) -> None:
    errors = Console(stderr=True, soft_wrap=True)
    errors.print(f"seeds-oltp: {message}", style="red", markup=False, highlight=False)
    sys.exit(2)


def _url(given: str | None) -> sa.URL:
    return sa.make_url(given or read_settings(Settings).oltp_url.get_secret_value())
