"""Publication: the marts of a build that passed every check become the next version for readers.

A version is written aside, made durable and renamed; then the catalogue that names it replaces the
one before in one atomic step. Killed at any point, a publisher leaves either catalogue whole, and
at most a folder that no catalogue names, which the next publication removes.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pyarrow as pa

from core import files, warehouse
from core import log as logs
from core.audit import Audit, Run
from core.checkpoints import checkpoint
from core.contract.entities import text
from core.errors import LoaderError, UsageError, first_line
from core.lock import hold_warehouse
from core.settings import ROOT, Settings
from core.warehouse import STAGING
from pipeline import acceptance, files_of
from pipeline.build import LastBuild, last_build
from pipeline.export import PublicationRefusedError, artifacts_of, export, previous
from pipeline.left_out import Findings
from pipeline.reconcile import Judged, reconcile
from published import metrics, versions
from published.versions import Catalogue, Manifest, Published

KEPT = 5
"""Versions that stay: who has just opened one must have the time to finish with it."""

_PUBLICATION = pa.schema(
    [
        text("run_id", 64, nullable=False),
        ("version", pa.int64()),
        ("action", pa.string()),
        ("created_at", pa.timestamp("us")),
        ("load_id", pa.string()),
        ("invocation_id", pa.string()),
        ("rows", pa.int64()),
        ("bytes", pa.int64()),
        ("seconds", pa.decimal128(18, 3)),
        ("status", pa.string()),
        ("error", pa.string()),
    ]
)


@dataclass
class _Attempt:
    """A publication or rollback under way, as the audit will tell of it."""

    action: Literal["publish", "rollback"]
    audit: Audit
    run: Run
    manifest: Manifest | None = None
    status: str = "failed"


def publish(
    settings: Settings,
    judged: Judged | None = None,
    probe: Callable[[Published], None] | None = None,
    found: Findings | None = None,
) -> Manifest:
    """Publish the marts that exposures name as the next version.

    ``judged`` is what this process has just reconciled, and ``found`` what it has seen to be left
    out since it loaded, under the same lock; without them it looks first. ``probe`` looks at the
    version before readers do, and raises LoaderError when they must not.

    Raises PublicationRefusedError when the newest load is not built, tested and reconciled without
    a fault, when a file does not hold what was proven, or when a mart holds personal data.
    """
    with hold_warehouse(settings):
        build, judged, refusal = _cleared(settings, judged, found)
        with _recorded(settings, "publish") as attempt:
            if refusal is not None:
                raise refusal
            folder = versions.folder(settings.data_dir)
            folder.mkdir(exist_ok=True)
            before = versions.catalogue(settings.data_dir)
            _clean(settings.data_dir, before)
            version = max(before.kept, default=0) + 1
            manifest = _write(settings, attempt, build, judged, before, version)
            published = Published(version, versions.path_of(settings.data_dir, version), manifest)
            if probe is not None:
                _try(published, probe)
            stamp = files_of.as_file(published.path / versions.MANIFEST).sha256
            after = _with_new(before, version, stamp)
            _move(settings.data_dir, before, after, manifest)
            checkpoint("switched")
            _clean(settings.data_dir, after)
            checkpoint("cleaned")
            return manifest


def _cleared(
    settings: Settings, judged: Judged | None, found: Findings | None
) -> tuple[LastBuild, Judged, LoaderError | None]:
    """The build and the verdict that allow publication, or the reason why nothing does."""
    try:
        build = _built(settings)
        judged = judged or reconcile(settings, publishing=True)
        acceptance.check(settings, Audit(settings), found)
        return build, judged, None
    except LoaderError as error:
        refusal = error
        if not isinstance(error, PublicationRefusedError):
            refusal = PublicationRefusedError(str(error))
            refusal.__cause__ = error
        nothing = LastBuild("", "", None, None, None, 0)
        unjudged = Judged(versions.Reconciliation(ok=False, load_id="", invocation_id=""))
        return nothing, unjudged, refusal


def _write(
    settings: Settings,
    attempt: _Attempt,
    build: LastBuild,
    judged: Judged,
    before: Catalogue,
    version: int,
) -> Manifest:
    """Write the folder of a version, whole, which no catalogue names yet."""
    started = time.monotonic()
    folder, verdict = versions.folder(settings.data_dir), judged.verdict
    attempt.run.load_id = verdict.load_id
    incoming = folder / ".incoming"
    incoming.mkdir()
    artifacts = artifacts_of(settings, verdict.invocation_id)
    known = previous(settings, before)
    tables = export(settings, artifacts, incoming, known, judged.contents)
    files.write(incoming / versions.METRICS, metrics.from_dbt(artifacts))
    manifest = Manifest(
        version=version,
        created_at=datetime.now(UTC),
        run_id=attempt.run.run_id,
        cycle_id=attempt.run.cycle_id,
        git_commit=_git_commit(),
        invocation_id=verdict.invocation_id,
        load_id=verdict.load_id,
        seconds=_milliseconds(time.monotonic() - started),
        tests_passed=build.tests_passed,
        reconciliation=verdict,
        tables=tables,
        files={versions.METRICS: files_of.as_file(incoming / versions.METRICS)},
    )
    files.write(incoming / versions.MANIFEST, manifest)
    files.sync(incoming)
    checkpoint("version-written")
    incoming.rename(versions.path_of(settings.data_dir, version))
    files.sync(folder)
    checkpoint("version-named")
    attempt.manifest = manifest
    return manifest


def _try(published: Published, probe: Callable[[Published], None]) -> None:
    try:
        probe(published)
    except LoaderError as error:
        raise PublicationRefusedError(
            f"v{published.version} is not published, since its smoke test failed: {error}"
        ) from error


def _move(data_dir: Path, before: Catalogue, after: Catalogue, manifest: Manifest) -> None:
    """Have readers read the new version; take them back when they could not."""
    folder = versions.folder(data_dir)
    _switch(folder, after)
    try:
        current = versions.current(data_dir)
        with versions.connect(current) as database:
            counted = {
                mart: int(database.table(mart).count("*").fetchall()[0][0])
                for mart in current.manifest.tables
            }
        whole = current.manifest == manifest
        whole &= counted == {mart: table.rows for mart, table in manifest.tables.items()}
        reason = "it is not what was written"
    except Exception as error:
        whole, reason = False, f"{type(error).__name__}: {first_line(error)}"
    if not whole:
        _switch(folder, before)
        raise PublicationRefusedError(
            f"v{manifest.version} cannot be read, {reason}; readers were moved back to"
            f" {'nothing' if before.current is None else f'v{before.current}'}"
        )


def rollback(settings: Settings, to: int | None = None) -> Manifest:
    """Make another version current: ``to``, else the one before the current.

    Raises UsageError when it is not kept, PublicationRefusedError when its files are damaged.
    """
    with _recorded(settings, "rollback") as attempt:
        catalogue = versions.catalogue(settings.data_dir)
        target = _earlier(catalogue) if to is None else to
        if target not in catalogue.kept:
            kept = ", ".join(f"v{number}" for number in catalogue.kept) or "none"
            wanted = "version before the current one" if target is None else f"version v{target}"
            raise UsageError(f"there is no {wanted}; kept are: {kept}")
        chosen = versions.version(settings.data_dir, target)
        _verify(chosen)
        attempt.manifest = chosen.manifest
        attempt.run.load_id = chosen.manifest.load_id
        moved = catalogue.model_copy(update={"current": target})
        _switch(versions.folder(settings.data_dir), moved)
        return chosen.manifest


@contextmanager
def _recorded(settings: Settings, action: Literal["publish", "rollback"]) -> Iterator[_Attempt]:
    """Hold the warehouse; record how the attempt ends in ``audit.publication``."""
    run = Run(command=action, source=settings.source, target=settings.target)
    logs.start(settings.data_dir / "logs", run.run_id)
    with hold_warehouse(settings):
        attempt = _Attempt(action, Audit(settings), run)
        with attempt.audit.record(run):
            error: Exception | None = None
            try:
                yield attempt
                attempt.status = "success"
            except Exception as failure:
                error = failure
                if isinstance(failure, PublicationRefusedError):
                    attempt.status = "refused"
                raise
            finally:
                rows = {run.run_id: _attempt_row(attempt, error)}
                # A publisher that was killed after the switch left a version without a row.
                with suppress(LoaderError):
                    kept = versions.versions(settings.data_dir)
                    rows |= {p.manifest.run_id: _version_row(p.manifest) for p in kept}
                attempt.audit.add("publication", ["run_id"], rows.values(), _PUBLICATION)


def _attempt_row(attempt: _Attempt, error: Exception | None) -> dict[str, object]:
    """The audit's row of a rollback, or of a publication that did not succeed."""
    run = attempt.run
    return {
        **(_version_row(attempt.manifest) if attempt.manifest else {}),
        "run_id": run.run_id,
        "action": attempt.action,
        "created_at": run.started_at,
        "load_id": run.load_id,
        "seconds": _milliseconds(run.seconds),
        "status": attempt.status,
        "error": None if error is None else str(error),
    }


