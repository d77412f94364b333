"""What a command costs: wall clock, processor time and memory of all its processes."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from core.settings import ROOT

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Spent:
    """The cost of one command."""

    seconds: float
    cpu_seconds: float
    """User and system time of the process and its children: what a busy machine changes least."""
    peak_bytes: int
    """The most that all processes held in memory at once, sampled 20 times a second."""


def measured(
    command: Sequence[str | Path], environment: Mapping[str, str], folder: Path = ROOT
) -> Spent:
    """Run a command in a folder to its end. Raises RuntimeError with what it printed."""
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = _Peak(process.pid)
    peak.start()
    with process:
        printed = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    peak.join()
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(map(str, command))} ended with {process.returncode}\n{printed}"
        )
    return Spent(round(seconds, 3), round(used.ru_utime + used.ru_stime, 3), peak.bytes)


class _Peak(threading.Thread):
    """Samples the memory of a process and its children until it has ended."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.bytes = 0

    def run(self) -> None:
        try:
            root = psutil.Process(self._pid)
            while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
                tree = [root, *root.children(recursive=True)]
                self.bytes = max(self.bytes, sum(p.memory_info().rss for p in tree))
                time.sleep(SAMPLE_SECONDS)
        except psutil.NoSuchProcess:
            return
