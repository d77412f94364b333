"""How models and macros are written, so that who knows dbt finds what they look for."""

import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT, Pipeline
from tests.dbt.conftest import Manifest, Node

PROJECT = ROOT / "dbt_project"
MODELS = sorted(PROJECT.glob("models/**/*.sql"))
BUILT = [path for path in MODELS if path.parent.name != "staging"]
MARTS = sorted(PROJECT.glob("models/mart/dash_*.sql"))
MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\s*\(")
JINJA = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
ENGINES = {"default", "duckdb", "sqlserver", "spark"}
ACCESS = {
    "staging": "private",
    "intermediate": "private",
    "dim": "protected",
    "fact": "protected",
    "agg": "protected",
    "audit": "protected",
    "mart": "public",
}


def name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", BUILT, ids=name)
def test_a_model_ends_in_select_from_final(path: Path) -> None:
    assert path.read_text(encoding="utf-8").endswith("\n)\n\nselect * from final\n")


@pytest.mark.parametrize("path", MODELS, ids=name)
def test_a_model_says_its_grain_and_asks_for_no_target(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("-- One row per ")
    assert [found for found in JINJA.findall(text) if re.search(r"(?<![\w.])target\.", found)] == []


@pytest.mark.parametrize("path", MODELS, ids=name)
def test_no_parent_hangs_on_a_comment(path: Path) -> None:
    assert "depends_on" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MARTS, ids=name)
def test_a_mart_says_that_it_waits_for_the_gates(path: Path) -> None:
    assert "\n{{ espera_por('feature_gates') }}\n" in path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_each_mart_waits_for_the_gates_and_they_for_the_proof(manifest: Manifest) -> None:
    found = {model["name"]: waits_for(model) for model in manifest.models("mart")}
    assert found.keys() > {"feature_gates"}
    proof = found.pop("feature_gates")
    assert "reconciliation" in proof
    assert {mart for mart, parents in found.items() if "feature_gates" not in parents} == set()


def waits_for(model: Node) -> set[str]:
    """The names of a model's parents."""
    return {parent.split(".")[2] for parent in model["depends_on"]["nodes"]}


def test_a_macro_has_a_file_of_its_name() -> None:
    files = sorted(PROJECT.glob("macros/**/*.sql"))
    assert files
    for path in files:
        names = MACRO.findall(path.read_text(encoding="utf-8"))
        variants = {f"{engine}__{path.stem}" for engine in ENGINES}
        assert names[0] == path.stem
        assert variants.issuperset(names[1:]), path.name


@pytest.mark.slow
def test_what_leaves_a_table_is_named_by_a_parent(manifest: Manifest) -> None:
    named = 0
    for model in manifest.models():
        conditions = " ".join(model["config"].get("incremental_predicates") or [])
        keys = set(re.findall(r"from intermediate\.(\w+)", conditions))
        asked = {parent for parent in waits_for(model) if parent.startswith("int_")}
        if model["config"]["materialized"] == "incremental":
            assert keys == asked, model["name"]
            named += len(keys)
    assert named >= 10


@pytest.mark.slow
def test_who_may_read_what(manifest: Manifest) -> None:
    for model in manifest.models():
        assert model["group"] == "dados"
        assert model["access"] == ACCESS[model["schema"]], model["name"]
        # Others name a mart's version; the newest has the mart's own name in the warehouse.
        assert (model["version"] is not None) == (model["access"] == "public"), model["name"]
        if model["version"] == model["latest_version"]:
            assert model["alias"] == model["name"]


@pytest.mark.slow
@pytest.mark.parametrize("rebuild", [(), ("--full-refresh",)], ids=["merge", "first build"])
def test_a_column_that_the_contract_lacks_fails_the_build(
    second_day: Pipeline, tmp_path: Path, rebuild: tuple[str, ...]
) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    model = project / "models" / "dim" / "dim_regiao.sql"
    written = model.read_text(encoding="utf-8")
    last = "        membros._dlt_load_id\n"
    added = written.replace(last, f"{last[:-1]},\n        1 as novidade\n")
    assert added != written
    model.write_text(added, encoding="utf-8")
    before = second_day.warehouse("select * from dim.dim_regiao order by all")

    done = second_day.dbt("run", "--select", "dim_regiao", *rebuild, check=False, project=project)

    assert done.returncode == 1
    assert "This model has an enforced contract that failed" in done.stdout
    assert "novidade" in done.stdout and "missing in contract" in done.stdout
    assert second_day.warehouse("select * from dim.dim_regiao order by all") == before
