"""The criteria of acceptance, each judged by what a simulation has shown."""

import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from core.settings import ROOT
from dashboards.dictionary.documents import METRICS
from pipeline.dbt import PROJECT, target_path
from published.answers.query import Data
from simulation.company import Company
from simulation.evidence import Morning, Status, ToldIncident, Verdict
from simulation.faults import Fault
from simulation.warehouse import dbt, forget_what_came_after_the_build

BUSINESS_DAYS = 10
"""How many in a row the pipeline must get by without hands."""
REFERENCES = PROJECT / "analyses" / "kpi"
OPERATIONAL = ("sla_cumprido_pct", "taxa_falha_execucao", "tempo_medio_execucao")


def judge(
    company: Company,
    days: Sequence[Morning],
    plan: Sequence[Sequence[Fault]],
    told: list[ToldIncident],
) -> list[Verdict]:
    """The verdict on each criterion, CA-01 to CA-05."""
    data = Data.current(company.home)
    return [
        _ten_days(days),
        _tests(days),
        _dashboards(company, data),
        _runbook(plan, days, told),
        _documented(data),
    ]


def operational_kpis(company: Company) -> dict[str, Decimal | None]:
    """The operational KPIs as readers have them, over all days."""
    return dict(Data.current(company.home).total(OPERATIONAL))


def _verdict(
    criterion: str, asks: str, wrong: Sequence[str], evidence: str, tested: int
) -> Verdict:
    """The verdict on a criterion that ``tested`` things were judged by."""
    status = Status.NO_GO if wrong else Status.GO if tested else Status.NOT_TESTED
    return Verdict(
        criterion=criterion, asks=asks, status=status, evidence="; ".join(wrong) or evidence
    )


def _ten_days(days: Sequence[Morning]) -> Verdict:
    business = sum(day.is_business_day for day in days)
    tries = sum(len(day.attempts) for day in days)
    verdict = _verdict(
        "CA-01",
        f"{BUSINESS_DAYS} business days in a row with no manual step",
        [f"{day.date:%d/%m/%Y} was not right in time" for day in days if not day.succeeded],
        f"{business} business days in a row, published by 8:00, reconciled and smoked; {tries} runs"
        f" for {len(days)} days, the others ended by faults",
        len(days),
    )
    if verdict.status is Status.GO and business < BUSINESS_DAYS:
        return verdict.model_copy(update={"status": Status.TOO_SHORT})
    return verdict


def _tests(days: Sequence[Morning]) -> Verdict:
    wrong = [
        f"{day.passed} of {day.tests} on {day.date:%d/%m/%Y}"
        for day in days
        if not day.tests or day.passed < day.tests
    ]
    total = sum(day.tests for day in days)
    asks, evidence = "100 % of quality tests pass", f"{total} of {total} passed"
    return _verdict("CA-02", asks, wrong, evidence, total)


def _dashboards(company: Company, data: Data) -> Verdict:
    """The dashboards' data layer answers each KPI as its reference query on the facts does."""
    dbt(company.settings, "compile", "--select", "path:analyses/kpi")
    compiled = target_path(company.settings) / "compiled/dw_ecommerce/analyses/kpi"
    wrong, kpis = [], sorted(path.stem for path in REFERENCES.glob("*.sql"))
    with TemporaryDirectory() as folder:
        copy = Path(folder) / company.settings.warehouse.name
        shutil.copyfile(company.settings.warehouse, copy)
        with duckdb.connect(str(copy)) as warehouse:
            forget_what_came_after_the_build(warehouse)
            for kpi in kpis:
                rows = warehouse.sql((compiled / f"{kpi}.sql").read_text(encoding="utf-8"))
                (values,) = rows.fetchall()
                expected = dict(zip(rows.columns, values, strict=True))
                found = data.total(rows.columns)
                if found != expected:
                    wrong.append(f"{kpi}: {found} where the reference is {expected}")
    return _verdict(
        "CA-03",
        "dashboards published and equal to the reference SQL",
        wrong,
        f"v{data.version.version} answers {len(kpis)} KPIs as their queries on the facts do",
        len(kpis),
    )


def _runbook(
    plan: Sequence[Sequence[Fault]], days: Sequence[Morning], told: Sequence[ToldIncident]
) -> Verdict:
    """Each fault ended its run as the runbook says, its incident was told once, and is over."""
    wrong = []
    heard = sum(day.told for day in days)
    if heard != len(told):
        wrong.append(f"{heard} incidents were told where there were {len(told)}")
    for day, faults in zip(days, plan, strict=True):
        codes = {attempt.fault: attempt.exit_code for attempt in day.attempts}
        for fault in faults:
            where = f"{fault.name} on {day.date:%d/%m/%Y}"
            if fault.ends_runs and codes.get(fault.name) != fault.code:
                wrong.append(f"{where}: exit code {codes.get(fault.name)}, not {fault.code}")
            that_day = [i for i in told if i.rule == fault.rule and i.fired_at.date() == day.date]
            if fault.rule and not that_day:
                wrong.append(f"{where}: no alert {fault.rule}")
            wrong += [f"{where}: {i.rule} of {i.job} lasts" for i in that_day if not i.resolved_at]
    faults_met = sum(map(len, plan))
    return _verdict(
        "CA-04",
        "the runbook is exercised by a simulated failure and recovery",
        wrong,
        f"{faults_met} faults: each ended its run as the runbook says, and was over by the"
        f" scheduler's next try or the day after; {heard} incidents were told, each once",
        faults_met,
    )


def _documented(data: Data) -> Verdict:
    page = METRICS.read_text(encoding="utf-8")
    missing = [
        name
        for name, metric in data.semantic.metrics.items()
        if not metric.description or f'<a id="{name}"></a>' not in page
    ]
    return _verdict(
        "CA-05",
        "every metric documented",
        [f"{name} is not in {METRICS.relative_to(ROOT)}" for name in missing],
        f"{len(data.semantic.metrics)} metrics in {METRICS.relative_to(ROOT)}",
        len(data.semantic.metrics),
    )
