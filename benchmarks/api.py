"""How fast the API answers 100 clients at once: ``python -m benchmarks.api``.

Starts the API on the version that is published in the data folder. Each client asks its next
question as soon as it has the answer to the last one, over its own connection. The questions are
every metric in total, by month and by each of its filters. ``first`` includes the first time that
each is asked, ``again`` finds all answers kept.
"""

import asyncio
import json
import random
import time
from typing import Annotated
from urllib.request import urlopen

import typer

from benchmarks.server import report, running

PORT = 8599
DIMENSIONS = {
    "regiao_pais": "regiao",
    "categoria": "categoria",
    "nome_equipe": "equipe",
    "nome_vendedor": "vendedor",
    "canal_venda": "canal",
    "nome_campanha": "campanha",
}


def questions(address: str) -> list[str]:
    """Every supported metric in total, by month, and by each dimension that people filter by."""
    with urlopen(f"{address}/api/metrics") as answer:  # noqa: S310
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


async def client(urls: list[str], requests: int, seed: int, seconds: list[float]) -> None:
    """Ask ``requests`` random questions over one connection; note how long each took."""
    draw = random.Random(seed)  # noqa: S311
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    for _ in range(requests):
        started = time.perf_counter()
        writer.write(f"GET {draw.choice(urls)} HTTP/1.1\r\nHost: api\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        seconds.append(time.perf_counter() - started)
    writer.close()


async def everyone(urls: list[str], clients: int, requests: int) -> list[float]:
    """All clients at once; the seconds of each request."""
    seconds: list[float] = []
    await asyncio.gather(*(client(urls, requests, seed, seconds) for seed in range(clients)))
    return seconds


def main(
    clients: Annotated[int, typer.Option(help="Clients that ask at the same time.")] = 100,
    requests: Annotated[int, typer.Option(help="Questions of each client.")] = 200,
) -> None:
    """Measure the API on the published version."""
    address = f"http://127.0.0.1:{PORT}"
    command = ["uvicorn", "--factory", "dashboards.api:create", f"--port={PORT}"]
    with running([*command, "--log-level=warning"], f"{address}/api/health"):
        urls = questions(address)
        for name in ("first", "again"):
            started = time.perf_counter()
            seconds = asyncio.run(everyone(urls, clients, requests))
            report(f"{name} ({len(urls)} questions)", seconds, time.perf_counter() - started)


if __name__ == "__main__":
    typer.run(main)
