"""Where each number comes from, column by column: from the source to the pages that show it.

It is a property of the code, not of the data, so it is worked out once, from dbt's compiled SQL,
and kept beside the code in ``lineage.json`` (``make docs``).
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlglot import exp, parse_one
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

FILE = Path(__file__).with_name("lineage.json")


class Lineage(BaseModel):
    """Columns are named ``schema.table.column``."""

    model_config = ConfigDict(frozen=True)

    measures: dict[str, list[str]]
    """The columns of a mart that a measure adds up, or its key when it counts rows."""
    parents: dict[str, list[str]]
    """The columns that a column is computed from, one model up; none where it is read."""
    pages: dict[str, list[str]]
    """The exposures that show a mart, by their labels."""

    def sources(self, columns: Iterable[str]) -> list[str]:
        """The columns that these come from in the end."""
        return sorted({leaf for column in columns for leaf in self._leaves(column)})

    def _leaves(self, column: str) -> list[str]:
        parents = self.parents[column]
        return self.sources(parents) if parents else [column]


def read() -> Lineage:
    """The lineage of this code."""
    return Lineage.model_validate_json(FILE.read_bytes())


def trace(manifest: Mapping[str, Any]) -> Lineage:
    """The lineage of all measures in dbt's manifest, compiled for a first build."""
    project = Project(manifest)
    measures = {
        measure["name"]: _columns(measure, node)
        for node in manifest["semantic_models"].values()
        for measure in node["measures"]
    }
    parents: dict[str, list[str]] = {}
    waiting = [column for columns in measures.values() for column in columns]
    while waiting:
        column = waiting.pop()
        if column not in parents:
            parents[column] = sorted(project.parents(column))
            waiting += parents[column]
    return Lineage(
        measures=dict(sorted(measures.items())),
        parents=dict(sorted(parents.items())),
        pages=_pages(manifest),
    )


class Project:
    """The models and sources of dbt's manifest, as tables whose columns have origins."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
        self.tables = {
            f"{node['schema']}.{node['name']}": node
            for node in nodes
            if node["resource_type"] in ("model", "source") and node["columns"]
        }
        self._above = manifest["parent_map"]
        self._origins: dict[str, dict[str, set[str]]] = {}

    @cached_property
    def schema(self) -> dict[str, object]:
        """The columns of all tables, as sqlglot wants to know them; types do not matter."""
        return {
            schema: {
                node["name"]: dict.fromkeys(node["columns"], "varchar")
                for node in self.tables.values()
                if node["schema"] == schema
            }
            for schema in {node["schema"] for node in self.tables.values()}
        }

    def parents(self, column: str) -> set[str]:
        """The columns that a column is computed from; none for what comes from no source."""
        table, name = column.rsplit(".", 1)
        if not self._from_source(self.tables[table]):
            return set()
        if table not in self._origins:
            self._origins[table] = self.origins(table)
        return {found for found in self._origins[table][name] if not found.startswith(f"{table}.")}

    def origins(self, table: str) -> dict[str, set[str]]:
        """For each column of a model, the columns of its parents that it is computed from."""
        query = parse_one(self.tables[table]["compiled_code"], dialect="duckdb")
        for relation in query.find_all(exp.Table):
            relation.set("catalog", None)
        query = qualify(query, schema=self.schema, dialect="duckdb", identify=False)
        found = lineage(None, query, dialect="duckdb", scope=build_scope(query))
        return {
            column: {
                f"{leaf.expression.db}.{leaf.expression.name}.{exp.to_column(leaf.name).name}"
                for leaf in node.walk()
                if isinstance(leaf.expression, exp.Table)
            }
            for column, node in found.items()
        }

    def _from_source(self, node: Mapping[str, Any]) -> bool:
        """Whether a model reads from a source, however far up; the calendar does not."""
        if node["resource_type"] == "source":
            return False
        above = self._above[node["unique_id"]]
        nodes = {table["unique_id"]: table for table in self.tables.values()}
        return any(
            name.startswith("source.") or (name in nodes and self._from_source(nodes[name]))
            for name in above
        )


def _columns(measure: Mapping[str, Any], model: Mapping[str, Any]) -> list[str]:
    """The columns of the mart that a measure reads; what reads none counts the mart's keys."""
    relation = model["node_relation"]
    expression = parse_one(str(measure["expr"] or measure["name"]), dialect="duckdb")
    names = {column.name for column in expression.find_all(exp.Column)}
    names = names or {model["entities"][0]["expr"]}
    return sorted(f"{relation['schema_name']}.{relation['alias']}.{name}" for name in names)


def _pages(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    nodes = manifest["nodes"]
    pages: dict[str, list[str]] = {}
    for exposure in manifest["exposures"].values():
        for name in exposure["depends_on"]["nodes"]:
            if nodes[name]["schema"] == "mart":
                mart = f"mart.{nodes[name]['alias']}"
                pages[mart] = sorted({*pages.get(mart, []), exposure["label"]})
    return dict(sorted(pages.items()))
