"""A company whose audit is written by hand, and whose alerts somebody receives."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.audit import RUN, RUN_ENTITY, Audit
from core.settings import Settings
from pipeline.watch import alerts
from published.versions import Catalogue, Manifest, Reconciliation
from simulation.receiver import Receiver

MONDAY = datetime(2026, 3, 2, 15)
"""UTC: noon in São Paulo."""


class AuditedFolder:
    """A data folder whose audit and publications tests write, and a clock that they set."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings, self._monkeypatch = settings, monkeypatch
        self.at(MONDAY)

    def at(self, moment: datetime) -> None:
        """Set the clock of the checks."""
        self.now = moment
        self._monkeypatch.setattr(alerts, "now", lambda: moment)

    def later(self, **time: float) -> None:
        self.at(self.now + timedelta(**time))

    def ran(
        self, *runs: dict[str, object], entities: list[dict[str, object]] | None = None
    ) -> None:
        """Record runs, each successful and just now but for what it says."""
        rows = [
            {
                "run_id": f"{run.get('command', 'load')}-{index}",
                "command": "load",
                "status": "success",
                "started_at": self.now - timedelta(minutes=10 - index),
                "finished_at": self.now - timedelta(minutes=9 - index),
                **run,
            }
            for index, run in enumerate(runs)
        ]
        audit = Audit(self.settings)
        audit.write("etl_run", ["run_id"], rows, RUN)
        audit.write("etl_run_entity", ["run_id", "entity"], entities or [], RUN_ENTITY)

    def published(self, *moments: datetime) -> None:
        """Have versions been published at these moments, UTC."""
        folder = self.settings.data_dir / "published"
        for version, moment in enumerate(moments, start=1):
            path = folder / f"v{version}"
            path.mkdir(parents=True, exist_ok=True)
            manifest = Manifest(
                version=version,
                created_at=moment.replace(tzinfo=UTC),
                run_id=f"publish-{version}",
                git_commit=None,
                invocation_id="",
                load_id="",
                seconds=1,
                tests_passed=1,
                reconciliation=Reconciliation(ok=True, load_id="", invocation_id=""),
                tables={},
            )
            (path / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
        numbers = list(range(1, len(moments) + 1))
        catalogue = Catalogue(current=numbers[-1], kept=numbers)
        (folder / "current.json").write_text(catalogue.model_dump_json(), encoding="utf-8")

    def check(self) -> list[str]:
        """The incidents that last after a check, as rule and job."""
        return [f"{i.rule} {i.job}" for i in alerts.check(self.settings).lasting]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def company(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> AuditedFolder:
    """A company whose alerts go to the receiver."""
    monkeypatch.setenv("DW_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DW_ALERT_URLS", receiver.url)
    return AuditedFolder(Settings(), monkeypatch)
