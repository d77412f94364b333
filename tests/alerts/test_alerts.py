"""From a problem to the people: once, again while it lasts, once more at its end; never lost."""

import json
import os
import signal
import subprocess
import sys

import duckdb
import pytest

from core.errors import LoaderError, LockedError
from core.settings import ROOT, Settings
from pipeline.cli import main
from pipeline.watch import alerts
from published import versions
from simulation.receiver import Receiver
from tests.alerts.conftest import AuditedFolder

FAILED = {"status": "failed", "error": "the source does not answer"}
KILL_AFTER_SENDING = """
import os
from pipeline.watch import alerts, incidents
from core.settings import Settings
incidents.mark_told = lambda *_: os.kill(os.getpid(), 9)
alerts.check(Settings())
"""


def told(receiver: Receiver) -> list[str]:
    """The titles of the messages since the last look."""
    titles = [
        message.splitlines()[0].removeprefix("DW E-commerce: ") for message in receiver.messages
    ]
    receiver.messages.clear()
    return titles


def mirrored(company: AuditedFolder) -> list[tuple[object, ...]]:
    with duckdb.connect(str(company.settings.warehouse)) as database:
        return database.execute(
            "select rule, job, resolved_at is not null from audit.alert order by fired_at, rule"
        ).fetchall()


def test_an_incident_is_told_once_repeated_and_resolved_once(
    company: AuditedFolder, receiver: Receiver
) -> None:
    company.ran(FAILED, {**FAILED, "command": "build"})
    assert company.check() == ["pipeline-failed load", "pipeline-failed build"]
    (message,) = receiver.messages
    assert "NOVO: Etapa falhou · load\nthe source does not answer\n" in message
    assert "desde 02/03/2026 11:51 · execução load-0" in message
    assert "docs/RUNBOOK.md#pipeline-failed" in message
    assert told(receiver) == ["2 novo"]

    company.later(hours=23)
    company.check()
    assert told(receiver) == []
    company.later(hours=2)
    company.ran(FAILED, {"command": "build"})
    company.check()
    assert told(receiver) == ["1 continua, 1 resolvido"]
    company.ran({}, {"command": "build", "run_id": "b"})
    assert company.check() == []
    assert told(receiver) == ["1 resolvido"]
    company.check()
    assert told(receiver) == []
    assert json.loads((company.settings.data_dir / "alerts.json").read_text(encoding="utf-8")) == {
        "incidents": []
    }
    assert [row for row in mirrored(company) if row[2]] == [
        ("pipeline-failed", "build", True),
        ("pipeline-failed", "load", True),
    ]


