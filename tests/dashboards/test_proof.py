"""Each KPI three ways, to the last decimal: hand-written SQL on the facts of the warehouse, dbt's
semantic layer on its marts (MetricFlow), and the data layer on what is published."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

import duckdb
import pytest

from published.answers import memory
from published.answers.query import Data
from published.answers.semantic import NotSupportedByDataError
from simulation.warehouse import forget_what_came_after_the_build
from tests.conftest import ROOT, Pipeline
from tests.dashboards.metricflow import MetricFlow
from tests.sources.foreign import DATA

pytestmark = pytest.mark.slow

KPIS = sorted(path.stem for path in (ROOT / "dbt_project/analyses/kpi").glob("*.sql"))
# What a reference query calls a slice, and the dimension of the semantic layer that it is.
DIMENSIONS = {
    "total": "total",
    "mes": "mes",
    "regiao": "regiao_pais",
    "categoria": "categoria",
    "equipe": "nome_equipe",
    "vendedor": "nome_vendedor",
    "canal": "canal_venda",
    "campanha": "nome_campanha",
    "comando": "comando",
}
SIX = Decimal("0.000001")

Answer = dict[str | None, dict[str, Decimal | int | None]]
"""Metrics by the value of a slice."""


@dataclass(frozen=True)
class PublishedCompany:
    """A published company, and its warehouse as it was when its marts were built."""

    name: str
    data: Data
    warehouse: duckdb.DuckDBPyConnection
    metricflow: MetricFlow


@pytest.fixture(scope="module")
def queries(new_pipeline: Callable[..., Pipeline]) -> dict[str, str]:
    """The reference queries as an analyst compiles them, cut by every slice that each has."""
    pipeline = new_pipeline()
    slices = ", ".join(set(DIMENSIONS) - {"total"})
    pipeline.dbt("compile", "--select", "path:analyses", "--vars", f"{{por: [{slices}]}}")
    compiled = pipeline.folder / "target/compiled/dw_ecommerce/analyses/kpi"
    return {kpi: (compiled / f"{kpi}.sql").read_text(encoding="utf-8") for kpi in KPIS}


@pytest.fixture(scope="module")
def sample(new_pipeline: Callable[..., Pipeline]) -> Pipeline:
    pipeline = new_pipeline()
    pipeline.seed(orders=1500)
    return pipeline


@pytest.fixture(
    scope="module",
    params=[
        "sample",
        pytest.param("waves", marks=pytest.mark.long),
        pytest.param("adventureworks", marks=pytest.mark.long),
    ],
)
def company(
    request: pytest.FixtureRequest, new_pipeline: Callable[..., Pipeline], tmp_path_factory: Any
) -> Iterator[PublishedCompany]:
    if request.param == "adventureworks":
        pipeline = adventureworks(new_pipeline)
    else:
        pipeline = request.getfixturevalue("sample")
    if request.param == "waves":
        for number in (1, 2, 3):
            pipeline.wave(number)
        with duckdb.connect(str(pipeline.folder / "dw_ecommerce.duckdb")) as warehouse:
            remember_days_before(warehouse)
    pipeline.run(sys.executable, "-m", "pipeline", "run")

    copy = tmp_path_factory.mktemp(request.param) / "dw_ecommerce.duckdb"
    shutil.copy(pipeline.folder / copy.name, copy)
    with duckdb.connect(str(copy)) as warehouse:
        forget_what_came_after_the_build(warehouse)
        manifest = pipeline.folder / "dbt" / "semantic_manifest.json"
        data = Data.current(pipeline.folder)
        # As it is served: test_memory.py holds it equal to the files.
        assert list(memory.draw(data.opened.database, data.semantic, data.version))
        yield PublishedCompany(request.param, data, warehouse, MetricFlow(manifest, warehouse))


def adventureworks(new_pipeline: Callable[..., Pipeline]) -> Pipeline:
    folder = DATA / "adventureworks"
    if not folder.is_dir():
        pytest.skip(f"no data set {folder}: set DW_SHARED_DATA to its parent folder")
    pipeline = new_pipeline(DW_SOURCE="adventureworks")
    database = str(pipeline.folder / "oltp.sqlite")
    pipeline.run(sys.executable, "-m", "seeds_oltp.csv_database", str(folder), database)
    return pipeline


def remember_days_before(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Runs of six days before, at 5:00 UTC; the load of one of them failed."""
    warehouse.execute(
        """
        insert into audit.etl_run
        select etl_run.* replace (
            run_id || '-' || n as run_id,
            date_trunc('day', started_at) - to_days(n) + to_hours(5)
                + (started_at - min(started_at) over ()) as started_at,
            date_trunc('day', started_at) - to_days(n) + to_hours(5)
                + (finished_at - min(started_at) over ()) as finished_at,
            case when n = 3 and command = 'load' then 'failed' else status end as status
        )
        from audit.etl_run
        cross join (select unnest(range(1, 7)) as n)
        """
    )


