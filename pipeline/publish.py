"""Publication: the marts of a build that passed every check become the next version for readers.

A version is written aside, made durable and renamed; then the catalogue that names it replaces the
one before in one atomic step. Killed at any point, a publisher leaves either catalogue whole, and
at most a folder that no catalogue names, which the next publication removes.
"""

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import structlog
from pyarrow import parquet

from core import files, warehouse
from core import log as logs
from core.audit import Audit, Run
from core.contract.entities import text
from core.engines import engine
from core.engines.base import Reader
from core.errors import ExitCode, LoaderError, UsageError
from core.lock import exclusive
from core.settings import ROOT, Settings
from core.warehouse import STAGING
from pipeline.build import LastBuild, last_build, target_path
from published import metrics, versions
from published.versions import Catalogue, File, Manifest, Part, Published, Reconciliation, Table

KEPT = 5
"""Versions that stay: who has just opened one must have the time to finish with it."""
SCHEMAS = {"agg", "mart"}
"""Schemas that may be published: they hold no personal data."""

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

# Models that have not been built since a time; one that was never recorded is not known to be left.
_LEFT = """
select name from audit.dbt_run_node
where resource_type = 'model'
group by name
having max(finished_at) < %s
"""

log = structlog.get_logger()


class PublicationRefusedError(LoaderError):
    """This may not be published; readers keep what they have."""

    exit_code = ExitCode.REFUSED


@dataclass
class _Attempt:
    """A publication or rollback under way, as the audit will tell of it."""

    action: Literal["publish", "rollback"]
    audit: Audit
    run: Run
    manifest: Manifest | None = None
    status: str = "failed"


def publish(settings: Settings) -> Manifest:
    """Publish the marts that exposures name as the next version.

    Raises PublicationRefusedError when the newest load is not built, tested and reconciled without
    a fault, or when a mart holds personal data.
    """
    with _recorded(settings, "publish") as attempt:
        started = time.monotonic()
        build, verdict = _cleared(settings, attempt.audit)
        attempt.run.load_id = verdict.load_id
        folder = versions.folder(settings.data_dir)
        folder.mkdir(exist_ok=True)
        before = versions.catalogue(settings.data_dir)
        _clean(settings.data_dir, before)

        incoming = folder / ".incoming"
        incoming.mkdir()
        artifacts = _artifacts(settings, verdict.invocation_id)
        tables = _export(settings, artifacts, incoming, _previous(settings, attempt.audit, before))
        files.write(incoming / versions.METRICS, metrics.from_dbt(artifacts))
        version = max(before.kept, default=0) + 1
        attempt.manifest = Manifest(
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
            files={versions.METRICS: _file(incoming / versions.METRICS)},
        )
        files.write(incoming / versions.MANIFEST, attempt.manifest)
        files.sync(incoming)
        incoming.rename(versions.path_of(settings.data_dir, version))
        files.sync(folder)

        after = _with_new(before, version)
        _switch(folder, after)
        _clean(settings.data_dir, after)
        return attempt.manifest


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
        moved = Catalogue(current=target, kept=catalogue.kept)
        _switch(versions.folder(settings.data_dir), moved)
        return chosen.manifest


@contextmanager
def _recorded(settings: Settings, action: Literal["publish", "rollback"]) -> Iterator[_Attempt]:
    """Hold the warehouse; record how the attempt ends in ``audit.publication``."""
    run = Run(command=action, source=settings.source, target=settings.target)
    logs.start(settings.data_dir / "logs", run.run_id)
    with exclusive(settings):
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


