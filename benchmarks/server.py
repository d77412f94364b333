"""A server in a process of its own, for as long as it is measured."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]

from loader.settings import ROOT


@contextmanager
def running(
    command: list[str], health: str, environment: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """Run a Python module until the block ends; wait first until ``health`` answers.

    Raises OSError when the server ends before it does.
    """
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            try:
                urlopen(health)  # noqa: S310
                break
            except OSError:
                if server.poll() is not None:
                    raise
                time.sleep(0.1)
        yield psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait()


def rest(server: psutil.Process) -> None:
    """Wait until a server has nothing left to do."""
    before = -1.0
    while (now := sum(server.cpu_times()[:2])) - before > 0.2:
        before = now
        time.sleep(3)


def report(name: str, seconds: list[float], elapsed: float) -> None:
    """One line: how many answers a second, and the milliseconds that most of them took."""
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"{name}: {len(seconds)} answers, {len(seconds) / elapsed:.1f}/s,"
        f" p50 {cuts[49] * 1000:.1f} ms, p95 {cuts[94] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms"
    )
