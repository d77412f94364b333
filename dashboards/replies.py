"""What the API has answered, kept by version, rule and URL, and known by its ETag."""

import hashlib
from collections import OrderedDict
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import LoaderError
from published.answers.query import Data

KEPT = 2000
"""Answers that are kept; each takes at most ``LARGEST`` bytes."""
LARGEST = 64 * 1024
PATHS = ("/api/kpis/", "/api/metrics")
"""Where the data is told: to those who may know it, by version, the asker's rule and the URL."""


class Answers:
    """ASGI middleware: one version for the whole of a request, 304 for who has the answer already.

    A kept answer costs neither validation nor a query. Errors are not kept.
    """

    def __init__(self, app: ASGIApp, data_dir: Path) -> None:
        self._app = app
        self._data_dir = data_dir
        self._kept: OrderedDict[str, list[Message]] = OrderedDict()

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
        if data is None or scope["method"] != "GET" or not scope["path"].startswith(PATHS):
            await self._app(scope, receive, send)
            return

        etag = _etag(data, scope)
        answer = self._kept.get(etag)
        if answer is None:
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

        await self._app(scope, receive, collect)
        if answer[0]["status"] == 200:
            headers = MutableHeaders(raw=answer[0]["headers"])
            headers["etag"], headers["cache-control"] = etag, "no-cache"
            if sum(len(message.get("body", b"")) for message in answer) <= LARGEST:
                self._kept[etag] = answer
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return answer


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
