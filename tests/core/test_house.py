"""The house keeps its measures: modules and functions of a size, engines that are one module."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from core.checkpoints import CHECKPOINTS
from core.environment import ROOT
from core.settings import Settings

pytestmark = pytest.mark.unit

ROOMS = (
    "core",
    "loader",
    "published",
    "pipeline",
    "dashboards",
    "seeds_oltp",
    "simulation",
    "benchmarks",
    "ci",
    "docker",
    "dbt_elementary",
)
MODULE_LINES, FUNCTION_LINES, LOADER_LINES = 400, 60, 3_400
# A dictionary with an entry for each column of a table, or the draws that an entry needs.
LONG = {
    "seeds_oltp/catalog.py products",
    "seeds_oltp/company.py base",
    "seeds_oltp/customers.py rows",
    "seeds_oltp/waves/orders.py delete",
}
# How people leave staging again is another purpose than how rows get there.
LEAVES_AGAIN = ("loader/erasing/", "loader/landing.py")
# Only a lake has a log of what has landed; a shell must not wait for an engine's imports.
ASK_FOR_THE_TARGET = {"loader/landing.py", "core/shell.py"}

# Calls of many short arguments, which read as rows.
SHAPED_BY_HAND = (
    "dashboards/screens/",
    "dashboards/parts/",
    "seeds_oltp/campaigns.py",
    "seeds_oltp/shops/",
    "simulation/evidence.py",
)
# The same thing on either side of a room's wall: a kind of database, what is left out of a number.
SHARED = {
    "Destination": ["core/engines/spark.py", "core/engines/sqlserver.py"],
    "LeftOut": ["published/versions.py", "pipeline/left_out.py"],
    "SQLServer": ["core/engines/sqlserver.py", "loader/source/databases/sqlserver.py"],
}


def _modules() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for path in sorted(Path(ROOT, room).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_no_module_is_too_long() -> None:
    long = {name: text.count("\n") for name, text in _modules()}
    assert {name: lines for name, lines in long.items() if lines > MODULE_LINES} == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{name} {node.name}"
        for name, text in _modules()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    }
    assert long == LONG


def test_the_loader_is_thin() -> None:
    lines = sum(
        text.count("\n")
        for name, text in _modules()
        if name.startswith("loader/") and not name.startswith(LEAVES_AGAIN)
    )
    assert lines <= LOADER_LINES


def test_an_engine_is_one_module() -> None:
    engines = {path.stem for path in Path(ROOT, "core", "engines").glob("*.py")}
    assert set(get_args(Settings.model_fields["target"].annotation)) <= engines
    asking = {
        name
        for name, text in _modules()
        if name.partition("/")[0] in ("core", "loader", "published", "pipeline", "dashboards")
        and re.search(r"\.target\s*(==|!=|in)\s", text)
    }
    assert asking == ASK_FOR_THE_TARGET


def test_the_formatter_decides() -> None:
    excepted = {name for name, text in _modules() if "# fmt: " + "skip" in text}
    assert {name for name in excepted if not name.startswith(SHAPED_BY_HAND)} == set()


def test_one_zone_is_declared() -> None:
    zones = [name for name, text in _modules() if "ZoneInfo(" in text]
    assert zones == ["core/clock.py"]


def test_a_class_has_a_name_of_its_own() -> None:
    places: dict[str, list[str]] = {}
    for name, text in _modules():
        for found in re.findall(r"^class ([A-Z]\w+)", text, re.MULTILINE):
            places.setdefault(found, []).append(name)
    shared = {found: names for found, names in places.items() if len(names) > 1}
    assert shared == SHARED


def test_a_checkpoint_has_one_name() -> None:
    assert len(set(CHECKPOINTS)) == len(CHECKPOINTS)
