"""The daily run as users type it: what it publishes, and what it says when something is wrong."""

import json
import sys
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from tests.conftest import Pipeline


@pytest.fixture
def company(second_day: Pipeline) -> Pipeline:
    return second_day


def dw(company: Pipeline, *arguments: str) -> int:
    return company.run(sys.executable, "-m", "pipeline", *arguments, check=False).returncode


def current(company: Pipeline) -> int:
    found = json.loads((company.folder / "published" / "current.json").read_text(encoding="utf-8"))
    return int(found["current"])


def spoil(company: Pipeline, statement: str) -> None:
    with duckdb.connect(str(company.folder / "dw_ecommerce.duckdb")) as database:
        database.execute(statement)


@pytest.mark.slow
def test_a_day_is_loaded_built_reconciled_and_published(company: Pipeline) -> None:
    company.wave(1)
    assert dw(company, "run") == 0
    assert current(company) == 2
    verdict = json.loads((company.folder / "reconciliation.json").read_text(encoding="utf-8"))
    assert verdict["ok"] and verdict["mismatches"] == []
    assert not (company.folder / "CRITICAL_MISMATCHES.md").exists()
    published = company.folder / "published" / "v2" / "mart.dash_vendas.parquet"
    assert duckdb.sql(
        f"select sum(valor_total_liquido) from '{published}'"
    ).fetchall() == company.warehouse("select sum(valor_total_liquido) from fact.fact_vendas")


@pytest.mark.slow
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
    report = (company.folder / "CRITICAL_MISMATCHES.md").read_text(encoding="utf-8")
    assert f"| sealed → now | fact.fact_vendas | {month} | valor_total_liquido |" in report
    assert f"| staging → facts | fact.fact_vendas | {month} | valor_total_liquido |" in report
    assert "| 0.0100 |" in report
    assert dw(company, "publish") == 6
    # A rebuild mends the fact; the report goes with the mismatch.
    assert dw(company, "build", "--full-refresh") == 0
    assert dw(company, "reconcile") == 0
    assert dw(company, "publish") == 0
    assert not Path(company.folder / "CRITICAL_MISMATCHES.md").exists()


@pytest.mark.long
def test_a_row_lost_from_staging_comes_back_by_itself(company: Pipeline) -> None:
    before = company.warehouse("select count(*) from fact.fact_vendas")
    spoil(company, "delete from staging.order_items where order_item_id in ('1', '2', '3')")
    assert dw(company, "run") == 0
    assert company.warehouse("select count(*) from fact.fact_vendas") == before
    assert "| staging.order_items |" in (company.folder / "CRITICAL_MISMATCHES.md").read_text()


@pytest.mark.slow
def test_backfill_rebuilds_what_its_months_touch_and_nothing_else(company: Pipeline) -> None:
    months = [month for (month,) in company.warehouse(
        "select data_id // 100 from fact.fact_pedidos group by 1 order by 1 limit 4"
    )]  # fmt: skip
    first, *window, last = (f"{month // 100}-{month % 100:02}" for month in months)
    database = sa.create_engine(f"sqlite:///{company.folder / 'oltp.sqlite'}")
    with database.begin() as source:
        # A change that tells nobody, in the window and in the months around it.
        source.exec_driver_sql(
            "update orders set payment_status = 'Em disputa'"
            f" where strftime('%Y-%m', order_date) between '{first}' and '{last}'"
        )
    before = company.content()
    backfill = ("backfill", "--entity", "orders", "--from", window[0], "--to", window[1])
    assert dw(company, *backfill) == 0
    in_dispute = "select count(*) from {} where {} = 'Em disputa' and {} between {!r} and {!r}"
    told = in_dispute.format("orders", "payment_status", "strftime('%Y-%m', order_date)", *window)
    shown = in_dispute.format(
        "fact.fact_pedidos", "status_pagamento", "data_id // 100", *months[1:3]
    )
    assert company.warehouse(shown) == [tuple(row) for row in company.source(told)]
    after = company.content()
    changed = set(after["fact.fact_pedidos"]) ^ set(before["fact.fact_pedidos"])
    columns = [name for (name,) in company.warehouse(
        "select column_name from information_schema.columns"
        " where table_schema = 'fact' and table_name = 'fact_pedidos' order by ordinal_position"
    )]  # fmt: skip
    day = columns.index("data_id")
    assert {row[day] // 100 for row in changed} == set(months[1:3])
    assert all(after[name] == before[name] for name in before if name.startswith("dim."))
    # Again: nothing to do.
    assert dw(company, *backfill) == 0
    assert company.content() == after
