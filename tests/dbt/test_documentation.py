"""What every model promises: words for each column, a contract, a key, parents that exist."""

from itertools import chain

import pytest
from sqlglot import exp, parse_one

from core.contract.entities import ENTITIES
from tests.dbt.conftest import Manifest

pytestmark = pytest.mark.slow


def test_everything_is_described(manifest: Manifest) -> None:
    silent = [
        f"{node['name']}.{name}"
        for node in chain(manifest.models(), manifest.sources())
        for name, words in [
            ("", node["description"]),
            *((column["name"], column["description"]) for column in node["columns"].values()),
        ]
        if not words.strip()
    ]
    assert manifest.models() and not silent


def test_the_described_columns_are_those_that_models_select(manifest: Manifest) -> None:
    for model in manifest.models():
        query = parse_one(model["compiled_code"], dialect="duckdb", into=exp.Select)
        # An enforced contract is checked by each build; this is all that views have.
        if not query.is_star:
            assert list(model["columns"]) == query.named_selects, model["name"]


def test_staging_is_the_contract_of_the_loader(manifest: Manifest) -> None:
    landed = {table["name"]: list(table["columns"]) for table in manifest.sources("staging")}
    assert landed.pop("_dlt_loads")
    assert landed == {
        name: [*entity.arrow_schema.names, "_dlt_load_id"] for name, entity in ENTITIES.items()
    }


def test_each_block_of_words_is_used(manifest: Manifest) -> None:
    groups = ("nodes", "sources", "exposures")
    described = chain.from_iterable(manifest.content[group].values() for group in groups)
    used = {
        block
        for node in described
        for words in [node, *node.get("columns", {}).values()]
        for block in words.get("doc_blocks", [])
    }
    ours = {block for block in manifest.content["docs"] if block.startswith("doc.dw_ecommerce.")}
    # The first page of dbt's site, which nothing refers to.
    assert ours == used | {"doc.dw_ecommerce.__overview__"}


def test_macros_that_models_call_are_described(manifest: Manifest) -> None:
    called = {
        macro
        for model in manifest.models()
        for macro in model["depends_on"]["macros"]
        if macro.startswith("macro.dw_ecommerce.")
    }
    macros = manifest.content["macros"]
    # is_incremental is dbt's own, which ours only lets a variable answer.
    assert {name.split(".")[-1] for name in called if not macros[name]["description"]} == {
        "is_incremental"
    }


def test_each_table_has_an_enforced_contract(manifest: Manifest) -> None:
    tables = manifest.models("dim", "fact", "agg", "mart", "audit")
    assert tables
    assert [table["name"] for table in tables if not table["contract"]["enforced"]] == []


def test_each_dimension_and_fact_has_a_tested_key(manifest: Manifest) -> None:
    for table in manifest.models("dim", "fact"):
        key = table["config"]["unique_key"] or next(iter(table["columns"]))
        constraints = {c["type"] for c in table["columns"][key]["constraints"]}
        # Of a dimension all rows are tested each time, of a fact those that new loads touch.
        test = "unique" if table["schema"] == "dim" else "chave_unica"
        assert key in manifest.tested(table, test), table["name"]
        assert "not_null" in constraints, table["name"]


def test_each_key_in_a_fact_points_to_a_row(manifest: Manifest) -> None:
    for fact in manifest.models("fact"):
        keys = {
            column
            for column in fact["columns"]
            if column.endswith("_id") and not column.endswith(("_original_id", "_load_id"))
        }
        expected = keys - {fact["config"]["unique_key"]}
        assert manifest.tested(fact, "relationships") == expected, fact["name"]
