"""Two companies' own databases, through their mappings, to the figures that they are known by."""

import os
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import ROOT, Pipeline

DATA = Path(os.environ.get("DW_SHARED_DATA", ROOT / ".." / "shared" / "data"))
pytestmark = pytest.mark.slow


def built(new_pipeline: Callable[..., Pipeline], name: str) -> Pipeline:
    if not (DATA / name).is_dir():
        pytest.skip(f"the data set {name} is not here: set DW_SHARED_DATA to its parent folder")
    pipeline = new_pipeline(DW_SOURCE=name)
    database = str(pipeline.folder / "oltp.sqlite")
    pipeline.run(sys.executable, "-m", "seeds_oltp.csv_database", str(DATA / name), database)
    pipeline.load()
    pipeline.build()
    return pipeline


@pytest.fixture(scope="module")
def adventureworks(new_pipeline: Callable[..., Pipeline]) -> Pipeline:
    return built(new_pipeline, "adventureworks")


@pytest.fixture(scope="module")
def olist(new_pipeline: Callable[..., Pipeline]) -> Pipeline:
    return built(new_pipeline, "olist")


def gates(pipeline: Pipeline) -> dict[str, str]:
    return dict(pipeline.warehouse("select recurso, status from mart.feature_gates"))


def test_adventure_works_revenue_of_both_channels(adventureworks: Pipeline) -> None:
    rows = adventureworks.warehouse(
        "select vendedor_id <> -1, cast(round(sum(valor_total_liquido), 2) as decimal(18, 2)),"
        " count(*) from fact.fact_vendas group by all order by 1"
    )
    assert rows == [
        (False, Decimal("29358677.22"), 60398),
        (True, Decimal("80450596.98"), 60855),
    ]


def test_adventure_works_quotas_and_promotions(adventureworks: Pipeline) -> None:
    assert adventureworks.warehouse(
        "select tipo_periodo, count(*), count(distinct vendedor_id) from fact.fact_metas group by 1"
    ) == [("Trimestral", 163, 17)]
    assert adventureworks.warehouse("select count(*) from fact.fact_descontos") == [(3282,)]
    # 21,829 reseller lines were sold below cost.
    assert adventureworks.warehouse(
        "select count(*) from fact.fact_vendas where margem_bruta < 0 and vendedor_id <> -1"
    ) == [(21829,)]


def test_adventure_works_says_what_its_data_cannot_answer(adventureworks: Pipeline) -> None:
    found = gates(adventureworks)
    assert {name for name, status in found.items() if status == "not_supported"} == {
        "devolucoes",
        "ciclo_pedidos",
        "comissao",
    }


def test_olist_sales(olist: Pipeline) -> None:
    assert olist.warehouse(
        "select count(*), count(distinct pedido_id), sum(valor_total_liquido) from fact.fact_vendas"
    ) == [(40841, 35756, Decimal("4972783.9100"))]


def test_olist_says_what_its_data_cannot_answer(olist: Pipeline) -> None:
    found = gates(olist)
    assert {name for name, status in found.items() if status == "not_supported"} == {
        "metas",
        "descontos",
        "custo_margem",
        "comissao",
        "vendedor_equipe",
        "devolucoes",
    }
    assert found["ciclo_pedidos"] == "ok"


@pytest.mark.parametrize("name", [pytest.param("adventureworks", marks=pytest.mark.long), "olist"])
def test_a_source_without_update_times_changes_nothing_when_loaded_again(
    name: str, request: pytest.FixtureRequest
) -> None:
    pipeline: Pipeline = request.getfixturevalue(name)
    before = pipeline.content()
    pipeline.load()
    pipeline.build()
    assert pipeline.content() == before
