"""The command line, ``dw``: its exit codes are in :class:`core.errors.ExitCode`."""

import gc
import getpass
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import structlog
import typer

from core.command import print_anywhere
from core.contract.entities import ENTITIES
from core.errors import ExitCode, LoaderError, UsageError
from core.private import keep_private
from core.refusals import behind, database_error, told
from core.settings import Settings, read_settings
from pipeline.onboarding.cli import init

logger = structlog.get_logger()
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
alerts = typer.Typer(no_args_is_help=True)
app.add_typer(alerts, name="alerts")
app.command()(init)


def _version(asked: bool) -> None:
    if asked:
        from core.version import version

        typer.echo(version())
        raise typer.Exit


@app.callback()
def dw(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which it is.")
    ] = False,
) -> None:
    """The pipeline from a company's operational database to its warehouse."""


@alerts.callback()
def _alerts() -> None:
    """Incidents of the pipeline."""


@app.command()
def load(
    entity: Annotated[list[str] | None, typer.Option(help="Only this one; repeatable.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Compare all rows, not only new.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, count, load nothing.")] = False,
) -> None:
    """Load what changed at the source into the warehouse's staging."""
    # dlt takes a second to import: not for `--help`, nor for a wrong argument.
    from loader import load as loads
    from pipeline import steps

    settings = read_settings(Settings)
    entities = _entities(entity)
    if dry_run:
        counts = loads.dry_run(settings, entities, full=full)
        for name, rows in counts.items():
            typer.echo(f"{name}: {rows} rows to read")
        typer.echo(f"would read {sum(counts.values())} rows; nothing was loaded")
        return
    steps.load(settings, entities, full=full)


@app.command()
def backfill(
    entity: Annotated[str, typer.Option(help="An entity whose rows have a month.")],
    first: Annotated[str, typer.Option("--from", help="The first month, as 2025-01.")],
    last: Annotated[str, typer.Option("--to", help="The last month.")],
) -> None:
    """Read whole months again and rebuild what depends on them; orders bring all their rows."""
    from core import totals
    from pipeline import steps

    settings = read_settings(Settings)
    (name,) = _entities([entity])
    try:
        months = totals.months(first, last)
    except ValueError as error:
        raise UsageError(f"--from and --to are months such as 2025-01: {error}") from error
    steps.backfill(settings, name, months)
    typer.echo("run `dw publish` to show it to readers")


@app.command()
def build(
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build anew, not only what changed.")
    ] = False,
) -> None:
    """Build and test the warehouse from what has landed."""
    from pipeline import steps

    steps.build(read_settings(Settings), full_refresh=full_refresh)


@app.command()
def reconcile(
    full: Annotated[
        bool, typer.Option("--full", help="Compare every month row by row, sealed or not.")
    ] = False,
) -> None:
    """Judge whether source, staging, facts, marts and files agree to the cent, month by month."""
    from pipeline import steps

    steps.reconcile(read_settings(Settings), full=full)


@app.command()
def run() -> None:
    """Load, build, reconcile, publish: the daily run. Stops at the first step that fails.

    Then alerts are checked, however it ended.
    """
    from pipeline import steps

    steps.day(read_settings(Settings))


@alerts.command()
def check() -> None:
    """Look for problems and tell the channels of DW_ALERT_URLS what is new, lasts or is over."""
    from pipeline.watch import alerts as incidents

    found = incidents.check(read_settings(Settings))
    for incident in found.lasting:
        typer.echo(f"{incident.rule}: {incident.job}: {incident.detail}")
    typer.echo(f"{len(found.lasting)} incidents last")
    if found.wrong:
        places = ", ".join(map(str, found.wrong))
        raise UsageError(
            f"DW_ALERT_URLS: address {places} is none that apprise knows, so nobody is told there;"
            " separate addresses by spaces, such as slack://token/#channel"
        )
    if found.silent:
        raise LoaderError(
            f"not told, since they do not answer: {', '.join(found.silent)}; the next check tries"
            " again"
        )


@app.command()
def publish() -> None:
    """Publish the marts for readers, if they agree with the source and pass the smoke test."""
    from pipeline import steps

    steps.publish(read_settings(Settings))


