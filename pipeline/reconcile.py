"""Reconciliation: source = staging = marts + explained exclusions, or nothing is published.

The load compares source and staging in its own snapshot (``audit.control_total``); dbt compares
staging and marts (``audit.reconciliation``). Here both are read, judged, and told to people.
"""

from decimal import Decimal
from pathlib import Path

import structlog

from core import files, warehouse
from core import log as logs
from core.audit import Audit, Run
from core.errors import LoaderError, MismatchError
from core.lock import exclusive
from core.settings import Settings
from core.warehouse import STAGING
from pipeline.build import last_build, make
from published import versions
from published.versions import Mismatch, Reconciliation

REPORT = "CRITICAL_MISMATCHES.md"

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

_MEASURES = (
    "linhas",
    "soma_chaves",
    "quantidade",
    "valor_bruto",
    "valor_descontos",
    "valor_liquido",
    "valor_custo",
)

# For people to run; nothing here runs them.
_LOOK_AT_SOURCE = (
    "select * from audit.control_total where entity = '{entity}' and month = '{month}'"
)
_LOOK_AT_MARTS = (
    "select * from audit.reconciliation where entidade = '{entity}' and mes = {month}"
    " order by parcela"
)

log = structlog.get_logger()


def reconcile(settings: Settings) -> Reconciliation:
    """Judge the newest load and build; write the verdict, and the report when something differs.

    Raises MismatchError when something differs, LoaderError when the newest load is not built.
    """
    run = Run(command="reconcile", source=settings.source, target=settings.target)
    logs.start(settings.data_dir / "logs", run.run_id)
    with exclusive(settings):
        audit = Audit(settings)
        with audit.record(run):
            run.load_id = warehouse.newest_load(warehouse.pipeline(settings, STAGING))
            build = last_build(audit)
            if build is not None and build.status != "success":
                # The tests that failed may have kept it from being made.
                make(settings, "totais_staging", "reconciliation")
            mismatches = _source_to_staging(audit) + _staging_to_marts(audit)
            verdict = Reconciliation(
                ok=not mismatches,
                load_id=run.load_id or "",
                invocation_id=(build and build.invocation_id) or "",
                mismatches=mismatches,
            )
            files.replace(settings.data_dir / versions.VERDICT, verdict)
            _report(settings.data_dir / REPORT, verdict)
            if mismatches:
                raise MismatchError(
                    f"{len(mismatches)} differences between source, staging and marts; nothing"
                    f" is published until they are explained: see {settings.data_dir / REPORT}"
                )
            if build is None or build.load_id != run.load_id:
                raise LoaderError("the newest load is not built; run `dw build`")
    return verdict


def _source_to_staging(audit: Audit) -> list[Mismatch]:
    if not audit.has("control_total"):
        raise LoaderError("the source has not been counted yet; run `dw load`")
    return [
        Mismatch(
            step="source → staging",
            entity=str(row["entity"]),
            month=str(row["month"]),
            measure=str(row["measure"]),
            expected=Decimal(row["expected"] or 0),
            found=Decimal(row["found"] or 0),
            query=_LOOK_AT_SOURCE.format(**row),
        )
        for row in audit.rows(f"{_SOURCE} order by 1, 2, 3")
    ]


def _staging_to_marts(audit: Audit) -> list[Mismatch]:
    if not audit.is_built("reconciliation"):
        return []
    # In Python: a handful of rows per entity and month, and one statement for every engine.
    portions: dict[tuple[str, int], list[dict[str, object]]] = {}
    columns = ", ".join(("entidade", "mes", "parcela", *_MEASURES))
    for row in audit.rows(f"select {columns} from audit.reconciliation order by 1, 2, 3"):  # noqa: S608
        portions.setdefault((str(row["entidade"]), int(row["mes"])), []).append(row)
    return [
        Mismatch(
            step="staging → marts",
            entity=entity,
            month=str(month),
            measure=measure,
            expected=expected,
            found=found,
            query=_LOOK_AT_MARTS.format(entity=entity, month=month),
        )
        for (entity, month), rows in portions.items()
        for measure in _MEASURES
        if (expected := _sum(rows, measure, staging=True))
        != (found := _sum(rows, measure, staging=False))
    ]


def _sum(rows: list[dict[str, object]], measure: str, *, staging: bool) -> Decimal:
    """What staging holds, or what the mart and the explained exclusions hold together."""
    values = (row[measure] for row in rows if (row["parcela"] == "staging") == staging)
    return sum((Decimal(str(value)) for value in values), Decimal(0))


def _report(path: Path, verdict: Reconciliation) -> None:
    """Write what differs, where, by how much, and how to look at it; no report when nothing."""
    if verdict.ok:
        path.unlink(missing_ok=True)
        return
    lines = [
        "# Critical mismatches",
        "",
        f"Load {verdict.load_id}, build {verdict.invocation_id}. Nothing has been published since:"
        " readers keep the last good version.",
        "",
        "| step | entity | month | measure | expected | found | difference |",
        "|---|---|---|---|---:|---:|---:|",
        *(
            f"| {m.step} | {m.entity} | {m.month or '-'} | {m.measure} | {m.expected} | {m.found}"
            f" | {m.found - m.expected} |"
            for m in verdict.mismatches
        ),
        "",
        "To look at each:",
        "",
        *(f"    {query};" for query in dict.fromkeys(m.query for m in verdict.mismatches)),
        "",
        "Remedy: `dw load --full` compares every row with the source and lands what differs; then"
        " `dw build` and `dw reconcile`. If it stays, the source changes behind its own back or a"
        " model has a fault: open an issue with this file.",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    log.error("mismatch", differences=len(verdict.mismatches), report=str(path))
