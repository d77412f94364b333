"""The command line, ``dw``: its exit codes are in :class:`core.errors.ExitCode`."""

import gc
import json
import sys
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from core.command import print_anywhere
from core.contract.entities import ENTITIES
from core.errors import ExitCode, LoaderError, UsageError
from core.private import keep_private
from core.refusals import behind, database_error, told
from core.settings import Settings, read_settings

if TYPE_CHECKING:
    from pipeline.reconcile import Judged

logger = structlog.get_logger()
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
alerts = typer.Typer(no_args_is_help=True)
app.add_typer(alerts, name="alerts")


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
    from core.lock import hold_warehouse
    from loader import load as loads
    from pipeline import gate

    settings = read_settings(Settings)
    entities = _entities(entity)
    if dry_run:
        counts = loads.dry_run(settings, entities, full=full)
        for name, rows in counts.items():
            typer.echo(f"{name}: {rows} rows to read")
        typer.echo(f"would read {sum(counts.values())} rows; nothing was loaded")
        return
    # Else the collector walks all that the imports made, again and again, while the rows pass:
    # reading takes almost twice as long.
    gc.freeze()
    try:
        with hold_warehouse(settings):
            whole = gate.before_load(settings, full=full)
            run = loads.load(settings, entities, full=full, whole=whole)
    finally:
        gc.unfreeze()
    typer.echo(
        f"loaded {run.total('inserted')} new and {run.total('updated')} changed of"
        f" {run.total('extracted')} rows read, {run.total('deleted')} of them deleted,"
        f" in {run.seconds:.1f} s; load {run.load_id or 'none, since nothing changed'}"
    )
    for line in run.renamed:
        typer.echo(line)
    _tell_left_out(settings)


def _tell_left_out(settings: Settings) -> None:
    """Say what waits in quarantine and which values are left out, and how much it is."""
    from core.lock import hold_warehouse
    from loader import left_out

    with hold_warehouse(settings):
        for line in left_out.in_staging(settings).lines():
            typer.echo(line)


@app.command()
def backfill(
    entity: Annotated[str, typer.Option(help="An entity whose rows have a month.")],
    first: Annotated[str, typer.Option("--from", help="The first month, as 2025-01.")],
    last: Annotated[str, typer.Option("--to", help="The last month.")],
) -> None:
    """Read whole months again and rebuild what depends on them; orders bring all their rows."""
    from core import totals
    from core.lock import hold_warehouse
    from loader import load as loads
    from pipeline import gate

    settings = read_settings(Settings)
    (name,) = _entities([entity])
    try:
        months = totals.months(first, last)
    except ValueError as error:
        raise UsageError(f"--from and --to are months such as 2025-01: {error}") from error
    with hold_warehouse(settings):
        if damaged := gate.before_load(settings):
            loads.load(settings, damaged, whole=damaged)
        run = loads.backfill(settings, name, months)
    typer.echo(
        f"read {len(months)} months again: {run.total('inserted')} rows were new and"
        f" {run.total('updated')} had changed, {run.total('deleted')} of them deleted,"
        f" in {run.seconds:.1f} s"
    )
    # Incremental models compute the rows and days that these rows touch, and no others.
    _build()
    _reconcile()
    typer.echo("run `dw publish` to show it to readers")


@app.command()
def build(
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build anew, not only what changed.")
    ] = False,
) -> None:
    """Build and test the warehouse from what has landed."""
    _build(full_refresh=full_refresh)


def _build(*, full_refresh: bool = False, only_new: bool = False) -> None:
    from core.lock import hold_warehouse
    from pipeline import build as builds
    from pipeline import gate

    settings = read_settings(Settings)
    with hold_warehouse(settings):
        if not full_refresh:
            gate.before_build(settings)
        built = builds.build(settings, full_refresh=full_refresh, only_new=only_new)
    typer.echo(
        f"built and tested {len(built.nodes)} nodes in {built.run.seconds:.1f} s;"
        f" load {built.run.load_id}"
    )


