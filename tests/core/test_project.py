"""What a contributor and a user of the project rely on: its commands, releases and how it runs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from core import version
from core.environment import ROOT

pytestmark = pytest.mark.unit

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
MARK = re.compile(r"^pytestmark = .*pytest\.mark\.unit", re.MULTILINE)


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_unit_tests_import_neither_dbt_nor_dlt() -> None:
    marked = [p for p in (ROOT / "tests").rglob("test_*.py") if MARK.search(p.read_text("utf-8"))]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in marked]
    assert len(names) > 10
    names.remove(__name__)
    asked = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    if heavy := {'dlt', 'dbt'} & sys.modules.keys():\n"
        "        sys.exit(f'{name} imports {heavy}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked, *names], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr


def test_every_target_of_make_is_described() -> None:
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", MAKEFILE, re.MULTILINE))
    described = set(re.findall(r"^([a-z-]+):.* ## ", MAKEFILE, re.MULTILINE))
    # One for those that name the company.
    assert targets - described == {"demo-foreign"}
    readmes = [text("README.md"), text("README.pt-BR.md"), text("CONTRIBUTING.md")]
    unknown = [
        name
        for words in readmes
        for name in re.findall(r"`make ([a-z-]+)", words)
        if name not in targets
    ]
    assert unknown == []


def test_releases_agree() -> None:
    release = version.release()
    assert re.fullmatch(r"\d+\.\d+\.\d+", release)
    for project in ("dbt_project", "dbt_elementary"):
        assert yaml.safe_load(text(f"{project}/dbt_project.yml"))["version"] == release
    (newest, *_) = re.findall(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE)
    assert newest == release
    assert f"## To {release}" in text("docs/UPGRADE.md")


def test_the_version_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "--version"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        rf"dw {re.escape(version.release())}( \(\S+\))?, Python \d+\.\d+\.\d+\n", done.stdout
    )


def test_the_project_is_no_wheel_and_says_so(tmp_path: Path) -> None:
    build = "import sys; sys.path.insert(0, 'ci'); import backend; backend.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert "dw-ecommerce is no wheel: it runs from its own folder" in done.stderr
    assert not list(tmp_path.iterdir())


def test_pythons_of_the_project_are_those_of_ci() -> None:
    matrix = yaml.safe_load(text(".github/workflows/ci.yml"))["jobs"]["test"]["strategy"]["matrix"]
    first, last = re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text("pyproject.toml"))[0]
    assert matrix["python"] == [f"3.{minor}" for minor in range(int(first), int(last))]
    *others, newest = matrix["python"]
    assert f"Python {', '.join(others)} or {newest}" in text("README.md")


def test_the_dev_container_has_what_the_image_has() -> None:
    described = json.loads(text(".devcontainer/devcontainer.json"))
    assert described["postCreateCommand"].split()[0] == "make"
    assert set(described["postCreateCommand"].split()[1:]) <= set(
        re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)
    )
    pinned = [
        re.search(r"^ARG PYTHON=(\S+)$", text(path), re.MULTILINE)
        for path in (".devcontainer/Dockerfile", "docker/Dockerfile")
    ]
    assert len({found[1] for found in pinned if found}) == 1
    assert all(pinned)


def test_hooks_are_tools_of_this_environment() -> None:
    (local,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        program = hook["entry"].split()[0]
        assert program == "make" or Path(sys.executable).with_name(Path(program).name).exists()
