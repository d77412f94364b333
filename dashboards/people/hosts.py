"""Which requests are for us: by name of the host, and by the page that they come from.

A page of elsewhere may make a browser send requests here, and have its own name lead here (DNS
rebinding). What names us by an address cannot have been led here by a name.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Hosts:
    """ASGI middleware: refuses what is for another host or comes from another page.

    ``names`` are those of the setting; addresses and ``localhost`` always pass. ``policy`` is the
    Content-Security-Policy of every answer.
    """

    def __init__(self, app: ASGIApp, names: Collection[str], policy: str) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}
        self._headers = {**HEADERS, "content-security-policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if problem := self._problem(scope, headers):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": problem})
                return
            await PlainTextResponse(problem, 400)(scope, receive, self._safe(send))
            return
        await self._app(scope, receive, self._safe(send))

    def _problem(self, scope: Scope, headers: Headers) -> str:
        if len(headers.getlist("host")) != 1:
            return "one Host header is expected"
        host = _name(f"//{headers['host']}")
        if not self._is_ours(host):
            return "this host is not one of DW_HOSTS"
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD", "OPTIONS")
        # With the port: another program of this machine is elsewhere too.
        if origin is not None and changes and urlsplit(origin).netloc != headers["host"]:
            return "the request comes from a page of another host"
        return ""

    def _is_ours(self, host: str) -> bool:
        if host in self._names:
            return True
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True

    def _safe(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", ())))
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                message = {**message, "headers": headers.raw}
            await send(message)

        return sent


def _name(url: str) -> str:
    """The host of a URL without its port; empty when it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
