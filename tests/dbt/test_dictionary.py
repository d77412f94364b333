"""The dictionary is what the code says, and every number in it is traced to where it comes from."""

import json

import pytest

from dashboards.dictionary import documents, lineage
from dashboards.dictionary.entries import Entry
from dashboards.dictionary.lineage import Lineage
from tests.conftest import ROOT
from tests.dbt.conftest import Manifest

pytestmark = pytest.mark.slow

DAYS = {"mart.dash_sla", "mart.dash_calendario"}
"""Marts of days, which come from the calendar and from no source."""


@pytest.fixture(scope="module")
def defined(manifest: Manifest) -> tuple[list[Entry], Lineage]:
    return documents.defined(manifest.content)


def test_generated_documents_are_up_to_date(
    manifest: Manifest, defined: tuple[list[Entry], Lineage]
) -> None:
    for path, text in documents.documents(manifest.content, *defined).items():
        current = path.read_text(encoding="utf-8")
        assert current == text, f"{path.relative_to(ROOT)} is out of date; run `make docs`"


def test_every_metric_comes_from_columns_of_the_source(
    manifest: Manifest, defined: tuple[list[Entry], Lineage]
) -> None:
    landed = {
        f"{table['schema']}.{table['name']}.{column}"
        for table in manifest.sources()
        for column in table["columns"]
    }
    found, _ = defined
    assert len(found) == len(manifest.content["metrics"])
    for entry in found:
        calendar = {column for column in entry.sources if column.startswith("dim.dim_data.")}
        assert entry.sources and landed.issuperset(set(entry.sources) - calendar), entry.name
        assert entry.pages and entry.grain and entry.formula
        assert not calendar or DAYS.issuperset(entry.marts), entry.name


def test_lineage_follows_a_number_all_the_way() -> None:
    traced = lineage.read()
    assert traced.sources(traced.measures["margem_bruta"]) == [
        "staging.order_items.cost_amount",
        "staging.order_items.discount_amount",
        "staging.order_items.gross_amount",
        "staging.order_items.net_amount",
    ]
    assert traced.parents["mart.dash_vendas.margem_bruta"] == ["fact.fact_vendas.margem_bruta"]
    assert traced.parents["staging.order_items.net_amount"] == []


def test_each_reference_query_is_linked() -> None:
    text = documents.METRICS.read_text(encoding="utf-8")
    for query in (ROOT / "dbt_project/analyses/kpi").glob("*.sql"):
        assert f"(../dbt_project/analyses/kpi/{query.name})" in text


def test_the_site_tells_of_a_metric_what_the_dictionary_does(
    manifest: Manifest, defined: tuple[list[Entry], Lineage]
) -> None:
    template = '["MANIFEST.JSON INLINE DATA", "CATALOG.JSON INLINE DATA"]'
    page = documents.site(template, manifest.content, "{}", *defined)
    content, catalog = json.loads(page)
    description = content["metrics"]["metric.dw_ecommerce.ticket_medio"]["description"]
    assert catalog == {}
    for text in [
        "Receita líquida dividida por pedidos distintos.",
        "| fórmula | `receita_liquida / pedidos` |",
        "| colunas de origem | `staging.order_items.discount_amount`,"
        " `staging.order_items.gross_amount`, `staging.order_items.net_amount`,"
        " `staging.order_items.order_id` |",
        "Uma venda por linha",
        "    - `staging.stg_oltp__order_items.net_amount`",
        "8:00 do dia seguinte",
    ]:
        assert text in description
