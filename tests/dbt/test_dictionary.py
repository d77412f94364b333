"""The dictionary is what the code says, and every number in it is traced to where it comes from."""

import pytest

from dashboards import dictionary, lineage
from dashboards.semantic import Semantic
from loader import metrics
from tests.conftest import ROOT
from tests.dbt.conftest import Manifest

pytestmark = pytest.mark.slow


CALENDAR = (("mart.dash_calendario",), ("mart.dash_sla",))
"""Marts whose rows are days, not the source's."""


def test_generated_documents_are_up_to_date(manifest: Manifest) -> None:
    for path, text in dictionary.documents(manifest.content).items():
        current = path.read_text(encoding="utf-8")
        assert current == text, f"{path.relative_to(ROOT)} is out of date; run `make docs`"


def test_every_metric_comes_from_columns_of_the_source(manifest: Manifest) -> None:
    defined = metrics.from_dbt(manifest.content)
    semantic = Semantic(models=defined.models, metrics=defined.metrics, gates={})
    landed = {
        f"{table['schema']}.{table['name']}.{column}"
        for table in manifest.sources()
        for column in table["columns"]
    }
    entries = dictionary.entries(semantic, lineage.read())
    assert {entry.name for entry in entries} == defined.metrics.keys()
    for entry in entries:
        calendar = {column for column in entry.sources if column.startswith("dim.dim_data.")}
        assert entry.sources and landed.issuperset(set(entry.sources) - calendar), entry.name
        assert entry.pages and entry.grain and entry.formula
        assert not calendar or entry.marts in CALENDAR, entry.name


def test_lineage_follows_a_number_all_the_way() -> None:
    traced = lineage.read()
    assert traced.sources(traced.measures["margem_bruta"]) == [
        "staging.order_items.cost_amount",
        "staging.order_items.net_amount",
    ]
    assert traced.parents["mart.dash_vendas.margem_bruta"] == ["fact.fact_vendas.margem_bruta"]
    assert traced.parents["staging.order_items.net_amount"] == []


def test_each_reference_query_is_linked() -> None:
    text = dictionary.METRICS.read_text(encoding="utf-8")
    for query in (ROOT / "dbt_project/analyses/kpi").glob("*.sql"):
        assert f"(../dbt_project/analyses/kpi/{query.name})" in text
