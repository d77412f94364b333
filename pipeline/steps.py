"""The steps of a day, each by itself or one after the other, and what is said of each."""

import gc
from collections.abc import Collection
from contextlib import suppress
from functools import partial

import structlog
import typer

from core.audit import cycle, cycle_id
from core.clock import now
from core.errors import LoaderError
from core.lock import hold_warehouse
from core.settings import Settings
from loader import load as loads
from loader.erasing import apply as erasing
from loader.erasing import traces
from loader.erasing.receipt import receipt
from pipeline import build as builds
from pipeline import gate, report
from pipeline import publish as publications
from pipeline import reconcile as reconciliations
from pipeline.left_out import Findings, in_staging
from pipeline.reconcile import Judged
from pipeline.watch import alerts, smoke

log = structlog.get_logger()


def load(settings: Settings, entities: Collection[str] = (), *, full: bool = False) -> Findings:
    """Load what changed at the source, and say what is left out of it. Raises LoaderError."""
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
    return tell_left_out(settings)


def backfill(settings: Settings, entity: str, months: Collection[str]) -> None:
    """Read whole months again, and rebuild what depends on them. Raises LoaderError."""
    with hold_warehouse(settings):
        if damaged := gate.before_load(settings):
            loads.load(settings, damaged, whole=damaged)
        run = loads.backfill(settings, entity, months)
    typer.echo(
        f"read {len(months)} months again: {run.total('inserted')} rows were new and"
        f" {run.total('updated')} had changed, {run.total('deleted')} of them deleted,"
        f" in {run.seconds:.1f} s"
    )
    # Incremental models compute the rows and days that these rows touch, and no others.
    build(settings)
    reconcile(settings)


def build(settings: Settings, *, full_refresh: bool = False, only_new: bool = False) -> None:
    """Build and test the warehouse. Raises LoaderError."""
    with hold_warehouse(settings):
        if not full_refresh:
            gate.before_build(settings)
        built = builds.build(settings, full_refresh=full_refresh, only_new=only_new)
    typer.echo(
        f"built and tested {len(built.nodes)} nodes in {built.run.seconds:.1f} s;"
        f" load {built.run.load_id}"
    )


def reconcile(settings: Settings, *, full: bool = False) -> Judged:
    """Judge whether source, staging, facts, marts and files agree. Raises LoaderError."""
    judged = reconciliations.reconcile(settings, full=full)
    verdict = judged.verdict
    typer.echo(f"source, staging, facts, marts and files agree; load {verdict.load_id}")
    if verdict.repaired:
        typer.echo(
            f"made again, since it was not what it must be: {report.tables(verdict.repaired)}"
        )
    if verdict.proof is not None and not cycle_id():
        typer.echo(report.proven(verdict.proof, now()))
    return judged


def publish(
    settings: Settings, judged: Judged | None = None, found: Findings | None = None
) -> None:
    """Publish the marts for readers. Raises LoaderError."""
    probe = partial(smoke.probe, settings)
    manifest = publications.publish(settings, judged, probe, found)
    typer.echo(
        f"published v{manifest.version}: {len(manifest.tables)} tables, {manifest.rows} rows,"
        f" {manifest.bytes} bytes in {manifest.seconds} s; load {manifest.load_id}"
    )


def erase(settings: Settings, keys: Collection[str], by: str) -> None:
    """Erase customers and print the receipt. Raises LoaderError."""
    with hold_warehouse(settings):
        erasures, done = erasing.erase(settings, keys, by)
        if (settings.data_dir / erasing.UNBUILT).exists():
            builds.build(settings)
            done.searched = traces.assert_none(settings, done.texts)
    typer.echo(receipt(erasures, done))


def tell_left_out(settings: Settings, found: Findings | None = None) -> Findings:
    """Say what waits in quarantine and which values are left out, and how much it is.

    ``found`` is what has been seen since the newest load; without it this looks.
    """
    if found is None:
        with hold_warehouse(settings):
            found = in_staging(settings)
    for line in found.lines():
        typer.echo(line)
    return found


def day(settings: Settings) -> None:
    """Load, build, reconcile, publish; then check alerts, however it ended. Raises LoaderError."""
    failure: BaseException | None = None
    with cycle():
        try:
            with hold_warehouse(settings):
                _steps(settings)
        except BaseException as error:
            failure = error
            raise
        finally:
            _alert(settings, failure)


def _steps(settings: Settings) -> None:
    try:
        found = load(settings)
        build(settings, only_new=True)
    except LoaderError:
        # Where sums differ, the report of what, where and how much says more than the failure.
        with suppress(LoaderError):
            reconcile(settings)
        raise
    judged = reconcile(settings)
    # Before readers have anything: what a first publication leaves out is seen in time.
    tell_left_out(settings, found)
    publish(settings, judged, found)
    if judged.verdict.proof is not None:
        typer.echo(report.proven(judged.verdict.proof, now()))


def _alert(settings: Settings, failure: BaseException | None) -> None:
    """Check alerts at the end of a run, whose outcome this must not change."""
    try:
        alerts.after_run(settings, failure)
    except Exception as error:
        # An unexpected error may quote an address.
        reason = str(error) if isinstance(error, LoaderError) else type(error).__name__
        log.error("alerts not checked", reason=reason)