def test_a_channel_that_fails_or_hangs_hears_all_once_it_recovers(
    company: AuditedFolder, receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    company.ran(FAILED)
    receiver.refuses = True
    assert len(alerts.check(company.settings).silent) == 1
    receiver.refuses, receiver.hangs = False, True
    company.ran({**FAILED, "command": "build"})
    assert len(alerts.check(company.settings).silent) == 1
    company.ran({"run_id": "z", "started_at": company.now})
    receiver.hangs = False
    assert alerts.check(company.settings).silent == []
    assert told(receiver) == ["1 novo, 1 aconteceu e já se resolveu"]
    assert "s3cret" not in "".join(capfd.readouterr())
    logs = company.settings.data_dir / "logs" / "alerts.jsonl"
    assert "s3cret" not in logs.read_text(encoding="utf-8")


def test_one_channel_that_is_off_does_not_repeat_what_others_know(
    company: AuditedFolder, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_ALERT_URLS", f"json://127.0.0.1:9/off {receiver.url}")
    company.settings = Settings()
    company.ran(FAILED)
    for _ in range(2):
        assert len(alerts.check(company.settings).silent) == 1
    assert told(receiver) == ["1 novo"]


def test_killed_between_sending_and_remembering_it_tells_again(
    company: AuditedFolder, receiver: Receiver
) -> None:
    company.ran({**FAILED, "run_id": "run-1"})
    done = subprocess.run(
        [sys.executable, "-c", KILL_AFTER_SENDING], cwd=ROOT, env=dict(os.environ)
    )
    assert done.returncode == -signal.SIGKILL
    assert receiver.messages
    # Mended meanwhile: its end is still told, of the same incident.
    first = [line for line in receiver.messages[0].splitlines() if "incidente" in line]
    receiver.messages.clear()
    company.ran({"started_at": company.now})
    company.check()
    (message,) = receiver.messages
    assert first[0] in message


def test_quiet_hours_hold_back_and_lose_nothing(
    company: AuditedFolder, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_ALERT_QUIET", "11:30-12:30")
    company.settings = Settings()
    company.ran(FAILED)
    company.check()
    assert told(receiver) == []
    company.later(minutes=30)
    company.check()
    assert told(receiver) == ["1 novo"]


@pytest.mark.parametrize("quiet", ["22:00", "25:00-07:00", "night"])
def test_wrong_quiet_hours_are_refused(quiet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DW_ALERT_QUIET", quiet)
    with pytest.raises(ValueError, match="alert_quiet"):
        Settings()


def test_quiet_hours_may_pass_midnight(company: AuditedFolder) -> None:
    night = company.settings.model_copy(
        update={"alert_quiet": Settings(alert_quiet="22:00-07:00").alert_quiet}
    )
    hours = [hour for hour in range(24) if alerts._is_quiet(night, company.now.replace(hour=hour))]
    assert hours == list(range(1, 10))


def test_without_the_warehouse_incidents_are_told_and_reach_the_audit_later(
    company: AuditedFolder, receiver: Receiver
) -> None:
    company.ran({})
    company.published(company.now)
    away = company.settings.warehouse.with_name("away")
    company.settings.warehouse.rename(away)
    assert company.check() == ["warehouse-away duckdb"]
    away.rename(company.settings.warehouse)
    assert company.check() == []
    assert told(receiver) == ["1 novo", "1 resolvido"]
    assert mirrored(company) == [("warehouse-away", "duckdb", True)]


def test_readers_know_what_lasts_and_no_detail_of_it(company: AuditedFolder) -> None:
    company.published(company.now)
    company.ran(FAILED)
    company.check()
    (known,) = versions.open_incidents(company.settings.data_dir)
    assert (known.rule, known.job) == ("pipeline-failed", "load")
    text = (company.settings.data_dir / "published" / versions.INCIDENTS).read_text(
        encoding="utf-8"
    )
    assert "the source does not answer" not in text
    company.ran({})
    company.check()
    assert versions.open_incidents(company.settings.data_dir) == []


def test_a_day_published_late_is_told_once(company: AuditedFolder, receiver: Receiver) -> None:
    company.ran({})
    company.published(company.now.replace(day=1), company.now)
    company.check()
    company.check()
    assert told(receiver) == ["1 aconteceu e já se resolveu"]


def test_a_run_that_could_not_be_recorded_is_told_by_its_error(
    company: AuditedFolder, receiver: Receiver
) -> None:
    alerts.after_run(company.settings, LockedError("another run"))
    assert told(receiver) == []
    alerts.after_run(company.settings, LoaderError("the server is away\nlogin ana"))
    assert "the server is away\n" in receiver.messages[0]
    assert "ana" not in receiver.messages[0]
    alerts.after_run(company.settings, OSError(28, "password"))
    company.check()
    alerts.after_run(company.settings, None)
    assert told(receiver) == ["1 novo", "1 resolvido"]


def test_a_wrong_address_is_named_by_its_place_and_the_others_are_told(
    company: AuditedFolder,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DW_ALERT_URLS", f"{receiver.url} nosuch://s3cret")
    monkeypatch.setattr("sys.argv", ["dw", "alerts", "check"])
    company.settings = Settings()
    company.ran(FAILED)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told_to_all = capsys.readouterr()
    assert "pipeline-failed: load: the source does not answer\n" in told_to_all.out
    assert "DW_ALERT_URLS: address 2 is none" in told_to_all.err
    assert "s3cret" not in told_to_all.out + told_to_all.err
    assert told(receiver) == ["1 novo"]
    # What has ended meanwhile is not forgotten: the other channel still has to hear of it.
    company.ran({})
    assert alerts.check(company.settings).wrong == [2]
    assert told(receiver) == ["1 resolvido"]
    other = Receiver()
    try:
        monkeypatch.setenv("DW_ALERT_URLS", f"{receiver.url} {other.url}")
        company.settings = Settings()
        company.check()
        assert told(other) == ["1 aconteceu e já se resolveu"]
        assert told(receiver) == []
    finally:
        other.close()


def test_a_message_describes_some_and_counts_the_others(
    company: AuditedFolder, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "SHOWN", 1)
    company.ran(FAILED, {**FAILED, "command": "build"})
    company.check()
    assert receiver.messages[0].endswith("\n\ne mais 1")


def test_a_disk_that_is_full_does_not_keep_people_from_hearing(
    company: AuditedFolder, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.ran(FAILED)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(alerts.files, "replace", full)
    company.check()
    assert told(receiver) == ["1 novo"]