@app.command()
def smoke(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Test what readers have after a load: fresh, whole, and answered."""
    from pipeline import steps
    from pipeline.watch import smoke as smokes

    results = smokes.smoke(read_settings(Settings))
    for result in results:
        word = "ok" if result.ok else "FAILED"
        plain = f"{word:<8}{result.check:<12}{result.detail}"
        typer.echo(json.dumps(asdict(result), ensure_ascii=False) if as_json else plain)
    if not as_json:
        steps.tell_left_out(read_settings(Settings))
    if failed := [result.check for result in results if not result.ok]:
        raise LoaderError(f"{len(failed)} of {len(results)} checks failed: {', '.join(failed)}")


@app.command()
def accept_left_out(
    reason: Annotated[str, typer.Argument(help="As `dw load` names it.")],
    by: Annotated[str, typer.Option(help="Who accepts it.")],
) -> None:
    """Have what waits in quarantine for a reason no longer keep the rest from being published."""
    from pipeline import acceptance

    parts = acceptance.accept(read_settings(Settings), reason, by)
    typer.echo(f"accepted by {by}: {sum(part.rows for part in parts)} rows; run `dw publish`")


@app.command()
def rollback(
    to: Annotated[
        int | None, typer.Option(help="This version; the one before the current if not given.")
    ] = None,
) -> None:
    """Have readers read an earlier version again."""
    from pipeline import publish as publications

    manifest = publications.rollback(read_settings(Settings), to)
    typer.echo(f"readers now read v{manifest.version}, of {manifest.created_at:%Y-%m-%d %H:%M} UTC")


@app.command()
def versions() -> None:
    """List the published versions; readers read the one with the mark."""
    from published import versions

    data_dir = read_settings(Settings).data_dir
    current = versions.current(data_dir).version
    for version in versions.versions(data_dir):
        manifest = version.manifest
        typer.echo(
            f"{'*' if version.version == current else ' '} v{version.version:<5}"
            f" {manifest.created_at:%Y-%m-%d %H:%M} UTC {manifest.rows:>12} rows"
            f" {manifest.bytes:>14} bytes  load {manifest.load_id}"
        )


@app.command()
def check_mapping() -> None:
    """Try the mapping and the rules of the facts on all of the source; load nothing."""
    from loader.source.problems import keys_shown
    from pipeline import left_out

    settings = read_settings(Settings)
    # Whoever types this may look at rows.
    with keys_shown():
        counts, findings, also = left_out.check(settings)
    typer.echo(f"the mapping fits: {len(counts)} entities, {sum(counts.values())} rows")
    for line in [*findings.lines(), *also]:
        typer.echo(line)


@app.command()
def erase(
    customer: Annotated[
        list[str] | None, typer.Option(help="A customer's key at the source; repeatable.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A file with a key per line; - for standard input.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who does it.")] = "",
) -> None:
    """Erase customers' personal data from everything, now and in all loads to come (LGPD)."""
    from pipeline import steps

    settings = read_settings(Settings)
    keys = [*(customer or ()), *(_lines(file) if file else ())]
    if not keys:
        raise UsageError("name whom to erase: --customer KEY, or --file FILE with a key per line")
    steps.erase(settings, keys, by or getpass.getuser())


@app.command()
def export_person(
    customer: Annotated[str, typer.Option(help="The customer's key at the source.")],
) -> None:
    """Print everything that is held about a customer, as JSON (LGPD)."""
    from loader.erasing import export

    held = export.export(read_settings(Settings), customer)
    typer.echo(json.dumps(held, ensure_ascii=False, indent=2, default=export.as_json))


def _lines(file: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read as a file of keys: {told(error)}") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


@app.command()
def summary(
    seconds: Annotated[int | None, typer.Option(help="How long it took, to print along.")] = None,
) -> None:
    """Show what the warehouse holds, and what to do next."""
    from pipeline.summary import read

    found = read(read_settings(Settings))
    for table, rows in found.rows.items():
        typer.echo(f"{table:<24}{rows:>14,} rows")
    typer.echo(
        f"{'receita líquida':<24}{found.receita_liquida:>14,}"
        f" from {found.first_day} to {found.last_day}"
    )
    for title, status, reason in found.gates:
        typer.echo(f"{status}: {title} — {reason}")
    if seconds is not None:
        typer.echo(f"in {seconds} s")
    typer.echo("Next: `make dashboards` to look at it; `make run` after each change at the source;")
    typer.echo("`make docs` for the metric dictionary; docs/YOUR_DATABASE.md for your own data.")


def _entities(names: list[str] | None) -> list[str]:
    from loader.source.problems import SourceProblem, did_you_mean

    for name in names or ():
        if name not in ENTITIES:
            hint = did_you_mean(name, ENTITIES)
            raise UsageError(SourceProblem.UNKNOWN_ENTITY(entity=name, hint=hint))
    return names or list(ENTITIES)


def main() -> None:
    """Run the command line; expected failures end in plain lines and their exit code."""
    # Imports and dbt's parser make a million objects that stay: to walk them all again and again
    # takes a sixth of a small run.
    gc.set_threshold(50_000)
    keep_private()
    print_anywhere()
    try:
        app()
    except LoaderError as error:
        typer.echo(f"dw: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        refused = database_error(error)
        if structlog.is_configured():
            # A traceback would quote what the database quotes: the values of rows.
            logger.error("failed", exc_info=refused is None, reason=told(error))
        kind = "the database refused" if refused else type(behind(error)).__name__
        typer.echo(f"dw: {kind}: {told(error)}", err=True)
        sys.exit(ExitCode.FAILED)
