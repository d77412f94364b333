"""The steps of CONTRIBUTING.md's how-tos: whichever is forgotten, a test that it names says so."""

import re
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from core.contract.entities import ENTITIES
from core.environment import ROOT
from core.settings import Settings
from published.answers.dimensions import (
    DIMENSIONS,
    SEMANTIC,
    FilterDeclarationError,
    declared,
)
from published.answers.filters import Filters
from published.metrics import Format

pytestmark = pytest.mark.unit

MODELS = ROOT / "dbt_project" / "models"
MACROS = ROOT / "dbt_project" / "macros"
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ENGINES = get_args(Settings.model_fields["target"].annotation)
HOWTOS = ("A metric", "A page", "An entity", "An engine", "A dimension to filter by")


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def semantic(kind: str) -> list[dict[str, Any]]:
    """The semantic models, or the metrics, of the semantic layer."""
    files = sorted((MODELS / "semantic").glob("*.yml"))
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in files]
    return [part for content in found for part in content.get(kind, ())]


@cache
def pages() -> dict[str, str]:
    """Addresses and titles of the pages."""
    from dashboards.app import PAGES

    return {path: title for path, (title, _, _) in PAGES.items()}


# ---------- A metric


def test_a_metric_says_what_people_look_up() -> None:
    metrics = semantic("metrics")
    assert len(metrics) > 50
    lacking = []
    for metric in metrics:
        meta = metric["config"]["meta"]
        lacking += [f"{metric['name']}: {k}" for k in ("unit", "owner") if not meta.get(k)]
        lacking += [f"{metric['name']}: {k}" for k in ("label", "description") if not metric[k]]
        if meta["format"] not in get_args(Format):
            lacking.append(f"{metric['name']}: format")
        if meta["direction"] not in ("higher", "lower", "neutral"):
            lacking.append(f"{metric['name']}: direction")
    assert lacking == []


def test_a_metric_and_its_reference_query_name_each_other() -> None:
    named = {m["config"]["meta"].get("reference") for m in semantic("metrics")} - {None}
    queries = {path.name for path in (ROOT / "dbt_project/analyses/kpi").glob("*.sql")}
    assert named == queries


def test_a_metric_is_in_the_dictionary() -> None:
    dictionary = text("docs/METRICAS.md")
    absent = [m["name"] for m in semantic("metrics") if f"`{m['name']}`" not in dictionary]
    assert absent == [], "run `make docs`"


# ---------- A page


def test_a_page_is_in_the_menu() -> None:
    modules = {path.stem for path in (ROOT / "dashboards/screens").glob("*.py")} - {"__init__"}
    menu = text("dashboards/app.py")
    assert [name for name in sorted(modules) if f"{name}.render" not in menu] == []


def test_a_page_is_an_exposure() -> None:
    exposures = yaml.safe_load((MODELS / "exposures.yml").read_text(encoding="utf-8"))["exposures"]
    told = {e["name"]: e["label"] for e in exposures if e["type"] == "dashboard"}
    # The dictionary reads definitions, and no mart.
    assert told == {path: title for path, title in pages().items() if path != "dicionario"}


def test_a_page_has_its_picture_and_its_words() -> None:
    words = text("docs/DASHBOARDS.md")
    for path, title in pages().items():
        assert (ROOT / "docs" / "img" / f"{path}.png").is_file(), path
        assert title in words, title
        assert f"docs/img/{path}.png" in text("README.md"), path


# ---------- An entity


def test_an_entity_has_its_staging_model() -> None:
    for name in ENTITIES:
        for kind in ("sql", "yml"):
            assert (MODELS / "staging" / f"stg_oltp__{name}.{kind}").is_file(), name


def test_an_entity_is_in_each_mapping() -> None:
    mappings = sorted((ROOT / "sources").glob("*.yml"))
    assert mappings
    for path in mappings:
        mapped = yaml.safe_load(path.read_text(encoding="utf-8"))["entities"]
        assert set(mapped) == set(ENTITIES), path.name


def test_an_entity_is_in_the_guide_to_mappings() -> None:
    guide = text("docs/YOUR_DATABASE.md")
    assert [name for name in ENTITIES if f"\n### {name}\n" not in guide] == []


# ---------- An engine


def test_an_engine_has_its_module_and_profile() -> None:
    profiles = yaml.safe_load(text("dbt_project/profiles.yml"))["dw_ecommerce"]["outputs"]
    for name in ENGINES:
        found = find_spec(f"core.engines.{name}")
        assert found and found.origin, name
        assert re.search(r"^ENGINE\b", Path(found.origin).read_text(encoding="utf-8"), re.M), name
        assert name in profiles


