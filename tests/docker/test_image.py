"""The image: what goes in suffices for a day, and the code's folder is only ever read."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

IGNORED = (ROOT / "docker/Dockerfile.dockerignore").read_text(encoding="utf-8").split("\n")

LOCK = (ROOT / "docker/requirements.lock").read_text(encoding="utf-8")
LOCKED = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with what Docker would copy into the image."""
    app = tmp_path / "app"
    never = shutil.ignore_patterns("__pycache__", "target", "logs")
    for pattern in (line[1:] for line in IGNORED if line.startswith("!")):
        for path in ROOT.glob(pattern):
            copy = app / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(path, copy, ignore=never) if path.is_dir() else shutil.copy(path, copy)
    return app


def test_only_what_runs_goes_in(image: Path) -> None:
    assert IGNORED[1] == "*"
    names = {path.name for path in image.iterdir()}
    assert names >= {"loader", "dbt_project", "docker", "sources", "pyproject.toml"}
    assert names.isdisjoint({".git", ".data", ".env", "tests", "docs"})
    assert not list(image.rglob(".env*"))


def test_dependencies_are_those_of_the_project(image: Path) -> None:
    command = [sys.executable, "docker/requirements.py", "dashboards", "odbc"]
    done = subprocess.run(command, cwd=image, capture_output=True, text=True, check=True)
    wanted = done.stdout.split()
    assert len(wanted) == len(done.stdout.splitlines())
    names = {canonicalize_name(Requirement(line).name) for line in wanted}
    assert names >= {"dbt-sqlserver", "dlt", "streamlit", "mssql-python-odbc", "setuptools"}
    assert "pytest" not in names
    assert names <= LOCKED.keys(), "make lock"
    unfit = [
        line for line in map(Requirement, wanted)
        if not line.specifier.contains(LOCKED[canonicalize_name(line.name)])
    ]  # fmt: skip
    assert unfit == [], "make lock"


def test_the_image_has_the_versions_that_were_tested() -> None:
    tested = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    assert {name: tested.get(name) for name in LOCKED} == LOCKED, "make lock"


def test_each_package_is_known_by_its_hash_and_by_no_address() -> None:
    packages = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(packages) == len(LOCKED)
    assert all(re.search(r" --hash=sha256:[0-9a-f]{64}$", package) for package in packages)
    assert "://" not in LOCK and "--index" not in LOCK
    image = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8")
    assert "pip install --require-hashes -r requirements.lock" in image
    assert image.count("pip install") == 2 and "pip install --no-deps --no-build-isolation" in image


@pytest.mark.long
def test_a_day_runs_and_the_code_is_only_read(image: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in image.rglob("*")}
    (tmp_path / "home").mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(image),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DW_DATA_DIR": str(tmp_path / "data"),
        "DBT_PROJECT_DIR": str(image / "dbt_project"),
        "DBT_PROFILES_DIR": str(image / "dbt_project"),
    }
    for command in (["seeds_oltp", "seed", "--orders=200"], ["pipeline", "run"]):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=image, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    assert {path: path.stat().st_mtime_ns for path in image.rglob("*")} == before
    assert (tmp_path / "data/published/current.json").is_file()
