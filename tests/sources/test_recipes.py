"""The recipes of docs/YOUR_DATABASE.md land what the page shows."""

import json
import re
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.contract.entities import ENTITIES
from core.settings import Settings
from loader.source.mapping import Mapping
from loader.source.snapshot import snapshot
from pipeline.left_out import check
from tests.sources.test_your_database import _section

RECIPES = re.findall(r"^### (.*)$", _section("## Recipes"), re.MULTILINE)


def _block(section: str, language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def _expected(section: str) -> list[dict[str, str]]:
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| ") or line.startswith("|-")
    ]
    header, _, *rows = lines
    return [dict(zip(header, row, strict=True)) for row in rows]


def _same(landed: Any, shown: str) -> bool:
    return landed == Decimal(shown) if isinstance(landed, Decimal) else landed == shown


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_lands_what_the_page_shows(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = _section(f"### {title}")
    file = tmp_path / "recipe.sqlite"
    with sqlite3.connect(file) as database:
        database.executescript(_block(section, "sql"))
    database.close()
    entities = yaml.safe_load(_block(section, "yaml"))
    content = {
        "description": title,
        "entities": {str(name): "absent" for name in ENTITIES} | entities,
    }
    mapping = Mapping.model_validate(content)
    with snapshot(f"sqlite:///{file}", mapping) as source:
        query = source.query("order_items", {})
        rows = [row for table in source.read(query) for row in table.to_pylist()]
    expected = _expected(section)
    assert len(rows) == len(expected)
    for row, shown in zip(sorted(rows, key=lambda r: r["order_item_id"]), expected, strict=True):
        assert {name: row[name] for name in shown if not _same(row[name], shown[name])} == {}
        assert (row["_quarantine"], row["_odd_values"]) == (None, None)
    (tmp_path / "recipe.yml").write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setenv("DW_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DW_OLTP_URL", f"sqlite:///{file}")
    monkeypatch.setenv("DW_SOURCE", str(tmp_path / "recipe.yml"))
    assert list(check(Settings())[1].lines()) == []
