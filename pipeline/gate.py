"""Before anything is built on it: is each table still what it was when it was last proved?

What a load and a build would change is looked at while nothing has. Rows of staging that are not as
they are sealed are read from the source again, all of the entity; an aggregate or a mart is made
again from the facts; a fact or a dimension is for people to look at.
"""

from collections.abc import Iterable

import structlog

from core import log as logs
from core import seals, warehouse
from core.audit import Audit, Run, cycle_id
from core.clock import now
from core.engines import engine
from core.errors import LoaderError, MismatchError
from core.settings import Settings
from core.warehouse import STAGING
from pipeline import report
from pipeline.reconcile import REPAIRABLE, remake, unsealed
from published import versions
from published.versions import Mismatch, Reconciliation

log = structlog.get_logger()


def before_load(settings: Settings, *, full: bool = False) -> frozenset[str]:
    """The entities whose rows in staging have changed behind our back: to be read in full.

    With ``full`` all are, and what is built of them is not looked at. The caller holds the
    warehouse. Raises MismatchError as :func:`before_build` does.
    """
    found = _unsealed(settings)
    landed = [m for m in found if _is_landed(settings, m.entity)]
    if not full:
        _mended(settings, [m for m in found if m not in landed])
    _remember(settings, landed)
    return frozenset(m.entity.removeprefix("staging.") for m in landed)


def before_build(settings: Settings) -> None:
    """Make again what an aggregate or a mart has lost; the caller holds the warehouse.

    Raises MismatchError when anything else is not as it is sealed.
    """
    # Within a daily run all was looked at before the load, and nobody else can write.
    if not cycle_id():
        _mended(settings, _unsealed(settings))


def _is_landed(settings: Settings, table: str) -> bool:
    """Whether a load can put right what a table holds: a build does, of what Spark lands."""
    return table.startswith("staging.") and not engine(settings).lands_files


def _mended(settings: Settings, found: list[Mismatch]) -> None:
    wrong = [m for m in found if not m.entity.startswith(REPAIRABLE)]
    if wrong:
        _refuse(settings, found, wrong)
    if found:
        remake(settings, found)
        _remember(settings, found)


def _unsealed(settings: Settings) -> list[Mismatch]:
    try:
        with engine(settings).reader() as opened:
            sealed = seals.read(settings, Audit(settings), opened.version)
            there = seals.look(opened, sorted(sealed.unbroken))
    except LoaderError:
        # There is no warehouse yet.
        return []
    return list(unsealed(sealed, there))


def _remember(settings: Settings, found: Iterable[Mismatch]) -> None:
    """Leave what was made again for the reconciliation to tell."""
    found = list(found)
    path = settings.data_dir / versions.VERDICT
    before = versions.read(path, Reconciliation)
    if not found or before is None:
        return
    # One that nobody has told of yet: it has no proof.
    told = before.repaired if before.proof is None and before.cycle_id == cycle_id() else []
    verdict = before.model_copy(
        update={"proof": None, "cycle_id": cycle_id(), "repaired": [*told, *found]}
    )
    report.tell(settings, verdict)


def _refuse(settings: Settings, found: list[Mismatch], wrong: list[Mismatch]) -> None:
    """Record that nothing may be built on this. Raises MismatchError."""
    run = Run(command="reconcile", source=settings.source, target=settings.target)
    logs.start(settings.data_dir / "logs", run.run_id)
    with Audit(settings).record(run):
        load_id = warehouse.newest_load(warehouse.pipeline(settings, STAGING))
        before = versions.read(settings.data_dir / versions.VERDICT, Reconciliation)
        verdict = Reconciliation(
            ok=False,
            load_id=load_id or "",
            invocation_id=before.invocation_id if before else "",
            cycle_id=run.cycle_id,
            judged_at=now(),
            whole_at=before.whole_at if before else None,
            mismatches=found,
        )
        report.tell(settings, verdict)
        raise MismatchError(
            f"{len(wrong)} differences, in {report.tables(wrong)}: something has changed them since"
            " they were proved; nothing is built on them nor published: see"
            f" {settings.data_dir / report.REPORT}"
        )
