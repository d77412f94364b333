"""Before anything is built on it: is each table still what it was when it was last proved?

What a load or a build would change is looked at while nothing has. Rows of staging that are not as
they are sealed are read from the source again, all of the entity; an aggregate or a mart is made
again from the facts; a fact or a dimension is for people to look at.
"""

from collections.abc import Collection, Iterable

import structlog

from core import log as logs
from core import seals, warehouse
from core.audit import Audit, Run, cycle_id, now
from core.contents import NO_MONTH
from core.engines import engine
from core.errors import LoaderError, MismatchError
from core.settings import Settings
from core.warehouse import STAGING
from pipeline import report
from pipeline.build import make
from pipeline.reconcile import REPAIRABLE, unsealed
from published import versions
from published.versions import Mismatch, Reconciliation

log = structlog.get_logger()


def before_load(settings: Settings) -> frozenset[str]:
    """The entities whose rows in staging have changed behind our back: to be read in full.

    The caller holds the warehouse.
    """
    if settings.target == "spark":
        # What Spark lands is files that nobody changes; what it builds of them waits for a build.
        return frozenset()
    found = _unsealed(settings, seals.staging_tables())
    _remember(settings, found)
    return frozenset(m.entity.removeprefix("staging.") for m in found)


def before_build(settings: Settings) -> None:
    """Make again what an aggregate or a mart has lost; the caller holds the warehouse.

    Raises MismatchError when anything else is not as it is sealed.
    """
    found = _unsealed(settings)
    wrong = [m for m in found if not m.entity.startswith(REPAIRABLE)]
    if wrong:
        _refuse(settings, found, wrong)
    if not found:
        return
    months: dict[str, set[int]] = {}
    for mismatch in found:
        table = mismatch.entity.rpartition(".")[2]
        months.setdefault(table, set()).add(int(mismatch.month or NO_MONTH))
    log.error("made again", tables={table: sorted(all_) for table, all_ in months.items()})
    make(settings, *months, months=months)
    _remember(settings, found)


def _unsealed(settings: Settings, only: Collection[str] = ()) -> list[Mismatch]:
    audit = Audit(settings)
    try:
        with engine(settings).reader() as opened:
            sealed = seals.read(settings, audit, opened.version)
            # Within a daily run the load has just sealed staging, and nobody else can write.
            looked = only or [
                table
                for table in sealed.tables
                if not (cycle_id() and settings.target != "spark" and table.startswith("staging."))
            ]
            there = seals.look(opened, [t for t in looked if t in sealed.unbroken])
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
