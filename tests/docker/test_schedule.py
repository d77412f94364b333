"""The daily run: when it is due, how often it is tried, and how it ends when told to."""

import os
import signal
import subprocess
import sys
import time as clock
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event, Thread, Timer

import pytest

from core.clock import ZONE
from core.errors import FOR_A_PERSON
from docker import schedule
from docker.schedule import Day, Schedule
from published import versions
from published.versions import Catalogue, Manifest, Reconciliation
from tests.conftest import ROOT


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Schedule:
    monkeypatch.setenv("DW_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(schedule, "TICK_SECONDS", 0.01)
    return Schedule(heartbeat=tmp_path / "heartbeat")


def publish(settings: Schedule, version: int, created_at: datetime, current: int) -> None:
    folder = versions.path_of(settings.data_dir, version)
    folder.mkdir(parents=True)
    manifest = Manifest(
        version=version, created_at=created_at, run_id="", git_commit=None, invocation_id="",
        load_id="", seconds=0, tests_passed=0, tables={},
        reconciliation=Reconciliation(ok=True, load_id="", invocation_id=""),
    )  # fmt: skip
    (folder / versions.MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
    catalogue = Catalogue(current=current, kept=list(range(1, version + 1)))
    path = versions.folder(settings.data_dir) / versions.CATALOGUE
    path.write_text(catalogue.model_dump_json(), encoding="utf-8")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 3, 2, 4, 59, tzinfo=ZONE), datetime(2026, 3, 1, 5, 0, tzinfo=ZONE)),
        (datetime(2026, 3, 2, 5, 0, tzinfo=ZONE), datetime(2026, 3, 2, 5, 0, tzinfo=ZONE)),
        (datetime(2026, 3, 2, 23, 0, tzinfo=ZONE), datetime(2026, 3, 2, 5, 0, tzinfo=ZONE)),
    ],
)
def test_due_is_the_last_moment_that_has_come(now: datetime, expected: datetime) -> None:
    assert schedule.due(now, time(5)) == expected


def test_a_failed_run_is_tried_again_after_a_pause_and_not_for_ever() -> None:
    now = datetime(2026, 3, 2, 5, 0, tzinfo=ZONE)
    day = Day(now)
    assert day.is_ripe(now)
    day.failed.append(now)
    assert not day.is_ripe(now + schedule.PAUSE - timedelta(seconds=1))
    assert day.is_ripe(now + schedule.PAUSE)
    day.failed += [now] * (schedule.TRIES - 1)
    assert not day.is_ripe(now + timedelta(hours=12))
    assert not Day(now, done=True).is_ripe(now)


@pytest.mark.parametrize("code", [1, 3, 5, 127, -signal.SIGKILL])
def test_what_may_pass_by_itself_is_tried_again(code: int) -> None:
    day, now = Day(datetime(2026, 3, 2, 5, 0, tzinfo=ZONE)), datetime(2026, 3, 2, 6, tzinfo=ZONE)
    day.ended(code, now)
    assert not day.is_ripe(now)
    assert day.is_ripe(now + schedule.PAUSE)


@pytest.mark.parametrize("code", [0, *sorted(FOR_A_PERSON)])
def test_what_waits_for_a_person_has_no_second_try(code: int) -> None:
    day, now = Day(datetime(2026, 3, 2, 5, 0, tzinfo=ZONE)), datetime(2026, 3, 2, 6, tzinfo=ZONE)
    day.ended(code, now)
    assert not day.is_ripe(now + timedelta(hours=12))


def test_published_counts_even_if_readers_went_back(settings: Schedule) -> None:
    due = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert not schedule.is_published(settings, due)
    publish(settings, 1, due - timedelta(hours=1), current=1)
    assert not schedule.is_published(settings, due)
    publish(settings, 2, due + timedelta(hours=1), current=1)
    assert schedule.is_published(settings, due)


@pytest.mark.parametrize(("code", "runs"), [(0, 1), (1, schedule.TRIES), (9, 1)])
def test_a_day_has_one_run_or_all_its_tries(
    settings: Schedule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, runs: int
) -> None:
    monkeypatch.setattr(schedule, "PAUSE", timedelta(0))
    marks = tmp_path / "runs"
    command = ["sh", "-c", f"echo >> {marks}; exit {code}"]
    stop = Event()
    Timer(1.5, stop.set).start()
    schedule.serve(settings, stop, command)
    assert len(marks.read_text(encoding="utf-8").splitlines()) == runs
    assert settings.heartbeat.exists()


def test_what_was_missed_is_caught_up_but_not_what_is_published(
    settings: Schedule, tmp_path: Path
) -> None:
    publish(settings, 1, datetime.now(UTC), current=1)
    stop = Event()
    Timer(0.3, stop.set).start()
    schedule.serve(settings, stop, ["touch", str(tmp_path / "ran")])
    assert not (tmp_path / "ran").exists()


def test_alerts_are_checked_between_the_runs(
    settings: Schedule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "CHECK_EVERY", timedelta(0))
    publish(settings, 1, datetime.now(UTC), current=1)
    checks = tmp_path / "checks"
    stop = Event()
    Timer(1.0, stop.set).start()
    never = ["touch", str(tmp_path / "ran")]
    schedule.serve(settings, stop, never, ["sh", "-c", f"echo >> {checks}"])
    assert len(checks.read_text(encoding="utf-8").splitlines()) > 1
    assert not (tmp_path / "ran").exists()
    assert schedule.CHECK[1:] == ("-m", "pipeline", "alerts", "check")


def stopped_by(file: Path) -> Event:
    """An event that is set once a file is there."""
    stop = Event()

    def wait() -> None:
        while not file.exists():
            clock.sleep(0.01)
        stop.set()

    Thread(target=wait, daemon=True).start()
    return stop


def test_a_run_may_write_its_end(settings: Schedule, tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = (
        "import pathlib, signal, sys, time\n"
        # What starts the tests in the background may have had them ignore it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n"
        f"    pathlib.Path({str(said)!r}).write_text('started'); time.sleep(60)\n"
        f"except KeyboardInterrupt: pathlib.Path({str(said)!r}).write_text('ended'); sys.exit(9)"
    )
    stop = stopped_by(said)
    assert schedule.run([sys.executable, "-c", program], stop, settings.heartbeat) == 9
    assert said.read_text(encoding="utf-8") == "ended"


def test_a_run_that_will_not_end_is_killed(
    settings: Schedule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "FAREWELL_SECONDS", 0.2)
    deaf = tmp_path / "deaf"
    program = (
        "import pathlib, signal, time; signal.signal(2, signal.SIG_IGN);"
        f" pathlib.Path({str(deaf)!r}).touch(); time.sleep(60)"
    )
    stop = stopped_by(deaf)
    code = schedule.run([sys.executable, "-c", program], stop, settings.heartbeat)
    assert code == -signal.SIGKILL


def test_the_container_stops_clean_on_sigterm(tmp_path: Path) -> None:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("DW_")},
        "DW_DATA_DIR": str(tmp_path),
        "DW_HEARTBEAT": str(tmp_path / "heartbeat"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "docker.schedule"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    deadline = clock.monotonic() + 60
    while not (tmp_path / "heartbeat").exists() and clock.monotonic() < deadline:
        clock.sleep(0.1)
    process.terminate()
    said, _ = process.communicate(timeout=90)
    assert process.returncode == 0, said
    assert "stopped" in said


def test_a_wrong_time_is_told_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docker.schedule"],
        cwd=ROOT, env={**os.environ, "DW_SCHEDULE": "25:61"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("schedule: DW_SCHEDULE: ")