def _cleared(settings: Settings, audit: Audit) -> tuple[LastBuild, Reconciliation]:
    """The build and its verdict that allow publication. Raises PublicationRefusedError."""
    staging = warehouse.pipeline(settings, STAGING)
    if staging.has_pending_data:
        raise PublicationRefusedError(
            "a load was interrupted; run `dw load`, which finishes it, then `dw build`"
        )
    build = last_build(audit)
    if build is None:
        raise PublicationRefusedError("there has been no build; run `dw build`")
    if build.status != "success":
        reason = f": {build.error}" if build.error else ""
        raise PublicationRefusedError(
            f"the last build, run {build.run_id}, is {build.status}{reason}\nmend what failed,"
            " then run `dw build` again"
        )
    newest = warehouse.newest_load(staging)
    if build.load_id != newest:
        raise PublicationRefusedError(
            f"load {newest} has come since the last build; run `dw build`"
        )
    verdict = versions.read(settings.data_dir / versions.VERDICT, Reconciliation)
    if verdict is None or (verdict.load_id, verdict.invocation_id) != (newest, build.invocation_id):
        raise PublicationRefusedError("the last build is not reconciled; run `dw reconcile`")
    if not verdict.ok:
        raise PublicationRefusedError(
            "the reconciliation found differences between source and marts; look at"
            " CRITICAL_MISMATCHES.md"
        )
    return build, verdict


@dataclass(frozen=True)
class _Previous:
    """The version before, to link to the files that are to hold the same."""

    path: Path
    tables: dict[str, Table]
    left: frozenset[str]
    """The marts that have not been built since."""

    def months(self, mart: str) -> dict[int | None, Part]:
        """The files of a mart."""
        table = self.tables.get(mart)
        return {part.month: part for part in table.parts} if table else {}


def _previous(settings: Settings, audit: Audit, before: Catalogue) -> _Previous:
    if before.current is None:
        return _Previous(versions.folder(settings.data_dir), {}, frozenset())
    version = versions.version(settings.data_dir, before.current)
    written = version.manifest.created_at.replace(tzinfo=None)
    models = {row["name"] for row in audit.rows(_LEFT, written)}
    tables = version.manifest.tables
    left = frozenset(mart for mart in tables if mart.rpartition(".")[2] in models)
    return _Previous(version.path, tables, left)


def _export(
    settings: Settings, artifacts: dict[str, Any], folder: Path, previous: _Previous
) -> dict[str, Table]:
    """Write each mart that an exposure names to ``folder``; link to files that hold the same.

    Raises PublicationRefusedError when there is none, or one holds personal data.
    """
    exposed = _exposed(artifacts)
    if not exposed:
        raise PublicationRefusedError("no dbt exposure names a mart; see models/exposures.yml")
    with engine(settings).reader() as warehouse:
        _refuse_personal(artifacts, {mart: warehouse.columns(mart) for mart in exposed})
        return {mart: _export_table(warehouse, mart, folder, previous) for mart in exposed}


def _export_table(warehouse: Reader, mart: str, folder: Path, previous: _Previous) -> Table:
    known = previous.months(mart)
    if mart in previous.left:
        months = {month: part.fingerprint for month, part in known.items()}
    else:
        months = warehouse.months(mart)
    same = [part for month, part in known.items() if part.fingerprint == months.get(month)]
    with ThreadPoolExecutor() as pool:
        checked = pool.map(lambda part: _is_whole(previous.path / part.file, part), same)
        whole = {part.month for part, ok in zip(same, checked, strict=True) if ok}
    parts = []
    for month, fingerprint in sorted(months.items(), key=lambda item: item[0] or 0):
        if month in whole:
            part = known[month]
            (folder / part.file).hardlink_to(previous.path / part.file)
        else:
            part = _write(warehouse, mart, folder, month, fingerprint)
        parts.append(part)
    linked = sum(part in known.values() for part in parts)
    table = previous.tables.get(mart)
    if table is None or table.parts != parts:
        table = Table(parts=parts, columns=_columns([folder / part.file for part in parts]))
    log.info("exported", mart=mart, rows=table.rows, files=len(parts), linked=linked)
    return table


