"""Reconciliation: source = staging = facts = aggregates = marts = files, or nothing is published.

The load compares source and staging in its own snapshot (``audit.control_total``). From there on
what is in the tables now is read, whole: hashed and added up month by month (:mod:`core.seals`),
compared with what it comes from (:mod:`pipeline.chain`), and told to people. An aggregate or a mart
that differs is made again from the facts, once.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import structlog

from core import log as logs
from core import seals, warehouse
from core.audit import Audit, Run, cycle_id
from core.clock import now
from core.contents import NO_MONTH, Contents, differences
from core.engines import engine
from core.engines.base import NotBuiltError, Reader
from core.errors import LoaderError, MismatchError
from core.lock import hold_warehouse
from core.seals import Seals
from core.settings import Settings
from core.warehouse import STAGING
from pipeline import chain, files_of, report
from pipeline.build import WHOLE_EVERY, LastBuild, last_build, make
from pipeline.chain import Chain, Model
from pipeline.dbt import target_path
from published import versions
from published.versions import LeftOut, Mismatch, Proof, Reconciliation

# What a build makes anew from what is right.
REPAIRABLE = ("agg.", "mart.", "audit.totais_staging", "audit.reconciliation", "audit.quarentena")
_AUDITED = ("audit.totais_staging", "audit.reconciliation", "audit.quarentena")
_SEALED = "sealed → now"

# What differed when its month was last compared.
_SOURCE = """
select t.entity, t.month, t.measure, t.source_value as expected, t.staging_value as found
from audit.control_total as t
inner join audit.etl_run as r on t.run_id = r.run_id
where
    coalesce(t.source_value, 0) <> coalesce(t.staging_value, 0)
    and not exists (
        select 1
        from audit.control_total as later inner join audit.etl_run as s on later.run_id = s.run_id
        where
            later.entity = t.entity
            and s.started_at > r.started_at
            and coalesce(later.since, '') <= t.month
    )
"""
_ADDED_UP = """
select max(r.started_at) as at, max(t.since) as since
from audit.control_total as t
inner join audit.etl_run as r on t.run_id = r.run_id
where r.started_at = (
    select max(s.started_at)
    from audit.control_total as u inner join audit.etl_run as s on u.run_id = s.run_id
)
"""
_LEFT_OUT = """
select entidade, motivo, sum(linhas) as linhas, sum(valor_liquido) as valor
from audit.totais_staging
where motivo is not null
group by entidade, motivo
order by entidade, motivo
"""
_ACCOUNTS = """
select
    mes,
    sum(case when parcela = 'staging' then linhas else 0 end),
    sum(case when parcela = 'staging' then 0 else linhas end),
    sum(case when parcela = 'staging' then valor_liquido else 0 end),
    sum(case when parcela = 'staging' then 0 else valor_liquido end)
