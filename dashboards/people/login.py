"""The API's login: the people of ``DW_USERS_FILE``, by HTTP Basic, each under their own rule."""

import base64
import binascii
import hashlib
import logging
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import LoaderError
from dashboards.people.users import User, at_home, read, verified
from dashboards.replies import PATHS
from published.answers.flight import SingleFlight

KEPT = 1000
"""Logins that are remembered: proving a password takes longer than an answer."""
log = logging.getLogger("uvicorn.error")


class Login:
    """ASGI middleware: leaves a user's rule in the request's state, or answers 401.

    Without a file of users everyone may ask; a warning is written when that is not this machine.
    """

    def __init__(self, app: ASGIApp, users_file: Path | None) -> None:
        self._app = app
        self._file = users_file
        self._users: SingleFlight[dict[str, User]] = SingleFlight(1)
        self._proofs: SingleFlight[bool] = SingleFlight(KEPT)
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if self._file is None:
                self._warn(scope)
            elif scope["path"].startswith(PATHS):
                header = Headers(scope=scope).get("authorization", "")
                user = await to_thread.run_sync(self._user, self._file, header)
                if user is None:
                    await _refusal(scope, receive, send)
                    return
                scope.setdefault("state", {})["access"] = user.only
        await self._app(scope, receive, send)

    def _user(self, file: Path, header: str) -> User | None:
        """Whom a header proves; nobody while the file of users cannot be read."""
        try:
            users = self._users.get(file.stat().st_mtime_ns, lambda: read(file))
        except (OSError, LoaderError) as error:
            log.error("nobody can log in: %s", error)
            return None
        name, password = _credentials(header)
        user = users.get(name)
        # Neither the password nor what it was proved against outlives a change of the file.
        secret = hashlib.sha256(header.encode()).digest()
        key = (secret, user.password if user else None)
        return user if self._proofs.get(key, lambda: verified(users, name, password)) else None

    def _warn(self, scope: Scope) -> None:
        if not self._warned and scope.get("server") and not at_home(scope["server"][0]):
            self._warned = True
            log.warning(
                "the API answers other machines and asks nobody for a login; set DW_USERS_FILE,"
                " or let only a proxy that does reach it"
            )


def _credentials(header: str) -> tuple[str, str]:
    """Name and password of HTTP Basic; empty ones of anything else."""
    kind, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    name, _, password = text.partition(":")
    return (name, password) if kind.lower() == "basic" else ("", "")


async def _refusal(scope: Scope, receive: Receive, send: Send) -> None:
    answer = JSONResponse(
        {"erro": "SEM_LOGIN", "mensagem": "entre com o seu usuário e a sua senha", "recurso": None},
        401,
        {"www-authenticate": 'Basic realm="DW E-commerce", charset="UTF-8"'},
    )
    await answer(scope, receive, send)
