"""``python -m docker.schedule``: the daily run at a set time, until told to stop.

The day's run is due at ``DW_SCHEDULE`` and done when something has been published since; so a
container that was down at that time, or is new, catches up at once. A run that fails is tried again
twice, then the next day has its turn; one whose exit code waits for a person is not tried again,
unless the container is restarted. SIGTERM lets a run write its end before it ends.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from threading import Event

import structlog

from core.clock import ZONE
from core.command import main
from core.errors import FOR_A_PERSON, ExitCode, LoaderError
from core.settings import Settings, read_settings
from published import versions

TRIES = 3
PAUSE = timedelta(minutes=15)
TICK_SECONDS = 1.0
# How long a run has to write its end; the stack waits longer before it kills the container.
FAREWELL_SECONDS = 60
RUN = (sys.executable, "-m", "pipeline", "run")
# What no run can tell: that the day is late, that somebody guesses passwords.
CHECK = (sys.executable, "-m", "pipeline", "alerts", "check")
CHECK_EVERY = timedelta(minutes=15)

log = structlog.get_logger()


class Schedule(Settings):
    """When the day's run is due, in São Paulo; and the file whose age tells that we live."""

    schedule: time = time(5)
    heartbeat: Path = Path("/tmp/heartbeat")  # noqa: S108


@dataclass
class Day:
    """The tries of the run that became due at one moment."""

    due: datetime
    done: bool = False
    failed: list[datetime] = field(default_factory=list)
    waits: bool = False
    """Whether it is for a person to mend what failed, so that another try mends nothing."""

    @property
    def tries_left(self) -> int:
        """How often the run may still be tried."""
        return 0 if self.done or self.waits else TRIES - len(self.failed)

    def is_ripe(self, now: datetime) -> bool:
        """Whether the run should be tried, or tried again, now."""
        return self.tries_left > 0 and (not self.failed or now >= self.failed[-1] + PAUSE)

    def ended(self, code: int, now: datetime) -> None:
        """Take down how a try ended."""
        self.done = code == ExitCode.OK
        self.waits = code in FOR_A_PERSON
        if code:
            self.failed.append(now)


def due(now: datetime, at: time) -> datetime:
    """The newest moment, not after ``now``, at which a run was due."""
    today = datetime.combine(now.date(), at, ZONE)
    return today if today <= now else datetime.combine(now.date() - timedelta(days=1), at, ZONE)


def is_published(settings: Settings, since: datetime) -> bool:
    """Whether a version has been made since; readers may have been sent back to an older one."""
    with suppress(LoaderError):
        return any(v.manifest.created_at >= since for v in versions.versions(settings.data_dir))
    return False


def serve(
    settings: Schedule, stop: Event, command: Sequence[str] = RUN, check: Sequence[str] = CHECK
) -> None:
    """Try each day's run when it is due, and check the alerts in between, until ``stop``."""
    day = Day(datetime.min.replace(tzinfo=ZONE))
    checked = datetime.now(ZONE)
    while not stop.is_set():
        settings.heartbeat.touch()
        now = datetime.now(ZONE)
        moment = due(now, settings.schedule)
        if day.due != moment:
            day = Day(moment, done=is_published(settings, moment))
            log.info("published" if day.done else "due", since=f"{moment:%Y-%m-%d %H:%M}")
        if day.is_ripe(now):
            code = run(command, stop, settings.heartbeat)
            day.ended(code, datetime.now(ZONE))
            if code:
                log.error("run failed", exit_code=code, tries_left=day.tries_left)
            # A run ends with a check.
            checked = datetime.now(ZONE)
        elif now - checked >= CHECK_EVERY:
            run(check, stop, settings.heartbeat)
            checked = now
        stop.wait(TICK_SECONDS)


def run(command: Sequence[str], stop: Event, heartbeat: Path) -> int:
    """Run the command to its end, or to an early one once ``stop`` is set; its exit code."""
    process = subprocess.Popen(command)  # noqa: S603
    while process.poll() is None:
        heartbeat.touch()
        if stop.wait(TICK_SECONDS):
            return _end(process)
    return process.returncode


def _end(process: subprocess.Popen[bytes]) -> int:
    """End a run as Ctrl-C would, so that it records how it ended; kill it if that takes long."""
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def schedule() -> None:
    """Serve until SIGTERM or SIGINT."""
    settings, stop = read_settings(Schedule), Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve(settings, stop)
    log.info("stopped")


if __name__ == "__main__":
    main(schedule)