@app.command()
def reconcile(
    full: Annotated[
        bool, typer.Option("--full", help="Compare every month row by row, sealed or not.")
    ] = False,
) -> None:
    """Judge whether source, staging, facts, marts and files agree to the cent, month by month."""
    _reconcile(full=full)


def _reconcile(*, full: bool = False) -> "Judged":
    from core.audit import cycle_id, now
    from pipeline import reconcile as reconciliations
    from pipeline import report

    judged = reconciliations.reconcile(read_settings(Settings), full=full)
    verdict = judged.verdict
    typer.echo(f"source, staging, facts, marts and files agree; load {verdict.load_id}")
    if verdict.repaired:
        typer.echo(
            f"made again, since it was not what it must be: {report.tables(verdict.repaired)}"
        )
    if verdict.proof is not None and not cycle_id():
        typer.echo(report.proven(verdict.proof, now()))
    return judged


@app.command()
def run() -> None:
    """Load, build, reconcile, publish: the daily run. Stops at the first step that fails.

    Then alerts are checked, however it ended.
    """
    from core.audit import cycle
    from core.lock import hold_warehouse

    failure: BaseException | None = None
    with cycle():
        try:
            with hold_warehouse(read_settings(Settings)):
                _steps()
        except BaseException as error:
            failure = error
            raise
        finally:
            _alert(failure)


def _steps() -> None:
    from core.audit import now
    from pipeline import report

    try:
        load()
        _build(only_new=True)
    except LoaderError:
        # Where sums differ, the report of what, where and how much says more than the failure.
        with suppress(LoaderError):
            _reconcile()
        raise
    judged = _reconcile()
    # Before readers have anything: what a first publication leaves out is seen in time.
    _tell_left_out(read_settings(Settings))
    _publish(judged)
    if judged.verdict.proof is not None:
        typer.echo(report.proven(judged.verdict.proof, now()))


def _alert(failure: BaseException | None) -> None:
    """Check alerts at the end of a run, whose outcome this must not change."""
    from pipeline.watch import alerts as incidents

    try:
        incidents.after_run(read_settings(Settings), failure)
    except Exception as error:
        # An unexpected error may quote an address.
        reason = str(error) if isinstance(error, LoaderError) else type(error).__name__
        logger.error("alerts not checked", reason=reason)


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
            " addresses stand apart by spaces, such as slack://token/#channel"
        )
    if found.silent:
        raise LoaderError(
            f"not told, since they do not answer: {', '.join(found.silent)}; the next check tries"
            " again"
        )


@app.command()
def publish() -> None:
    """Publish the marts for readers, if they agree with the source and pass the smoke test."""
    _publish()


def _publish(judged: "Judged | None" = None) -> None:
    from pipeline import publish as publications
    from pipeline.watch import smoke as smokes

    settings = read_settings(Settings)
    probe = partial(smokes.probe, settings)
    manifest = publications.publish(settings, judged, probe)
    typer.echo(
        f"published v{manifest.version}: {len(manifest.tables)} tables, {manifest.rows} rows,"
        f" {manifest.bytes} bytes in {manifest.seconds} s; load {manifest.load_id}"
    )


@app.command()
def smoke(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Test what readers have after a load: fresh, whole, and answered."""
    from pipeline.watch import smoke as smokes

    results = smokes.smoke(read_settings(Settings))
    for result in results:
        word = "ok" if result.ok else "FAILED"
        plain = f"{word:<8}{result.check:<12}{result.detail}"
        typer.echo(json.dumps(asdict(result), ensure_ascii=False) if as_json else plain)
    if not as_json:
        _tell_left_out(read_settings(Settings))
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
    from loader import load as loads

    settings = read_settings(Settings)
    counts, findings, also = loads.check(settings)
    typer.echo(f"the mapping fits: {len(counts)} entities, {sum(counts.values())} rows")
    for line in [*findings.lines(), *also]:
        typer.echo(line)


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