def _version_row(manifest: Manifest) -> dict[str, object]:
    """The audit's row of a version's publication."""
    return {
        **manifest.model_dump(include={"run_id", "version", "load_id", "invocation_id", "seconds"}),
        "action": "publish",
        "created_at": manifest.created_at.replace(tzinfo=None),
        "rows": manifest.rows,
        "bytes": manifest.bytes,
        "status": "success",
    }


def _built(settings: Settings) -> LastBuild:
    """The build that may be published. Raises PublicationRefusedError."""
    staging = warehouse.pipeline(settings, STAGING)
    if staging.has_pending_data:
        raise PublicationRefusedError(
            "a load was interrupted; run `dw load`, which finishes it, then `dw build`"
        )
    build = last_build(Audit(settings))
    if build is None:
        raise PublicationRefusedError("there has been no build; run `dw build`")
    if build.status != "success":
        # We hold the lock, so one that still runs is dead.
        status = "crashed" if build.status == "running" else build.status
        reason = f": {build.error}" if build.error else ""
        raise PublicationRefusedError(
            f"the last build, run {build.run_id}, is {status}{reason}\nmend what failed,"
            " then run `dw build` again"
        )
    newest = warehouse.newest_load(staging)
    if build.load_id != newest:
        raise PublicationRefusedError(
            f"load {newest} has come since the last build; run `dw build`"
        )
    return build


