"""How fast the dashboards' pages appear: ``python -m benchmarks.pages``.

Starts the dashboards on the version that is published in the data folder and speaks to them as a
browser does, over a web socket. People come and go: each opens a page by a link with filters,
which takes until the server has sent all of it, and looks at it for some seconds. ``first`` meets
a server that has just started and computes every answer once; ``again`` shows the same pages to
others. What a browser then needs to draw is not part of it.
"""

import asyncio
import itertools
import random
import statistics
import time
from typing import Annotated
from urllib.parse import urlencode

import typer
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.server import running

PORT = 8598
PAGES = ("", "vendas_e_margem", "metas", "descontos_e_roi", "ciclo_de_pedidos", "monitor_etl")
PERIODS = ("Este mês", "Este ano", "Últimos 12 meses")
FILTERS: tuple[dict[str, list[str]], ...] = (
    {},
    {"regiao_pais": ["Sul"]},
    {"regiao_pais": ["Nordeste"]},
    {"estado": ["SP", "RJ"]},
    {"categoria": ["Moda"]},
    {"canal_venda": ["Site"], "regiao_pais": ["Sudeste"]},
)


def links(seed: int) -> list[tuple[str, str]]:
    """Every page under every period and filter, as page and query, in an order of chance."""
    found = [
        (page, urlencode({"periodo": period, **filters}, doseq=True))
        for page, period, filters in itertools.product(PAGES, PERIODS, FILTERS)
    ]
    random.Random(seed).shuffle(found)  # noqa: S311
    return found


async def visit(page: str, query: str) -> float:
    """Open a page in a new session; the seconds until all of it has come.

    Raises RuntimeError when the page shows an error instead.
    """
    started = time.perf_counter()
    address = f"ws://127.0.0.1:{PORT}/_stcore/stream"
    async with websockets.connect(
        address, subprotocols=[websockets.Subprotocol("streamlit")], max_size=None
    ) as socket:
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = page
        await socket.send(message.SerializeToString())
        answer = ForwardMsg()
        while answer.WhichOneof("type") != "script_finished":
            answer = ForwardMsg.FromString(await socket.recv(decode=False))
            if answer.delta.new_element.HasField("exception"):
                raise RuntimeError(answer.delta.new_element.exception.message)
    return time.perf_counter() - started


async def person(visits: list[tuple[str, str]], looks: float, seed: int) -> list[float]:
    """One who opens these pages, one after the other; the seconds that each took."""
    draw = random.Random(seed)  # noqa: S311
    seconds = []
    for page, query in visits:
        await asyncio.sleep(draw.uniform(0, 2 * looks))
        seconds.append(await visit(page, query))
    return seconds


async def everyone(pages: list[tuple[str, str]], people: int, looks: float) -> list[float]:
    """All people at once, the pages dealt out among them."""
    hands = (person(pages[seed::people], looks, seed) for seed in range(people))
    return [second for seconds in await asyncio.gather(*hands) for second in seconds]


def report(name: str, seconds: list[float]) -> None:
    """One line: how long most pages took, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    typer.echo(
        f"{name}: {len(seconds)} pages, p50 {cuts[49] * 1000:.0f} ms,"
        f" p95 {cuts[94] * 1000:.0f} ms, slowest {max(seconds) * 1000:.0f} ms"
    )


def main(
    people: Annotated[int, typer.Option(help="People who look at the same time.")] = 10,
    looks: Annotated[float, typer.Option(help="Seconds that one looks at a page.")] = 5,
) -> None:
    """Measure the pages on the published version."""
    command = ["streamlit", "run", "dashboards/server.py", f"--server.port={PORT}"]
    with running(command, f"http://127.0.0.1:{PORT}/_stcore/health"):
        for name, seed in (("first", 1), ("again", 2)):
            report(name, asyncio.run(everyone(links(seed), people, looks)))


if __name__ == "__main__":
    typer.run(main)
