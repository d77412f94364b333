"""The daily run as users type it: what it publishes, and what it says when something is wrong."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Pipeline

pytestmark = pytest.mark.slow


@pytest.fixture
def company(new_pipeline: Callable[..., Pipeline]) -> Pipeline:
    company = new_pipeline()
    company.seed(orders=200)
    assert dw(company, "run") == 0
    return company


def dw(company: Pipeline, *arguments: str) -> int:
    return company.run(sys.executable, "-m", "loader", *arguments, check=False).returncode


def current(company: Pipeline) -> int:
    found = json.loads((company.folder / "published" / "current.json").read_text())
    return int(found["current"])


def spoil(company: Pipeline, statement: str) -> None:
    with duckdb.connect(str(company.folder / "dw_ecommerce.duckdb")) as database:
        database.execute(statement)


def test_a_day_is_loaded_built_reconciled_and_published(company: Pipeline) -> None:
    company.wave(1)
    assert dw(company, "run") == 0
    assert current(company) == 2
    verdict = json.loads((company.folder / "reconciliation.json").read_text())
    assert verdict["ok"] and verdict["mismatches"] == []
    assert not (company.folder / "CRITICAL_MISMATCHES.md").exists()
    published = company.folder / "published" / "v2" / "mart.dash_vendas.parquet"
    assert duckdb.sql(
        f"select sum(valor_total_liquido) from '{published}'"
    ).fetchall() == company.warehouse("select sum(valor_total_liquido) from fact.fact_vendas")


def test_a_wrong_cent_in_a_fact_is_reported_and_not_published(company: Pipeline) -> None:
    ((sale, month),) = company.warehouse(
        "select venda_id, data_id // 100 from fact.fact_vendas order by 1 limit 1"
    )
    spoil(
        company,
        "update fact.fact_vendas set valor_total_liquido = valor_total_liquido + 0.01,"
        " valor_total_bruto = valor_total_bruto + 0.01, margem_bruta = margem_bruta + 0.01"
        f" where venda_id = {sale}",
    )
    assert dw(company, "run") != 0
    assert current(company) == 1
    report = (company.folder / "CRITICAL_MISMATCHES.md").read_text()
    assert f"| staging → marts | order_items | {month} | valor_liquido |" in report
    assert "| 0.0100 |" in report
    assert dw(company, "publish") == 6
    # A rebuild mends the fact; the report goes with the mismatch.
    assert dw(company, "build", "--full-refresh") == 0
    assert dw(company, "reconcile") == 0
    assert dw(company, "publish") == 0
    assert not Path(company.folder / "CRITICAL_MISMATCHES.md").exists()


def test_a_row_lost_from_staging_comes_back_by_itself(company: Pipeline) -> None:
    before = company.warehouse("select count(*) from fact.fact_vendas")
    spoil(company, "delete from staging.order_items where order_item_id in ('1', '2', '3')")
    assert dw(company, "run") == 0
    assert company.warehouse("select count(*) from fact.fact_vendas") == before
