"""A server in a process of its own, for as long as it is measured."""

import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]

from core.settings import ROOT


@contextmanager
def running(
    command: list[str],
    health: str,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> Iterator[psutil.Process]:
    """Run a server until the block ends; wait first until ``health`` answers.

    Raises RuntimeError when another server answers there, or this one ends before it does.
    """
    if _answers(health):
        raise RuntimeError(f"{health} is another server's")
    server = subprocess.Popen(  # noqa: S603
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(health):
            if server.poll() is not None:
                raise RuntimeError(f"{' '.join(command)} ended with {server.returncode}")
            time.sleep(0.1)
        yield psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> bool:
    try:
        urlopen(address).close()  # noqa: S310
    except OSError:
        return False
    return True


def rest(server: psutil.Process) -> None:
    """Wait until a server has nothing left to do."""
    before = -1.0
    while (now := sum(server.cpu_times()[:2])) - before > 0.2:
        before = now
        time.sleep(3)


def answered(seconds: list[float], elapsed: float) -> dict[str, Any]:
    """What the seconds of each answer come to, in seconds too."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {
        "answers": len(seconds),
        "per_second": round(len(seconds) / elapsed, 1),
        "p50": round(cuts[49], 5),
        "p95": round(cuts[94], 5),
        "p99": round(cuts[98], 5),
        "longest": round(max(seconds), 5),
    }
