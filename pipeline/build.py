"""The build: dbt in this process, every node's outcome in ``audit.dbt_run_node``."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from pydantic import BaseModel

from core import files, warehouse
from core import log as logs
from core.audit import NODE, NODES, Audit, Run
from core.checkpoints import checkpoint
from core.clock import now
from core.errors import LoaderError
from core.lock import hold_warehouse
from core.refusals import told
from core.settings import Settings
from core.warehouse import STAGING
from loader.erasing.apply import UNBUILT
from pipeline import lineage
from pipeline.dbt import PROJECT, invoke, target_path
from published import versions

if TYPE_CHECKING:
    from dbt.artifacts.schemas.results import NodeResult
    from dbt.cli.main import dbtRunnerResult
    from dbt_common.events.base_types import EventMsg

# What dbt builds from, in its project.
_PARTS = ("dbt_project.yml", "macros/**/*.*", "models/**/*.*", "seeds/**/*.*", "tests/**/*.*")
# When nothing has landed: what tells of the runs, and the proof that nobody has touched a fact.
_RECORDS = ("--select", "source:audit+", "reconciliation")

# How long a daily run may test no rows but new ones.
WHOLE_EVERY = timedelta(days=7)

_BAD = {"error", "fail", "runtime error", "partial success"}
_KIND = re.compile(r"^\s*([A-Z][A-Za-z ]* Error)\b", re.MULTILINE)
# SQL Server's own number of an error, by which its manual explains it.
_NUMBER = re.compile(r"\[SQL Server\].*?\((\d+)\)", re.DOTALL)
# Errors that quote code, never the value of a row.
_ABOUT_CODE = {"Binder Error", "Catalog Error", "Compilation Error", "Parser Error"}

log = structlog.get_logger()


class BuildFailedError(LoaderError):
    """dbt could not start, or nodes of the build failed."""


@dataclass(frozen=True)
class Node:
    """What became of one model, seed or test; ``status`` is dbt's own word."""

    unique_id: str
    resource_type: str
    name: str
    status: str
    started_at: datetime | None
    """UTC; none when it was skipped."""
    finished_at: datetime | None
    seconds: Decimal
    rows_affected: int | None
    message: str | None
    """What dbt said, without values of rows."""
    failures: int | None
    """Rows that a test found wrong."""

    @property
    def failed(self) -> bool:
        """Whether it ran and did not succeed."""
        return self.status in _BAD

    @property
    def skipped(self) -> bool:
        """Whether a failure before it kept it from running."""
        return self.status == "skipped"


@dataclass(frozen=True)
class Build:
    """A finished build; times and outcome are in its run."""

    run: Run
    invocation_id: str
    nodes: list[Node]


@dataclass(frozen=True)
class LastBuild:
    """What the audit knows about the newest build."""

    run_id: str
    status: str
    error: str | None
    load_id: str | None
    """The newest load that it could see."""
    invocation_id: str | None
    """dbt's; none when dbt did not start or was killed."""
    tests_passed: int


class Tested(BaseModel):
    """What a build that succeeded made and tested."""

    invocation_id: str
    load_id: str
    project: str
    """Checksum of dbt's project."""
    whole_at: datetime
    """When every row was tested last (UTC), not only those of new loads."""


def build(settings: Settings, *, full_refresh: bool = False, only_new: bool = False) -> Build:
    """Build and test the warehouse from what has landed; with ``full_refresh``, from nothing.

    With ``only_new``, what the last build has made and tested by the same models is not tested
    again, nor made again from the same load; every row is tested once a week.

    Raises BuildFailedError, naming every node that failed. The run is recorded all the same.
    """
    run = Run(command="build", source=settings.source, target=settings.target)
    logs.start(settings.data_dir / "logs", run.run_id)
    with hold_warehouse(settings):
        audit = Audit(settings)
        project = _project()
        before = _before(settings, last_build(audit), project) if only_new else None
        with audit.record(run):
            run.load_id = warehouse.newest_load(warehouse.pipeline(settings, STAGING))
            if run.load_id is None:
                raise BuildFailedError("nothing has been loaded yet; run `dw load`")
            tested = before.load_id if before else ""
            refresh = ["--full-refresh"] if full_refresh else []
            records = _RECORDS if tested == run.load_id else []
            # Unit tests are about the code, which has not changed since its own tests.
            data_only = ["--exclude-resource-type", "unit_test"]
            options = [*data_only, *refresh, *records]
            checkpoint("building")
            built = Build(run, *_dbt(settings, "build", *options, DW_TESTED_LOAD=tested))
            checkpoint("built")
            rows = [
                {**asdict(node), "invocation_id": built.invocation_id, "run_id": run.run_id}
                for node in built.nodes
            ]
            audit.add(NODES, ["invocation_id", "unique_id"], rows, NODE)
            lineage.tell(settings, run.run_id)
            _raise_failures(built.nodes)
    if (settings.data_dir / UNBUILT).exists():
        _forget(settings)
    checkpoint("build-recorded")
    whole_at = before.whole_at if before else run.started_at
    done = Tested(
        invocation_id=built.invocation_id,
        load_id=run.load_id,
        project=project,
        whole_at=whole_at,
    )
    files.replace(_tested_path(settings), done)
    return built


