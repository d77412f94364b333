"""How fast the API answers 100 clients at once: ``python -m benchmarks.api``.

Starts the API on the version that is published in the data folder. Each client asks its next
question as soon as it has the answer to the last one, over its own connection. The questions are
every metric in total, by month and by each of its filters. ``cold``: each is asked once, by one of
the clients; ``warm``: all answers are kept.
"""

import asyncio
import json
import random
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]
import typer

from benchmarks.server import answered, running
from core.settings import Settings, read_settings

PORT = 8599
REQUESTS = 200
ADDRESS = f"http://127.0.0.1:{PORT}"
DIMENSIONS = {
    "regiao_pais": "regiao",
    "categoria": "categoria",
    "nome_equipe": "equipe",
    "nome_vendedor": "vendedor",
    "canal_venda": "canal",
    "nome_campanha": "campanha",
}


def questions() -> list[str]:
    """Every supported metric in total, by month, and by each dimension that people filter by."""
    with urlopen(f"{ADDRESS}/api/metrics") as answer:  # noqa: S310
        metrics = json.load(answer)["metricas"]
    period = "inicio=2024-01-01&fim=2025-12-31"
    return [
        f"/api/kpis/{metric['nome']}?{period}{cut}"
        for metric in metrics
        if metric["nao_suportada"] is None
        for cut in [
            "",
            "&grao=mes",
            *(f"&por={DIMENSIONS[d]}" for d in metric["dimensoes"] if d in DIMENSIONS),
        ]
    ]


async def client(urls: list[str], seconds: list[float]) -> None:
    """Ask questions over one connection; note how long each took. Raises RuntimeError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    for url in urls:
        started = time.perf_counter()
        status, body = await ask(reader, writer, url)
        if status != 200:
            raise RuntimeError(body.decode())
        seconds.append(time.perf_counter() - started)
    writer.close()


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: str
) -> tuple[int, bytes]:
    """Status and body of an answer."""
    writer.write(f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(length)


async def everyone(hands: list[list[str]]) -> list[float]:
    """All clients at once; the seconds of each request."""
    seconds: list[float] = []
    await asyncio.gather(*(client(urls, seconds) for urls in hands))
    return seconds


def serving(folder: Path) -> AbstractContextManager[psutil.Process]:
    """The API on the version that is published in a data folder."""
    server = [sys.executable, "-m", "dashboards.api_server"]
    command = [*server, f"--port={PORT}", "--log-level=warning"]
    return running(command, f"{ADDRESS}/api/health", {"DW_DATA_DIR": str(folder)})


def measure(folder: Path, clients: int, requests: int) -> dict[str, Any]:
    """How the API answers questions, cold and warm."""
    found = {}
    with serving(folder):
        urls = questions()
        random.Random(0).shuffle(urls)  # noqa: S311
        phases = {
            "cold": [urls[number::clients] for number in range(clients)],
            "warm": [random.Random(n).choices(urls, k=requests) for n in range(clients)],  # noqa: S311
        }
        for name, hands in phases.items():
            started = time.perf_counter()
            seconds = asyncio.run(everyone(hands))
            found[name] = answered(seconds, time.perf_counter() - started)
    return found


def main(
    clients: Annotated[int, typer.Option(help="Clients that ask at the same time.")] = 100,
    requests: Annotated[int, typer.Option(help="Questions of each client, warm.")] = REQUESTS,
) -> None:
    """Measure the API on the published version."""
    found = measure(read_settings(Settings).data_dir, clients, requests)
    typer.echo(json.dumps(found, indent=2))


if __name__ == "__main__":
    typer.run(main)
