"""What readers notice of a publication: failures, and how long the longest answer takes.

One client asks the API again and again, each question about a period nobody has asked for, so that
every answer is computed. Meanwhile another process publishes some times: each time the API moves on
to a new version. That process takes its share of the machine, too.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import api
from benchmarks.server import answered
from core.settings import ROOT

QUIET_SECONDS = 10.0
PUBLICATIONS = 5
# Where the periods begin, and the days within which they begin and end.
_START, _DAYS = date(2023, 1, 1), 1000


@dataclass(frozen=True)
class _Answer:
    seconds: float
    version: int | None
    """The version that answered; none when the question failed."""


def measure(
    folder: Path, publications: int = PUBLICATIONS, quiet: float = QUIET_SECONDS
) -> dict[str, Any]:
    """Answers while nothing else happens, and while the same build is published again and again."""
    with api.serving(folder):
        before, during = asyncio.run(_asked_twice(folder, publications, quiet))
    return {
        "publications": publications,
        "versions": len({answer.version for answer in before + during} - {None}),
        "failures": sum(answer.version is None for answer in before + during),
        # What the switch itself costs: the rest is what the publishing process takes.
        "longest_first": round(
            max(b.seconds for a, b in pairwise(during) if a.version != b.version), 5
        ),
        "quiet": _figures(before),
        "publishing": _figures(during),
    }


async def _asked_twice(
    folder: Path, publications: int, quiet: float
) -> tuple[list[_Answer], list[_Answer]]:
    connection = await asyncio.open_connection("127.0.0.1", api.PORT)
    urls = _questions()
    before = await _asked(connection, urls, asyncio.sleep(quiet))
    publishing = asyncio.to_thread(_publish, folder, publications)
    during = await _asked(connection, urls, publishing)
    connection[1].close()
    return before, during


async def _asked(
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    urls: Iterator[str],
    work: Awaitable[None],
) -> list[_Answer]:
    """The answers to one question after the other until some work is done."""
    answers = []
    working = asyncio.ensure_future(work)
    while not working.done():
        started = time.perf_counter()
        status, body = await api.ask(*connection, next(urls))
        seconds = time.perf_counter() - started
        answers.append(_Answer(seconds, json.loads(body)["versao"] if status == 200 else None))
    await working
    return answers


def _questions() -> Iterator[str]:
    """Net revenue by region in ever other periods."""
    draw = random.Random(0)  # noqa: S311
    while True:
        first, last = sorted(_START + timedelta(draw.randrange(_DAYS)) for _ in range(2))
        yield f"/api/kpis/receita_liquida?inicio={first}&fim={last}&por=regiao"


def _publish(folder: Path, times: int) -> None:
    """Publish what is built. Raises CalledProcessError."""
    for _ in range(times):
        subprocess.run(
            [sys.executable, "-m", "pipeline", "publish"],
            cwd=ROOT,
            env={**os.environ, "DW_DATA_DIR": str(folder)},
            check=True,
            capture_output=True,
        )


def _figures(answers: list[_Answer]) -> dict[str, Any]:
    seconds = [answer.seconds for answer in answers]
    return answered(seconds, sum(seconds))