def _columns(paths: list[Path]) -> dict[str, str]:
    """The columns of Parquet files, with the types that DuckDB reads them as."""
    with duckdb.connect() as database:
        written = database.read_parquet([str(path) for path in paths])
        return dict(zip(written.columns, map(str, written.types), strict=True))


def _write(warehouse: Reader, mart: str, folder: Path, month: int | None, fingerprint: str) -> Part:
    path = folder / f"{mart}{'' if month is None else f'.{month}'}.parquet"
    warehouse.write(mart, path, month)
    files.sync(path)
    rows = parquet.read_metadata(path).num_rows
    return Part(
        file=path.name,
        month=month,
        rows=rows,
        fingerprint=fingerprint,
        **_file(path).model_dump(),
    )


def _file(path: Path) -> File:
    return File(bytes=path.stat().st_size, sha256=_sha256(path))


def _artifacts(settings: Settings, invocation_id: str) -> dict[str, Any]:
    """dbt's manifest of the build with that id."""
    path = target_path(settings) / "manifest.json"
    try:
        artifacts: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        artifacts = {"metadata": {"invocation_id": None}}
    if artifacts["metadata"]["invocation_id"] != invocation_id:
        raise PublicationRefusedError(f"{path} is not of the last build; run `dw build`")
    return artifacts


def _exposed(artifacts: dict[str, Any]) -> list[str]:
    """The marts that exposures read, by their names in the warehouse."""
    named = {node for e in artifacts["exposures"].values() for node in e["depends_on"]["nodes"]}
    nodes = [node for key, node in artifacts["nodes"].items() if key in named]
    return sorted(f"{n['schema']}.{n['alias']}" for n in nodes if n["schema"] in SCHEMAS)


def _refuse_personal(artifacts: dict[str, Any], exposed: dict[str, list[str]]) -> None:
    """Refuse columns that have the name of one that dbt marks as personal, in any model."""
    personal = {
        column["name"].lower()
        for node in [*artifacts["nodes"].values(), *artifacts["sources"].values()]
        for column in node["columns"].values()
        if column["config"]["meta"].get("pii")
    }
    found = [f"{m}.{c}" for m, columns in exposed.items() for c in columns if c.lower() in personal]
    if found:
        raise PublicationRefusedError(
            f"personal data may not be published: {', '.join(found)}; remove it from the mart"
        )


def _with_new(catalogue: Catalogue, version: int) -> Catalogue:
    """The catalogue once ``version`` is current.

    It keeps the one that was current too, however old: it may just have been opened.
    """
    left = [] if catalogue.current is None else [catalogue.current]
    newest = [*catalogue.kept, version][-KEPT:]
    return Catalogue(current=version, kept=sorted({*newest, *left}))


def _earlier(catalogue: Catalogue) -> int | None:
    """The newest version that is older than the current one."""
    now = catalogue.current or 0
    return max((number for number in catalogue.kept if number < now), default=None)


def _verify(chosen: Published) -> None:
    """Raises PublicationRefusedError when a file is not what was published."""
    tables = chosen.manifest.tables.values()
    parts = {part.file: part for table in tables for part in table.parts}
    for name, file in {**parts, **chosen.manifest.files}.items():
        if not _is_whole(chosen.path / name, file):
            path = chosen.path / name
            raise PublicationRefusedError(f"{path} is damaged; choose another version")


def _is_whole(path: Path, file: File) -> bool:
    """Whether a file of a version is what was published."""
    return path.exists() and _sha256(path) == file.sha256


def _switch(folder: Path, catalogue: Catalogue) -> None:
    """Replace the catalogue: readers see the one before or this one, nothing between."""
    files.replace(folder / versions.CATALOGUE, catalogue)


def _clean(data_dir: Path, catalogue: Catalogue) -> None:
    """Remove what the catalogue does not name."""
    folder = versions.folder(data_dir)
    kept = {versions.path_of(data_dir, version) for version in catalogue.kept}
    for path in {*folder.glob("v*"), *folder.glob(".incoming")} - kept:
        shutil.rmtree(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
