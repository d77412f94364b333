"""The API's server: ``python -m dashboards.api_server``, or ``make api``."""

import asyncio
from typing import Annotated, Any

import typer
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

WHOLE_SECONDS = 10.0
"""How long a request may take to arrive; who holds it back holds a connection for no longer."""


class Prompt(HttpToolsProtocol):
    """uvicorn's protocol, which waits for the rest of a request for ever, with an end to that."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        self._wait()
        super().data_received(data)

    def on_message_begin(self) -> None:
        # Also the one that comes in the same packet as the end of another.
        self._wait()
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._rest()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(WHOLE_SECONDS, self.transport.close)

    def _rest(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


def main(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = 8502,
    log_level: Annotated[str, typer.Option(help="From what level on to log.")] = "info",
) -> None:
    """Serve the API until told to stop."""
    options: dict[str, Any] = {"host": host, "port": port, "log_level": log_level}
    uvicorn.run("dashboards.api:create", factory=True, http=Prompt, server_header=False, **options)


if __name__ == "__main__":
    typer.run(main)