def _with_new(catalogue: Catalogue, version: int, stamp: str) -> Catalogue:
    """The catalogue once ``version`` is current.

    It keeps the one that was current too, however old: it may just have been opened.
    """
    left = [] if catalogue.current is None else [catalogue.current]
    newest = [*catalogue.kept, version][-KEPT:]
    kept = sorted({*newest, *left})
    manifests = {**catalogue.manifests, version: stamp}
    return Catalogue(
        current=version, kept=kept, manifests={v: s for v, s in manifests.items() if v in kept}
    )


def _earlier(catalogue: Catalogue) -> int | None:
    """The newest version that is older than the current one."""
    now = catalogue.current or 0
    return max((number for number in catalogue.kept if number < now), default=None)


def _verify(chosen: Published) -> None:
    """Raises PublicationRefusedError when a file is not what was published."""
    for name in files_of.not_whole(chosen):
        raise PublicationRefusedError(f"{chosen.path / name} is damaged; choose another version")


def _switch(folder: Path, catalogue: Catalogue) -> None:
    """Replace the catalogue: readers see the one before or this one, nothing between."""
    files.replace(folder / versions.CATALOGUE, catalogue)


def _clean(data_dir: Path, catalogue: Catalogue) -> None:
    """Remove what the catalogue does not name."""
    folder = versions.folder(data_dir)
    kept = {versions.path_of(data_dir, version) for version in catalogue.kept}
    for path in {*folder.glob("v*"), *folder.glob(".incoming")} - kept:
        shutil.rmtree(path)


def _milliseconds(seconds: float) -> Decimal:
    """Seconds with three decimals."""
    return Decimal(round(seconds * 1000)) / 1000


def _git_commit() -> str | None:
    """The commit of this project, when it runs from a git repository."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "-C", str(ROOT), "rev-parse", "HEAD"]
    answer = subprocess.run(command, capture_output=True, encoding="utf-8")  # noqa: S603
    return answer.stdout.strip() or None
