"""How fast the dashboards' pages appear: ``python -m benchmarks.pages``.

Starts the dashboards on the version that is published in the data folder, waits until they are
ready, and speaks to them as a browser does, over a web socket. Ten people at once open pages by
links, each in a new session, which takes until the server has sent all of a page, and look at
each for some seconds. What a browser then needs to draw is not part of it.

- ``mornings``: each walks through the commercial pages with one period and one filter, then again
  with others. Two in five filter nothing, two in five keep the period that pages open with.
- ``cold``: every page under every period and filter of the lists below, in an order of chance; what
  was not asked in the mornings nor got ready is computed.
- ``warm``: the same pages in another order: nothing is computed.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.server import answered, rest, running
from core.settings import Settings, read_settings

PORT = 8598
PAGES = ("", "vendas_e_margem", "metas", "descontos_e_roi", "ciclo_de_pedidos", "monitor_etl")
DEFAULT = "Este mês"
PERIODS = (DEFAULT, "Mês passado", "Últimos 90 dias", "Este ano", "Ano passado")
FILTERS: tuple[dict[str, list[str]], ...] = (
    {},
    {"regiao_pais": ["Sul"]},
    {"regiao_pais": ["Nordeste"]},
    {"estado": ["SP", "RJ"]},
    {"categoria": ["Moda"]},
    {"canal_venda": ["Site"], "regiao_pais": ["Sudeste"]},
)
CHOICES: dict[str, tuple[str, ...]] = {
    "regiao_pais": ("Norte", "Nordeste", "Centro-Oeste", "Sudeste", "Sul"),
    "estado": ("SP", "RJ", "MG", "RS", "PR", "SC", "BA", "PE", "CE", "GO", "DF", "PA", "AM"),
    "categoria": ("Moda", "Eletrônicos", "Casa e Decoração", "Esporte e Lazer", "Informática"),
    "canal_venda": ("Site", "App", "Marketplace", "Televendas", "Loja"),
}
WALKS = 4
LOOKS = 5.0

Link = tuple[str, str]
"""Page and query."""


def link(page: str, period: str, filters: dict[str, list[str]]) -> Link:
    """The address of a page under a period and filters."""
    return page, urlencode({"periodo": period, **filters}, doseq=True)


def mornings(person: int) -> list[Link]:
    """What one person opens, one page after the other."""
    draw = random.Random(person)  # noqa: S311
    found = []
    for _ in range(WALKS):
        period = DEFAULT if draw.random() < 0.4 else draw.choice(PERIODS[1:])
        name = draw.choice(list(CHOICES))
        filters = {} if draw.random() < 0.4 else {name: [draw.choice(CHOICES[name])]}
        found += [link(page, period, filters) for page in PAGES[:-1]]
    return found


def everything(person: int, people: int, seed: int) -> list[Link]:
    """One person's part of every page under every period and filter."""
    found = [link(*parts) for parts in itertools.product(PAGES, PERIODS, FILTERS)]
    random.Random(seed).shuffle(found)  # noqa: S311
    return found[person::people]


async def visit(page: str, query: str, port: int = PORT) -> float:
    """Open a page in a new session; the seconds until all of it has come.

    Raises RuntimeError when the page shows an error instead.
    """
    started = time.perf_counter()
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
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


async def walk(links: list[Link], looks: float, seed: int) -> list[float]:
    """Open these pages, one after the other; the seconds that each took."""
    draw = random.Random(seed)  # noqa: S311
    seconds = []
    for page, query in links:
        await asyncio.sleep(draw.uniform(0, 2 * looks))
        seconds.append(await visit(page, query))
    return seconds


async def together(hands: list[list[Link]], looks: float) -> list[float]:
    """All people at once."""
    walks = (walk(links, looks, seed) for seed, links in enumerate(hands))
    return [second for seconds in await asyncio.gather(*walks) for second in seconds]


def measure(folder: Path, people: int, looks: float) -> dict[str, Any]:
    """How pages appear on the version that is published in a data folder, by phase."""
    phases: dict[str, Callable[[int], list[Link]]] = {
        "mornings": mornings,
        "cold": lambda person: everything(person, people, 1),
        "warm": lambda person: everything(person, people, 2),
    }
    streamlit = [sys.executable, "-m", "streamlit", "run"]
    command = [*streamlit, "dashboards/server.py", f"--server.port={PORT}"]
    health = f"http://127.0.0.1:{PORT}/_stcore/health"
    found = {}
    with running(command, health, {"DW_DATA_DIR": str(folder)}) as server:
        rest(server)
        for name, hand in phases.items():
            started, used = time.perf_counter(), sum(server.cpu_times()[:2])
            seconds = asyncio.run(together([hand(person) for person in range(people)], looks))
            used = sum(server.cpu_times()[:2]) - used
            found[name] = answered(seconds, time.perf_counter() - started)
            found[name]["cpu_seconds_each"] = round(used / len(seconds), 3)
    return found


def main(
    people: Annotated[int, typer.Option(help="People who look at the same time.")] = 10,
    looks: Annotated[float, typer.Option(help="Seconds that one looks at a page.")] = LOOKS,
) -> None:
    """Measure the pages on the published version."""
    found = measure(read_settings(Settings).data_dir, people, looks)
    typer.echo(json.dumps(found, indent=2))


if __name__ == "__main__":
    typer.run(main)
