"""Personal data is tagged wherever it flows, and flows into dimensions only (LGPD)."""

from graphlib import TopologicalSorter

import pytest
from sqlglot import exp, parse_one
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from tests.dbt.conftest import Manifest, Node

pytestmark = pytest.mark.slow

# A relation's schema and name, and a column of it.
Column = tuple[str, str, str]


def tagged(node: Node) -> set[Column]:
    return {
        (node["schema"], node["name"], column["name"])
        for column in node["columns"].values()
        if column["config"].get("meta", {}).get("pii")
    }


def origins(model: Node, schema: dict[str, object]) -> dict[str, set[Column]]:
    """For each column of a model, the columns of its parents that it is computed from."""
    query = parse_one(model["compiled_code"], dialect="duckdb")
    for table in query.find_all(exp.Table):
        table.set("catalog", None)
    query = qualify(query, schema=schema, dialect="duckdb", identify=False)
    scope = build_scope(query)
    return {
        column: {
            (leaf.expression.db, leaf.expression.name, leaf.name.split(".")[-1])
            for leaf in lineage(column, query, dialect="duckdb", scope=scope).walk()
            if isinstance(leaf.expression, exp.Table)
        }
        for column in model["columns"]
    }


def test_personal_data_is_tagged_wherever_it_flows(manifest: Manifest) -> None:
    nodes = {node["unique_id"]: node for node in [*manifest.models(), *manifest.sources()]}
    schema: dict[str, object] = {
        name: {
            node["name"]: dict.fromkeys(node["columns"], "varchar")
            for node in nodes.values()
            if node["schema"] == name
        }
        for name in {node["schema"] for node in nodes.values()}
    }
    parents = {
        name: set(node.get("depends_on", {"nodes": []})["nodes"]) & nodes.keys()
        for name, node in nodes.items()
    }
    personal: dict[str, set[Column]] = {}
    for name in TopologicalSorter(parents).static_order():
        node = nodes[name]
        if node["resource_type"] == "source":
            personal[name] = tagged(node)
            continue
        handed_on = set().union(*(personal[parent] for parent in parents[name]))
        # No parent has any: the costly look at the SQL would find nothing.
        personal[name] = {
            (node["schema"], node["name"], column)
            for column, sources in (origins(node, schema) if handed_on else {}).items()
            if sources & handed_on
        }
        assert personal[name] == tagged(node)
    found = {column[:2] for columns in personal.values() for column in columns}
    assert found == {
        ("staging", "customers"),
        ("staging", "stg_oltp__customers"),
        ("dim", "dim_cliente"),
    }
