"""The company that lives through the days: its source, its data folder, its channel."""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
import time_machine
from dlt.common.time import increasing_precise_time
from pydantic import SecretStr

from core.contract import tables
from core.settings import Settings
from pipeline.cli import main
from seeds_oltp import company as sample
from seeds_oltp import store, waves
from simulation.process import forked
from simulation.receiver import Receiver

PRELOADED = (
    "published.answers.query",
    "dbt.adapters.duckdb",
    "dbt.cli.main",
    "pipeline.watch.alerts",
    "loader.load",
    "pipeline.publish",
    "pipeline.reconcile",
    "pipeline.watch.smoke",
    "simulation.company",
)
"""What the commands import, most of it when they need it."""


@dataclass(frozen=True)
class Finished:
    """A command that has ended; ``code`` is the negative number of the signal that killed it."""

    code: int
    out: list[str]
    err: list[str]

    @property
    def message(self) -> str:
        """Why it failed, or what it said last."""
        if self.code < 0:
            return f"killed by {signal.Signals(-self.code).name}"
        told = [line for line in self.err if line.startswith("dw: ")] if self.code else self.out
        return told[-1] if told else ""


@dataclass(frozen=True)
class Company:
    """A sample company and its pipeline in one folder."""

    home: Path
    receiver: Receiver

    @property
    def source(self) -> Path:
        """The file of its operational database."""
        return self.home / "oltp.sqlite"

    @property
    def environment(self) -> dict[str, str]:
        """What its commands are told, whatever the environment or ``.env`` of this process say."""
        return {
            "DW_TARGET": "duckdb",
            "DW_SOURCE": "oltp",
            "DW_DATA_DIR": str(self.home),
            "DW_OLTP_URL": self._url,
            # Of a month that has just begun a few bad rows are much, and nobody is there to accept.
            "DW_MAX_QUARANTINE_PERCENT": "100",
            "DW_ALERT_URLS": self.receiver.url,
            "DW_ALERT_QUIET": "",
            "DW_ALERT_REPEAT_HOURS": "24",
        }

    @property
    def settings(self) -> Settings:
        """The same as an object."""
        return Settings(
            target="duckdb", source="oltp", data_dir=self.home, oltp_url=SecretStr(self._url)
        )

    @property
    def _url(self) -> str:
        return f"sqlite:///{self.source}"

    def seed(self, orders: int, seed: int) -> None:
        """Create the source of a company with so many orders in three years."""
        store.create(sa.make_url(self._url), sample.base(orders, seed), replace=True)

    def wave(self, number: int) -> Mapping[str, int]:
        """Let a day pass at the source; rows by kind of change."""
        with tables.engine(sa.make_url(self._url)).begin() as connection:
            return waves.apply(connection, number) or {}

    def dw(self, at: datetime, *command: str, fault: Callable[[], None] | None = None) -> Finished:
        """Run ``dw`` at a simulated moment, in a process that a fault may hit."""
        out, err = self.home / "stdout.log", self.home / "stderr.log"
        code = forked(PRELOADED, _dw, self.environment, at, command, fault, out, err)
        return Finished(1 if code is None else code, _lines(out), _lines(err))

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """The source, for changes that its own rules would refuse."""
        database = sqlite3.connect(self.source)
        database.execute("pragma ignore_check_constraints = on")
        try:
            with database:
                yield database
        finally:
            database.close()


def _dw(
    environment: Mapping[str, str],
    at: datetime,
    command: tuple[str, ...],
    fault: Callable[[], None] | None,
    out: Path,
    err: Path,
) -> None:
    for name in [name for name in os.environ if name.startswith("DW_")]:
        del os.environ[name]
    os.environ |= environment
    for stream, file in (sys.stdout, out), (sys.stderr, err):
        with file.open("w", encoding="utf-8") as target:
            os.dup2(target.fileno(), stream.fileno())
    sys.argv = ["dw", *command]
    if fault is not None:
        fault()
    with time_machine.travel(at):
        # dlt's clock never goes back, and began when it was imported.
        increasing_precise_time._last = at.timestamp()
        main()


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()
