"""What the API has answered, kept by version, rule and URL, and known by its ETag."""

import hashlib
from collections import OrderedDict
from pathlib import Path

from starlette._utils import get_route_path
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import LoaderError
from published.answers.query import Data

LARGEST = 64 * 1024
"""Bytes of an answer that is kept."""
KEPT_BYTES = 32 * 2**20
"""Bytes of all of them; what was asked for longest ago goes first."""
ENTRY_BYTES = 1024
"""What an answer costs beside its text."""
WAITING = 32
"""Questions that may wait for their turn; the next one is told to come back."""
RETRY_SECONDS = 5
PATHS = ("/api/kpis/", "/api/metrics")
"""Where the data is told: to those who may know it, by version, the asker's rule and the URL."""


class Answers:
    """ASGI middleware: one version for the whole of a request, 304 when the client has the answer.

    A kept answer costs neither validation nor a query. Errors are not kept. Questions beyond those
    that may wait are answered 503 at once.
    """

    def __init__(self, app: ASGIApp, data_dir: Path) -> None:
        self._app = app
        self._data_dir = data_dir
        self._kept: OrderedDict[str, list[Message]] = OrderedDict()
        self._bytes = 0
        self._asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        try:
            state["data"] = Data.current(self._data_dir, state.get("access"))
        except LoaderError:
            # The endpoint meets the same error, and says so.
            state["data"] = None
        data: Data | None = state["data"]
        path = get_route_path(scope)
        if data is None or scope["method"] != "GET" or not path.startswith(PATHS):
            await self._app(scope, receive, send)
            return

        etag = _etag(data, scope)
        answer = self._kept.get(etag)
        if answer is None:
            if self._asked >= WAITING:
                await _busy(scope, receive, send)
                return
            answer = await self._ask(scope, receive, etag)
        else:
            self._kept.move_to_end(etag)
        if answer[0]["status"] == 200 and etag in Headers(scope=scope).get("if-none-match", ""):
            answer = _not_modified(etag)
        for message in answer:
            await send(message)

    async def _ask(self, scope: Scope, receive: Receive, etag: str) -> list[Message]:
        """The app's answer, with its ETag; kept when it is one that will not change."""
        answer: list[Message] = []

        async def collect(message: Message) -> None:
            answer.append(message)

        self._asked += 1
        try:
            await self._app(scope, receive, collect)
        finally:
            self._asked -= 1
        if answer[0]["status"] == 200:
            headers = MutableHeaders(raw=answer[0]["headers"])
            headers["etag"], headers["cache-control"] = etag, "no-cache"
            if _size(answer) <= LARGEST:
                self._keep(etag, answer)
        return answer

    def _keep(self, etag: str, answer: list[Message]) -> None:
        self._bytes += _size(answer) - _size(self._kept.get(etag, []))
        self._kept[etag] = answer
        while self._bytes > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= _size(oldest)


def _size(answer: list[Message]) -> int:
    return sum(len(message.get("body", b"")) + ENTRY_BYTES for message in answer)


def _etag(data: Data, scope: Scope) -> str:
    parts = (
        data.version.manifest.run_id.encode(),
        data.access.model_dump_json().encode(),
        scope["path"].encode(),
        scope["query_string"],
    )
    return f'"{hashlib.sha256(b"?".join(parts)).hexdigest()[:32]}"'


def _not_modified(etag: str) -> list[Message]:
    headers = [(b"etag", etag.encode()), (b"cache-control", b"no-cache")]
    return [
        {"type": "http.response.start", "status": 304, "headers": headers},
        {"type": "http.response.body", "body": b""},
    ]


async def _busy(scope: Scope, receive: Receive, send: Send) -> None:
    told = f"há perguntas demais à espera; tente de novo em {RETRY_SECONDS} s"
    body = {"erro": "OCUPADO", "mensagem": told, "recurso": None}
    answer = JSONResponse(body, 503, {"retry-after": str(RETRY_SECONDS)})
    await answer(scope, receive, send)
