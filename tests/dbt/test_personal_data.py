"""Personal data is tagged wherever it flows, and flows into dimensions only (LGPD)."""

from graphlib import TopologicalSorter

import pytest

from core.contract.personal import PERSONAL, PERSONAL_IN_DIMENSION
from dashboards.dictionary.lineage import Project
from tests.dbt.conftest import Manifest, Node

pytestmark = pytest.mark.slow


def tagged(node: Node) -> set[str]:
    return {
        f"{node['schema']}.{node['name']}.{column['name']}"
        for column in node["columns"].values()
        if column["config"].get("meta", {}).get("pii")
    }


def test_personal_data_is_tagged_wherever_it_flows(manifest: Manifest) -> None:
    nodes = {node["unique_id"]: node for node in [*manifest.models(), *manifest.sources()]}
    project = Project(manifest.content)
    parents = {
        name: set(node.get("depends_on", {"nodes": []})["nodes"]) & nodes.keys()
        for name, node in nodes.items()
    }
    personal: dict[str, set[str]] = {}
    for name in TopologicalSorter(parents).static_order():
        node = nodes[name]
        if node["resource_type"] == "source":
            personal[name] = tagged(node)
            continue
        handed_on = set().union(*(personal[parent] for parent in parents[name]))
        # No parent has any: the costly look at the SQL would find nothing.
        table = f"{node['schema']}.{node['name']}"
        personal[name] = {
            f"{table}.{column}"
            for column, sources in (project.origins(table) if handed_on else {}).items()
            if sources & handed_on
        }
        assert personal[name] == tagged(node)
    found = {column.rsplit(".", 1)[0] for columns in personal.values() for column in columns}
    assert found == {"staging.customers", "staging.stg_oltp__customers", "dim.dim_cliente"}
    # What an erasure empties.
    columns = set().union(*personal.values())
    assert {c for c in columns if c.startswith("staging.customers.")} == {
        f"staging.customers.{column}" for column in PERSONAL
    }
    assert {c for c in columns if c.startswith("dim.")} == {
        f"dim.dim_cliente.{column}" for column in PERSONAL_IN_DIMENSION
    }