def test_an_engine_answers_every_dispatched_macro() -> None:
    words = "\n".join(path.read_text(encoding="utf-8") for path in sorted(MACROS.rglob("*.sql")))
    dispatched = set(re.findall(r"adapter\.dispatch\('(\w+)'", words))
    defined = set(re.findall(r"\{%-? macro (\w+)\(", words))
    assert len(dispatched) > 5
    unanswered = [
        f"{engine}__{macro}"
        for macro in dispatched
        for engine in ENGINES
        if not {f"{engine}__{macro}", f"default__{macro}"} & defined
    ]
    assert unanswered == []


def test_an_engine_is_compared_with_the_embedded_one_and_described() -> None:
    for name in ENGINES:
        if name != "duckdb":
            assert (ROOT / "tests" / name / "test_parity.py").is_file(), name
            assert (ROOT / "docs" / f"{name.upper()}.md").is_file(), name


# ---------- A dimension


def test_a_filter_is_a_dimension_with_one_label() -> None:
    labels: dict[str, set[str]] = {}
    for model in semantic("semantic_models"):
        for dimension in model["dimensions"]:
            labels.setdefault(dimension["name"], set()).add(dimension.get("label", ""))
    assert [name for name in DIMENSIONS if name not in labels] == []
    assert {name: found for name, found in labels.items() if len(found) > 1 or "" in found} == {}


def test_a_gate_that_a_dimension_needs_is_there() -> None:
    gates = text("dbt_project/models/mart/feature_gates.sql")
    needed = {
        meta["gate"]
        for model in semantic("semantic_models")
        for dimension in model["dimensions"]
        if (meta := dimension.get("config", {}).get("meta", {})) and "gate" in meta
    }
    assert needed
    assert [gate for gate in sorted(needed) if f"'{gate}'" not in gates] == []


def test_a_filter_is_declared_once(tmp_path: Path) -> None:
    assert tuple(Filters.model_fields) == ("inicio", "fim", *DIMENSIONS)

    def with_filter(name: str, about: str) -> Path:
        """The semantic layer with one more dimension that declares a filter."""
        shutil.copytree(SEMANTIC, tmp_path, dirs_exist_ok=True)
        dimension = f"{{name: {name}, config: {{meta: {{filter: {about}}}}}}}"
        more = f"semantic_models:\n  - name: lojas\n    dimensions:\n      - {dimension}\n"
        (tmp_path / "zz_lojas.yml").write_text(more, encoding="utf-8")
        return tmp_path

    found = declared(with_filter("marca", "{position: 45, parameter: marca}"))
    assert tuple(found) == (*DIMENSIONS[:4], "marca", *DIMENSIONS[4:])
    assert found["marca"].parameter == "marca"
    for name, wrong, reason in (
        ("estado", "{position: 45, parameter: uf}", "estado is declared a filter elsewhere"),
        ("marca", "{position: 45, parameter: canal}", "the same parameter"),
        ("marca", "{position: 40, parameter: marca}", "the same position"),
        ("marca", "{position: 45}", "filter of marca: .*parameter"),
        ("marca", "{position: 45, parameter: marca, fold: true}", "filter of marca: .*fold"),
    ):
        with pytest.raises(FilterDeclarationError, match=reason):
            declared(with_filter(name, wrong))


# ---------- The guide itself


def sections() -> dict[str, str]:
    parts = re.split(r"^### (.+)$", GUIDE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_each_step_names_the_test_that_misses_it() -> None:
    found = sections()
    assert set(HOWTOS) <= set(found)
    for howto in HOWTOS:
        steps = re.findall(r"^- \[ \] (.*(?:\n  .*)*)", found[howto], re.MULTILINE)
        assert len(steps) >= 3, howto
        for step in steps:
            named = re.findall(r"`(tests/\S+\.py)::(\w+)`", step)
            assert named, f"{howto}: {step}"
            for path, function in named:
                assert f"def {function}(" in text(path), f"{path}::{function}"


def test_each_test_of_a_step_is_named_by_the_guide() -> None:
    ours = re.findall(r"^def (test_an?_\w+)", Path(__file__).read_text(encoding="utf-8"), re.M)
    assert len(ours) > 10
    assert [name for name in ours if f"::{name}`" not in GUIDE] == []
