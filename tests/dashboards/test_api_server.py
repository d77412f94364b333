"""The API's server in its own process: a request arrives whole, or its connection ends."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from dashboards.api_server import WHOLE_SECONDS
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
WHOLE = b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("api")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "dashboards.api_server", f"--port={port}"],
        cwd=ROOT, env={**os.environ, "DW_DATA_DIR": str(folder)},
    )  # fmt: skip
    for _ in range(300):
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/api/openapi.json", trust_env=False)
            break
        time.sleep(0.1)
    yield port
    server.terminate()
    server.wait(20)


def test_half_sent_requests_are_ended(port: int) -> None:
    """All at once, so that they take the time of one; each drips, which no pause may excuse."""
    starts = [
        b"",
        WHOLE[:-2],
        b"GET",
        b"POST /api/kpis HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n{",
        # The second of a connection, in the packet of the first.
        WHOLE + WHOLE[:-2],
    ]
    opened = [socket.create_connection(("127.0.0.1", port)) for _ in starts]
    began = time.monotonic()
    for connection, start in zip(opened, starts, strict=True):
        connection.sendall(start)
    while time.monotonic() - began < WHOLE_SECONDS - 2:
        time.sleep(2)
        for connection, start in zip(opened, starts, strict=True):
            if start.endswith(b"{"):
                connection.sendall(b" ")
            elif start.endswith(b"\r\n"):
                connection.sendall(b"X-More: 1\r\n")
    for connection, start in zip(opened, starts, strict=True):
        connection.settimeout(6)
        with suppress(ConnectionResetError):
            while connection.recv(65536):
                pass
        assert time.monotonic() - began < WHOLE_SECONDS + 4, start
        connection.close()


def test_who_sends_whole_requests_keeps_the_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(10)
        began = time.monotonic()
        while time.monotonic() - began < WHOLE_SECONDS + 2:
            connection.sendall(WHOLE)
            assert connection.recv(12) == b"HTTP/1.1 200"
            while not connection.recv(65536).endswith(b"}"):
                pass
            time.sleep(3)


def test_the_server_does_not_tell_what_it_is(port: int) -> None:
    answer = httpx.get(f"http://127.0.0.1:{port}/api/openapi.json", trust_env=False)
    assert "server" not in answer.headers