def _forget(settings: Settings) -> None:
    """Have a lake forget what it held of people who are erased. Raises BuildFailedError."""
    answer = invoke(settings, "run-operation", "esquecer", "--no-write-json")
    if not answer.success:
        raise BuildFailedError(
            "what people were erased from is not gone from the lake's older snapshots"
            f" ({told(answer.exception or BuildFailedError())}); run `dw build` again"
        )
    (settings.data_dir / UNBUILT).unlink()


def _before(settings: Settings, last: LastBuild | None, project: str) -> Tested | None:
    """What the last build made and tested, if nothing of it has to be tested again."""
    built = versions.read(_tested_path(settings), Tested)
    if last is None or last.status != "success" or built is None:
        return None
    same = (built.invocation_id, built.load_id, built.project)
    if same != (last.invocation_id, last.load_id, project):
        return None
    return built if now() - built.whole_at < WHOLE_EVERY else None


def _tested_path(settings: Settings) -> Path:
    return target_path(settings) / "tested.json"


def _project() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for part in _PARTS for path in PROJECT.glob(part)):
        digest.update(str(path.relative_to(PROJECT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def last_build(audit: Audit) -> LastBuild | None:
    """The newest build, or none when there never was one; the caller holds the warehouse."""
    if not audit.has(NODES):
        return None
    newest = audit.rows(
        """
        select
            run.run_id, run.status, run.error, run.load_id,
            max(case when node.run_id = run.run_id then node.invocation_id end) as invocation_id,
            count(
                distinct
                case
                    when node.resource_type = 'test' and node.status = 'pass' then node.unique_id
                end
            ) as tests_passed
        from audit.etl_run as run
        left join audit.etl_run as also
            on
                also.run_id = run.run_id
                or (
                    also.command = 'build'
                    and also.load_id = run.load_id
                    and also.status = 'success'
                    and run.status = 'success'
                )
        left join audit.dbt_run_node as node on also.run_id = node.run_id
        where
            run.command = 'build'
            and run.started_at = (select max(started_at) from audit.etl_run where command = 'build')
        group by run.run_id, run.status, run.error, run.load_id
        """
    )
    return LastBuild(**newest[0]) if newest else None


def make(
    settings: Settings, *models: str, months: Mapping[str, Collection[int]] | None = None
) -> None:
    """Make models anew from what is there, without tests; the caller holds the warehouse.

    Of an incremental one what is missing, and ``months`` of it (as 202512) as if they were.
    Raises BuildFailedError.
    """
    rebuild = json.dumps({model: sorted(found) for model, found in (months or {}).items()})
    # The manifest stays that of the build, from which publication reads.
    keys = (f"1+{model},path:models/intermediate" for model in models)
    command = ["run", "--no-write-json", "--select", *models, *keys]
    _raise_failures(_dbt(settings, *command, DW_REBUILD=rebuild)[1])


def _dbt(settings: Settings, *command: str, **variables: str) -> tuple[str, list[Node]]:
    """Run dbt; its invocation id and the outcome of every node."""
    from dbt_common.invocation import get_invocation_id

    answer = invoke(settings, *command, callbacks=[_report], **variables)
    return get_invocation_id(), _nodes(answer)


def _report(event: "EventMsg") -> None:
    """Log each table that is made, and whatever fails, as it ends."""
    if event.info.name != "NodeFinished":
        return
    node, result = event.data.node_info, event.data.run_result
    checkpoint("node-built", node.node_name)
    if result.status in _BAD:
        log.error("failed", node=node.node_name, status=result.status)
    elif result.status == "success":
        log.info("built", node=node.node_name, seconds=round(result.execution_time, 2))


def _nodes(answer: "dbtRunnerResult") -> list[Node]:
    results = getattr(answer.result, "results", None)
    if results is None:
        reason = " ".join(str(answer.exception or "no reason given").split())
        raise BuildFailedError(f"dbt could not start the build: {reason}")
    return [_node(result) for result in results]


def _node(result: "NodeResult") -> Node:
    moments = [step for step in result.timing if step.name == "execute"]
    return Node(
        unique_id=result.node.unique_id,
        resource_type=str(result.node.resource_type),
        name=result.node.name,
        status=str(result.status),
        started_at=moments[0].started_at if moments else None,
        finished_at=moments[0].completed_at if moments else None,
        seconds=Decimal(round(result.execution_time * 1000)) / 1000,
        rows_affected=result.adapter_response.get("rows_affected"),
        message=_message(result),
        failures=result.failures,
    )


def _message(result: "NodeResult") -> str | None:
    """What dbt says; of an error that may quote the value of a row, a personal one, its kind."""
    text = result.message or ""
    kinds = _KIND.findall(text) if result.status == "error" else []
    if kinds and kinds[-1] not in _ABOUT_CODE:
        number = "".join(f" {n}" for n in _NUMBER.findall(text)[:1])
        return f"{kinds[-1]}{number}; for the values, run `dbt build --select {result.node.name}`"
    return " ".join(text.split()) or None


def _raise_failures(nodes: list[Node]) -> None:
    failed = [node for node in nodes if node.failed]
    skipped = [node for node in nodes if node.skipped]
    if failed or skipped:
        raise BuildFailedError(
            "\n".join(
                [
                    f"the build failed: {len(failed)} of {len(nodes)} nodes,"
                    f" {len(skipped)} skipped because of them; the marts keep their last good rows",
                    *(f"{n.resource_type} {n.name}: {n.message or n.status}" for n in failed),
                ]
            )
        )