def expected(company: PublishedCompany, query: str) -> dict[str, Answer]:
    """What the reference query answers, by slice."""
    rows = company.warehouse.sql(query)
    answers: dict[str, Answer] = {}
    for fatia, valor, *values in rows.fetchall():
        answer = answers.setdefault(fatia, {})
        answer[valor] = dict(zip(rows.columns[2:], values, strict=True))
    return answers


def of_data_layer(company: PublishedCompany, metrics: list[str], dimension: str) -> Answer:
    rows = company.data.query(
        metrics,
        by=[] if dimension in ("total", "mes") else [dimension],
        grain="month" if dimension == "mes" else None,
    ).to_pylist()
    key = {"total": None, "mes": "periodo"}.get(dimension, dimension)
    return {
        None if key is None else slice_value(row[key]): {m: row[m] for m in metrics} for row in rows
    }


def of_metricflow(company: PublishedCompany, metrics: list[str], dimension: str) -> Answer:
    (model,) = {m for name in metrics for m in company.data.semantic.models_of(name)}
    rows = company.metricflow.query(metrics, model, dimension)
    columns = rows.columns
    answer: Answer = {}
    for values in rows.fetchall():
        row = dict(zip(columns, values, strict=True))
        key = None if dimension == "total" else slice_value(values[0])
        answer[key] = {metric: exact(row[metric]) for metric in metrics}
    return answer


def slice_value(value: object) -> str | None:
    """A value of a dimension as the reference queries show it; a month as yyyymm."""
    if isinstance(value, date):
        return f"{value:%Y%m}"
    return None if value is None else str(value)


def exact(value: Any) -> Decimal | int | None:
    """MetricFlow divides in doubles: the six decimals that the certain digits of one stand for."""
    if isinstance(value, float):
        return Decimal(f"{value:.14g}").quantize(SIX, ROUND_HALF_UP)
    return value  # type: ignore[no-any-return]


@pytest.mark.parametrize("kpi", KPIS)
def test_three_ways_to_a_kpi_agree(
    company: PublishedCompany, queries: dict[str, str], kpi: str
) -> None:
    answers = expected(company, queries[kpi])
    compared = 0
    for fatia, answer in answers.items():
        dimension = DIMENSIONS[fatia]
        metrics = list(next(iter(answer.values())))
        assert metrics[-1] == kpi
        assert of_metricflow(company, metrics, dimension) == answer, fatia
        ask = partial(of_data_layer, company, metrics, dimension)
        needed = {gate for m in metrics for gate in company.data.semantic.gates_of(m, [dimension])}
        if any(gate.status == "not_supported" for gate in needed):
            with pytest.raises(NotSupportedByDataError):
                ask()
            continue
        assert ask() == answer, fatia
        compared += len(answer)
    supported = company.data.semantic.gates_of(kpi)
    assert compared or any(gate.status == "not_supported" for gate in supported)


def test_every_kpi_is_proven(company: PublishedCompany) -> None:
    references = {
        name: metric.reference
        for name, metric in company.data.semantic.metrics.items()
        if metric.reference
    }
    assert references == {kpi: f"{kpi}.sql" for kpi in KPIS}


def test_each_slice_of_a_metric_is_in_its_query(
    company: PublishedCompany, queries: dict[str, str]
) -> None:
    for kpi in KPIS:
        applies = {
            fatia
            for fatia, dimension in DIMENSIONS.items()
            if fatia in ("total", "mes") or company.data.semantic.applies(kpi, dimension)
        }
        assert all(f"then '{fatia}'" in queries[kpi] for fatia in applies - {"total"}), kpi
