"""The whole pipeline in a folder of its own, for tests that look at the finished warehouse."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import hypothesis
import pytest
import sqlalchemy as sa

from ci.parity import ABOUT_RUNS
from core import secrets

ROOT = Path(__file__).resolve().parents[1]
MODEL_SCHEMAS = ("dim", "fact", "agg", "mart")

# The same examples each time, however busy the machine.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")


class Pipeline:
    """A source and its warehouse under one folder, driven by the commands that users type."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("DW_", "DBT_"))},
            "DW_DATA_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            **environment,
        }

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a Python module or console script of this environment; fail with what it printed."""
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        if check and done.returncode:
            pytest.fail(f"{' '.join(command)} ended with {done.returncode}\n{_tail(done)}")
        return done

    def seed(self, orders: int, seed: int = 7) -> None:
        self.run(sys.executable, "-m", "seeds_oltp", "seed", f"--orders={orders}", f"--seed={seed}")

    def wave(self, number: int) -> None:
        self.run(sys.executable, "-m", "seeds_oltp", "wave", str(number))

    def load(self, *arguments: str) -> None:
        self.run(sys.executable, "-m", "pipeline", "load", *arguments)

    def dbt(
        self, *arguments: str, check: bool = True, project: Path = ROOT / "dbt_project"
    ) -> subprocess.CompletedProcess[str]:
        dbt = str(Path(sys.executable).with_name("dbt"))
        folders = ("--project-dir", str(project), "--profiles-dir", str(project))
        return self.run(dbt, *arguments, *folders, check=check)

    def build(self, *arguments: str) -> None:
        """Build and test the data; the unit tests have a test of their own, in test_empty."""
        self.dbt("build", "--exclude-resource-type", "unit_test", *arguments)

    def source(self, statement: str) -> list[Any]:
        """Rows of a query on the source database, by plain SQL."""
        url = self.environment.get("DW_OLTP_URL", f"sqlite:///{self.folder / 'oltp.sqlite'}")
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return list(connection.exec_driver_sql(statement).fetchall())

    def warehouse(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        with duckdb.connect(str(self.folder / "dw_ecommerce.duckdb"), read_only=True) as database:
            return database.execute(statement).fetchall()

    def tables(self) -> list[str]:
        """The models of the warehouse, as schema.table."""
        rows = self.warehouse(
            "select table_schema || '.' || table_name from information_schema.tables"
            f" where table_schema in {MODEL_SCHEMAS} order by 1"
        )
        return [name for (name,) in rows]

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every model but of those of runs, in an order that only the rows decide."""
        return {
            name: self.warehouse(f"select * from {name} order by all")
            for name in self.tables()
            if name not in ABOUT_RUNS
        }


def _tail(done: subprocess.CompletedProcess[str], lines: int = 60) -> str:
    return "\n".join((done.stdout + done.stderr).splitlines()[-lines:])


def money(value: object) -> Decimal:
    """A sum as SQLite gives it, a binary double, as the exact cents it stands for."""
    return Decimal(repr(value)).quantize(Decimal("0.01")) if value is not None else Decimal(0)


@pytest.fixture(autouse=True)
def own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test knows its own secrets only: a password of another may be a word of a message."""
    monkeypatch.setattr(secrets, "_values", set())


@pytest.fixture(scope="session")
def new_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Pipeline]]:
    """Make a pipeline in an empty folder."""

    def make(**environment: str) -> Pipeline:
        return Pipeline(tmp_path_factory.mktemp("dw"), **environment)

    yield make


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Fill a folder, by one worker for all of them; nobody may change it afterwards."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder = shared / name
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                unfinished = shared / f"{name}.unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def first_day(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """A company of 1,000 orders after its first `dw run`: to look at only."""

    def make(folder: Path) -> None:
        company = Pipeline(folder)
        company.seed(1000)
        company.run(sys.executable, "-m", "pipeline", "run")

    return once("first_day", make)


@pytest.fixture
def second_day(first_day: Path, tmp_path: Path) -> Pipeline:
    """A copy of that company, to go on with."""
    return Pipeline(shutil.copytree(first_day, tmp_path / "dw"))
