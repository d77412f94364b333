"""The warehouse's own SQL with nothing around it: ``python -m benchmarks.sql FOLDER MANIFEST``.

Runs in one process, model by model, then test by test, what dbt compiled for a first build, on the
staging tables of the data folder. The limit of what any tool that builds these models can do.
"""

import json
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.company import WAREHOUSE
from pipeline.dbt import PROJECT


def build(warehouse: Path, manifest: Path) -> None:
    """Make every model as a table or view. Raises RuntimeError when a test finds rows."""
    nodes: dict[str, Any] = json.loads(manifest.read_bytes())["nodes"]
    graph = {key: node["depends_on"].get("nodes", []) for key, node in nodes.items()}
    order = [nodes[key] for key in TopologicalSorter(graph).static_order() if key in nodes]
    with duckdb.connect(str(warehouse)) as database:
        for schema in {n["schema"] for n in order if n["resource_type"] in ("model", "seed")}:
            database.execute(f"create schema if not exists {schema}")
        for node in order:
            if node["resource_type"] == "seed":
                file = PROJECT / node["original_file_path"]
                database.read_csv(str(file)).create(f"{node['schema']}.{node['alias']}")
            elif node["resource_type"] == "model":
                kind = "view" if node["config"]["materialized"] == "view" else "table"
                name, select = node["relation_name"], node["compiled_code"]
                database.execute(f"create {kind} {name} as {select}")
        for node in order:
            if node["resource_type"] == "test" and node.get("compiled_code"):
                found = database.execute(f"select count(*) from ({node['compiled_code']})")  # noqa: S608
                if found.fetchall() != [(0,)]:
                    raise RuntimeError(f"{node['name']} found rows")


if __name__ == "__main__":
    build(Path(sys.argv[1]) / WAREHOUSE, Path(sys.argv[2]))
