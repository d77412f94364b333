"""dbt's own picture of the project, for tests of what holds for every model."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Pipeline

Node = dict[str, Any]


@dataclass(frozen=True)
class Manifest:
    """What dbt knows of the project, compiled for a first build."""

    content: dict[str, Any]

    def models(self, *schemas: str) -> list[Node]:
        """The models of these schemas, or all."""
        return [
            node
            for node in self.content["nodes"].values()
            if node["resource_type"] == "model" and (not schemas or node["schema"] in schemas)
        ]

    def sources(self, name: str | None = None) -> list[Node]:
        """The tables of this source, or of all."""
        tables = self.content["sources"].values()
        return [table for table in tables if name in (None, table["source_name"])]

    def tested(self, model: Node, test: str) -> set[str]:
        """The columns of a model that a generic test looks at."""
        return {
            node["column_name"]
            for node in self.content["nodes"].values()
            if node["resource_type"] == "test"
            and node["attached_node"] == model["unique_id"]
            and node["test_metadata"]["name"] == test
        }


@pytest.fixture(scope="session")
def manifest(new_pipeline: Callable[..., Pipeline]) -> Manifest:
    pipeline = new_pipeline()
    pipeline.dbt("compile", "--vars", "{offline: full}", "--select", "resource_type:model")
    content = (pipeline.folder / "target" / "manifest.json").read_text(encoding="utf-8")
    return Manifest(json.loads(content))
