"""The pipeline under the soak, in this process; kills happen in a forked one."""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import duckdb
from pydantic import SecretStr

from ci.parity import ABOUT_RUNS
from core import seals
from core.audit import Audit, Run
from core.engines import engine
from core.errors import MismatchError
from core.lock import hold_warehouse
from core.settings import Settings
from loader import load as loads
from pipeline import build as builds
from pipeline.reconcile import REPAIRABLE, reconcile
from pipeline.report import REPORT
from published import versions
from published.versions import Mismatch, Reconciliation
from simulation.process import forked
from simulation.warehouse import dbt
from tests.gate import tamper

MODEL_SCHEMAS = ("dim", "fact", "agg", "mart")
Target = Literal["duckdb", "spark"]
Content = dict[str, list[tuple[Any, ...]]]


class Pipeline:
    """A source and its warehouse in one folder; the folder can be set back to a template."""

    def __init__(self, home: Path, target: Target = "duckdb") -> None:
        self.home = home
        self.source = home / "oltp.sqlite"
        self.settings = Settings(
            data_dir=home,
            oltp_url=SecretStr(f"sqlite:///{self.source}"),
            source="oltp",
            target=target,
            # A team of three may lose one.
            max_missing_percent=100,
        )

    def reset(self, template: Path) -> None:
        """Start again from the files of a template; the same path keeps dbt's parse valid."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(template, self.home)

    def load(self) -> Run:
        """``dw load``."""
        return loads.load(self.settings)

    def backfill(self, entity: str, month: str) -> Run:
        """``dw backfill`` of one month, yyyy-mm."""
        return loads.backfill(self.settings, entity, {month})

    def build(self) -> None:
        """``dw build``: every model and every test."""
        builds.build(self.settings)

    def run(self, *arguments: str) -> None:
        """``dbt run``: the models alone."""
        dbt(self.settings, "run", *arguments)

    def reconcile(self) -> tuple[list[Mismatch], list[Mismatch]]:
        """``dw reconcile``: what differs, and what differed and was made again."""
        with suppress(MismatchError):
            reconcile(self.settings)
        verdict = versions.read(self.settings.data_dir / versions.VERDICT, Reconciliation)
        assert verdict is not None
        return verdict.mismatches, verdict.repaired

    def sealed(self) -> list[str]:
        """The tables that a reconciliation answers for, and that have rows."""
        with hold_warehouse(self.settings), engine(self.settings).reader() as opened:
            names = sorted(seals.read(self.settings, Audit(self.settings), opened.version).unbroken)
            return [table for table, months in seals.look(opened, names).items() if months]

    def tamper(self, table: str, kind: str) -> bool:
        """Change one thing in a table, and assert that it is found, told, and made again.

        The warehouse is as it was afterwards. False when the table has nothing of the kind.
        """
        if self.settings.target != "duckdb":
            return False
        aside = self.home / "aside"
        shutil.copyfile(self.settings.warehouse, aside)
        try:
            before = self.query(f"select * from {table} order by all")
            with duckdb.connect(str(self.settings.warehouse)) as database:
                rows = database.execute(f"describe {table}").fetchall()
                columns = {str(row[0]): str(row[1]) for row in rows}
                last = f"rowid = (select max(rowid) from {table} as last_one)"
                changed = tamper.statement(table, columns, kind, last)
                if changed is None:
                    return False
                database.execute(changed)
            if self.query(f"select * from {table} order by all") == before:
                return False
            mismatches, repaired = self.reconcile()
            assert any(m.entity == table for m in [*mismatches, *repaired]), f"{table}: {kind}"
            assert table in (self.home / REPORT).read_text(encoding="utf-8")
            if table.startswith(REPAIRABLE):
                assert not mismatches, mismatches
                if table not in ABOUT_RUNS:
                    assert self.query(f"select * from {table} order by all") == before
            else:
                assert mismatches
            return True
        finally:
            aside.replace(self.settings.warehouse)

    def killed(self, victim: Callable[..., None], *arguments: Any) -> bool:
        """Run ``victim`` in a process that may kill itself; whether it did."""
        code = forked(["tests.soak.killed"], victim, self.settings, *arguments)
        return code == -signal.SIGKILL

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        with self._opened() as database:
            return database.execute(statement).fetchall()

    def records(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table, by column."""
        with self._opened() as database:
            answer = database.execute(f"select * from {table}")
            names = [column[0] for column in answer.description]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def content(self) -> Content:
        """Every row of every model, all columns, in an order that depends on the rows alone."""
        with self._opened() as database:
            tables = database.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
                f" where table_schema in {MODEL_SCHEMAS} order by 1"
            ).fetchall()
            return {
                name: database.execute(f"select * from {name} order by all").fetchall()
                for (name,) in tables
                if name not in ABOUT_RUNS | {"dim.dim_data", "dim.feriados_nacionais"}
            }

    def rebuilt(self) -> Content:
        """What a full refresh makes of the same staging; the warehouse itself stays as it is."""
        warehouse = self.settings.warehouse
        if self.settings.target == "spark":
            warehouse = self.home / "lake"
        aside = self.home / "aside"
        if warehouse.is_dir():
            shutil.copytree(warehouse, aside)
        else:
            shutil.copyfile(warehouse, aside)
        try:
            self.run("--full-refresh")
            return self.content()
        finally:
            if warehouse.is_dir():
                shutil.rmtree(warehouse)
            aside.replace(warehouse)

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self.settings.target == "spark":
            from core.engines import spark

            with spark.lake(self.settings) as database:
                yield database
        else:
            with duckdb.connect(str(self.settings.warehouse), read_only=True) as database:
                yield database