from audit.reconciliation
where entidade = '{entity}'
group by mes
"""

# For people to run; nothing here runs them.
_LOOK_AT_SEAL = "select * from audit.seal where table_name = '{table}' and month = {month}"
_LOOK_AT_ACCOUNT = (
    "select * from audit.reconciliation where entidade = '{entity}' and mes = {month}"
    " order by parcela"
)
_LOOK_AT_SOURCE = (
    "select * from audit.control_total where entity = '{entity}' and month = '{month}'"
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Judged:
    """A verdict, and what the tables held when it was reached."""

    verdict: Reconciliation
    contents: Mapping[str, Contents] = field(default_factory=dict)
    engine: str = ""


@dataclass(frozen=True)
class _Look:
    """What is in the tables, and what is wrong with it."""

    engine: str
    seals: Seals
    there: dict[str, Contents]
    changed: dict[str, set[int]]
    mismatches: list[Mismatch]


def reconcile(settings: Settings, *, full: bool = False, publishing: bool = False) -> Judged:
    """Judge what is there now; write the verdict, and the report when something differs.

    With ``full``, each month is compared as closely as can be, whatever its seal says; so it is
    once a week. ``publishing`` says that a new version follows, in the place of damaged files.

    Raises MismatchError when something differs, LoaderError when the newest load is not built.
    """
    run = Run(command="reconcile", source=settings.source, target=settings.target)
    logs.start(settings.data_dir / "logs", run.run_id)
    with hold_warehouse(settings):
        audit = Audit(settings)
        with audit.record(run):
            run.load_id = warehouse.newest_load(warehouse.pipeline(settings, STAGING))
            build = last_build(audit)
            judged, look = _judged(settings, audit, run, build, full, publishing)
            report.tell(settings, judged.verdict)
            if wrong := judged.verdict.mismatches:
                raise MismatchError(
                    f"{len(wrong)} differences, in {report.tables(wrong)}; nothing is published"
                    f" until they are explained: see {settings.data_dir / report.REPORT}"
                )
            if build is None or build.load_id != run.load_id:
                raise LoaderError("the newest load is not built; run `dw build`")
            seals.keep(audit, run.run_id, look.engine, look.seals, look.there)
    return judged


def _judged(
    settings: Settings,
    audit: Audit,
    run: Run,
    build: LastBuild | None,
    full: bool,
    publishing: bool,
) -> tuple[Judged, _Look]:
    before = versions.read(settings.data_dir / versions.VERDICT, Reconciliation)
    whole_at = before.whole_at if before else None
    whole = full or whole_at is None or now() - whole_at >= WHOLE_EVERY
    if build is not None and (full or not _is_built(build)):
        # The tests that failed may have kept it from being made.
        make(settings, "totais_staging", "reconciliation")
    models = _models(settings)
    judge = _Judge(settings, audit, models, whole, run.run_id, _is_built(build))
    look = judge.look()
    repaired = list(before.repaired) if before and _is_of_this_run(before) else []
    # What is not as it was sealed is the culprit: what disagrees with it may be right.
    wrong = [m for m in look.mismatches if m.step == _SEALED] or look.mismatches
    if wrong and all(m.entity.startswith(REPAIRABLE) for m in wrong):
        repaired += wrong
        look = judge.look_again(wrong)
    damaged = files_of.damaged(settings, look.there, look.engine)
    mismatches = look.mismatches
    if publishing or cycle_id():
        repaired += damaged
    else:
        mismatches = [*mismatches, *damaged]
    verdict = Reconciliation(
        ok=not mismatches,
        load_id=run.load_id or "",
        invocation_id=(build and build.invocation_id) or "",
        cycle_id=run.cycle_id,
        judged_at=run.started_at,
        whole_at=run.started_at if whole and not mismatches else whole_at,
        mismatches=mismatches,
        repaired=repaired,
        proof=_proof(settings, audit, look, whole),
    )
    return Judged(verdict, look.there, look.engine), look


def _is_of_this_run(before: Reconciliation) -> bool:
    """Whether a verdict is of a gate before this reconciliation, and nobody has been told."""
    return before.proof is None and (before.cycle_id is None or before.cycle_id == cycle_id())


def _models(settings: Settings) -> dict[str, Model]:
    path = target_path(settings) / "manifest.json"
    if not path.is_file():
        return {}
    artifacts: dict[str, Any] = json.loads(path.read_bytes())
    return chain.models(artifacts)


def sealed_tables(settings: Settings, models: Mapping[str, Model]) -> list[str]:
    """The tables that a reconciliation looks at and seals."""
    made = [
        model.table
        for model in models.values()
        if model.table in _AUDITED or model.table.startswith(("dim.", "fact.", "agg.", "mart."))
    ]
    # Within a daily run the load has just sealed them, and nobody else can write.
    staging = [] if cycle_id() and not engine(settings).lands_files else seals.staging_tables()
    return [*staging, *made, "audit.control_total"]


def _is_built(build: LastBuild | None) -> bool:
    return build is not None and build.status == "success"


@dataclass(frozen=True)
class _Judge:
    """Who looks, at what, and how closely."""

    settings: Settings
    audit: Audit
    models: Mapping[str, Model]
    whole: bool
    run_id: str
    built: bool
    """Whether the newest build succeeded: then every table is there."""

    def look(self) -> _Look:
        """What is there now, and what is wrong with it."""
        mismatches = _source_to_staging(self.audit)
        with engine(self.settings).reader() as opened:
            sealed = seals.read(self.settings, self.audit, opened.version, self.run_id)
            there = seals.look(opened, sealed_tables(self.settings, self.models))
            changed = seals.changed(sealed, there)
            if self.whole:
                changed = {table: {*months, *changed[table]} for table, months in there.items()}
            mismatches += unsealed(sealed, there)
            try:
                mismatches += Chain(opened, self.models, there, changed).mismatches()
                mismatches += _accounts(opened, self.models)
            except NotBuiltError:
                # A build that failed may not have come as far; nothing of it is published.
                if self.built:
                    raise
            return _Look(opened.version, sealed, there, changed, mismatches)

    def look_again(self, wrong: list[Mismatch]) -> _Look:
        """Make again the months of aggregates and marts that differ; look again."""
        remake(self.settings, wrong)
        again = self.look()
        # They are not as they were sealed, now with reason.
        made = {mismatch.entity for mismatch in wrong}
        left = [m for m in again.mismatches if m.step != _SEALED or m.entity not in made]
        return _Look(again.engine, again.seals, again.there, again.changed, left)


def unsealed(sealed: Seals, there: Mapping[str, Contents]) -> Iterator[Mismatch]:
    """What is not as it is sealed, though no command has written to it."""
    for table, months in seals.broken(sealed, dict(there)).items():
        one, other = (
            {month: content for month, content in found.items() if month in months}
            for found in (sealed.tables[table], there[table])
        )
        for difference in differences(one, other):
            yield chain.mismatch(
                _SEALED,
                table,
                difference,
                _LOOK_AT_SEAL.format(table=table, month=difference.month),
            )


def remake(settings: Settings, mismatches: list[Mismatch]) -> None:
    """Make again the months of aggregates and marts that differ, from the facts."""
    months: dict[str, set[int]] = {}
    for mismatch in mismatches:
        table = mismatch.entity.rpartition(".")[2]
        months.setdefault(table, set()).add(int(mismatch.month or NO_MONTH))
    log.error("made again", tables={table: sorted(found) for table, found in months.items()})
    make(settings, *months, months=months)


def _source_to_staging(audit: Audit) -> list[Mismatch]:
    if not audit.has("control_total"):
        raise LoaderError("the source has not been counted yet; run `dw load`")
    return [
        Mismatch(
            step="source → staging",
            entity=f"staging.{row['entity']}",
            month=str(row["month"]),
            measure=str(row["measure"]),
            expected=Decimal(row["expected"] or 0),
            found=Decimal(row["found"] or 0),
            query=_LOOK_AT_SOURCE.format(**row),
        )
        for row in audit.rows(f"{_SOURCE} order by 1, 2, 3")
    ]


def _accounts(opened: Reader, models: Mapping[str, Model]) -> Iterator[Mismatch]:
    """What landed is what is in the facts and what is explained, in ``audit.reconciliation``."""
    checks = [check for model in models.values() for check in model.checks]
    for check in checks:
        if "entidade" not in check or "com_motivos" in check:
            continue
        entity = check["entidade"]
        for month, landed, explained, amount, told in opened.rows(_ACCOUNTS.format(entity=entity)):
            compared = (("linhas", landed, explained), ("valor_liquido", amount, told))
            for measure, one, other in compared:
                if one != other:
                    yield Mismatch(
                        step="staging → facts",
                        entity="audit.reconciliation",
                        month=str(month or ""),
                        measure=measure,
                        expected=Decimal(one),
                        found=Decimal(other),
                        query=_LOOK_AT_ACCOUNT.format(entity=entity, month=month),
                    )


def _proof(settings: Settings, audit: Audit, look: _Look, whole: bool) -> Proof:
    months = sorted(
        {month for table in look.there if table.startswith("fact.") for month in look.there[table]}
        - {NO_MONTH}
    )
    (added_up,) = audit.rows(_ADDED_UP)
    left_out = audit.rows(_LEFT_OUT) if look.there.get("audit.totais_staging") else []
    return Proof(
        tables=len(look.there),
        first_month=months[0] if months else None,
        last_month=months[-1] if months else None,
        months=sum(len(found) for found in look.there.values()),
        compared=sum(len(found) for found in look.changed.values()),
        sealed_at=look.seals.oldest(),
        source_at=added_up["at"],
        source_since=added_up["since"] or "",
        whole=whole,
        left_out=[
            LeftOut(
                entity=row["entidade"],
                reason=row["motivo"],
                rows=int(row["linhas"]),
                amount=Decimal(row["valor"] or 0),
            )
            for row in left_out
        ],
    )
