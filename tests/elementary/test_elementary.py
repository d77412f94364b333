"""The second dbt project: its version, that it fits the first, and what happens with no hub."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import ROOT

PROJECT = ROOT / "dbt_elementary"
PACKAGE = "elementary-data/elementary"
TESTS = {"volume_anomalies", "freshness_anomalies", "column_anomalies"}
# As much of the package as a parse needs: it is only to be had from the hub.
STUB = """
{{% test {name}(model, column_name=none, timestamp_column=none, column_anomalies=none) %}}
select 1 as anomaly from {{{{ model }}}}
{{% endtest %}}
"""


def version(packages: Path) -> str:
    """The version of Elementary's package that a packages.yml asks for."""
    listed = yaml.safe_load(packages.read_text(encoding="utf-8"))["packages"]
    (found,) = (entry["version"] for entry in listed if entry.get("package") == PACKAGE)
    return str(found)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, without what a hub has brought."""
    leave = shutil.ignore_patterns("dbt_packages", "target", "logs", "package-lock.yml")
    return Path(shutil.copytree(PROJECT, tmp_path / "dbt_elementary", ignore=leave))


def test_the_package_is_that_of_the_installed_tool() -> None:
    spec = find_spec("elementary")
    assert spec is not None and spec.origin is not None
    own = Path(spec.origin).parent / "monitor" / "dbt_project" / "packages.yml"
    assert version(PROJECT / "packages.yml") == version(own)


@pytest.mark.slow
def test_it_fits_the_main_project(project: Path) -> None:
    packages = project / "dbt_packages"
    leave = shutil.ignore_patterns("target", "logs")
    shutil.copytree(ROOT / "dbt_project", packages / "dw_ecommerce", ignore=leave)
    macros = packages / "elementary" / "macros"
    macros.mkdir(parents=True)
    (macros / "tests.sql").write_text(
        "".join(STUB.format(name=name) for name in TESTS), encoding="utf-8"
    )
    (packages / "elementary" / "dbt_project.yml").write_text(
        "name: elementary\nversion: 0.1.0\n", encoding="utf-8"
    )
    dbt = str(Path(sys.executable).with_name("dbt"))
    done = subprocess.run(
        [dbt, "--quiet", "parse", "--project-dir", str(project), "--profiles-dir", str(project)],
        env=os.environ | {"DW_DATA_DIR": str(project), "DBT_LOG_PATH": str(project / "logs")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((project / "target" / "manifest.json").read_bytes())
    models = {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "model"}
    assert models["fact_vendas"]["schema"] == "fact"
    assert models["stg_oltp__orders"]["schema"] == "staging"
    watched = [n for n in manifest["nodes"].values() if is_of_elementary(n)]
    assert {node["test_metadata"]["name"] for node in watched} == TESTS
    main = [*models.values(), *manifest["sources"].values()]
    columns = {n["name"]: set(n["columns"]) for n in main if n["package_name"] == "dw_ecommerce"}
    for node in watched:
        asked, table = node["test_metadata"]["kwargs"], node["sources"][0][1]
        names = {asked.get("timestamp_column"), node["column_name"]} - {None}
        assert names <= columns[table], node["name"]
        # What is unusual is no reason not to publish.
        assert node["config"]["severity"] == "warn"


def is_of_elementary(node: dict[str, Any]) -> bool:
    return (node.get("test_metadata") or {}).get("namespace") == "elementary"


def test_with_no_hub_it_says_so_and_touches_nothing(project: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "data" / "dw_ecommerce.duckdb"
    warehouse.parent.mkdir()
    warehouse.touch()
    told = {
        "DW_TARGET": "duckdb",
        "DW_DATA_DIR": str(warehouse.parent),
        "DBT_PACKAGE_HUB_URL": "http://127.0.0.1:9/",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, str(project / "run.py")],
        env=os.environ | told,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert done.stderr.startswith("elementary: the package hub http://127.0.0.1:9/ does not answer")
    assert "the pipeline does not need it" in done.stderr
    assert [path.name for path in warehouse.parent.iterdir()] == [warehouse.name]
    assert not (project / "dbt_packages").exists()
