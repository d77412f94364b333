"""The API's login: the people of ``DW_USERS_FILE``, by HTTP Basic, each under their own rule."""

import base64
import binascii
import hashlib
import logging
from pathlib import Path

from anyio import to_thread
from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import LoaderError
from dashboards.people.users import User, at_home, read
from dashboards.people.verifier import TooManyError, Verifier
from published.answers.flight import SingleFlight

OPEN = ("/api/health", "/api/openapi.json")
"""What anybody may ask for; all else takes a login."""
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
        self._verifier = Verifier()
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if self._file is None:
                self._warn(scope)
            elif get_route_path(scope) not in OPEN:
                user = await self._prove(self._file, scope)
                if isinstance(user, Response):
                    await user(scope, receive, send)
                    return
                scope.setdefault("state", {})["access"] = user.only
        await self._app(scope, receive, send)

    async def _prove(self, file: Path, scope: Scope) -> User | Response:
        """Whom a request proves, or its refusal."""
        header = Headers(scope=scope).get("authorization", "")
        address = scope["client"][0] if scope.get("client") else ""
        try:
            user = await to_thread.run_sync(self._user, file, header, address)
        except TooManyError as error:
            told = f"muitas tentativas; tente de novo em {error.seconds} s"
            return _refusal("MUITAS_TENTATIVAS", told, 429, {"retry-after": str(error.seconds)})
        if user is None:
            return _refusal(
                "SEM_LOGIN",
                "entre com o seu usuário e a sua senha",
                401,
                {"www-authenticate": 'Basic realm="DW E-commerce", charset="UTF-8"'},
            )
        if user.sees_nothing:
            return _refusal("SEM_ACESSO", "o seu acesso não inclui dado nenhum", 403, {})
        return user

    def _user(self, file: Path, header: str, address: str) -> User | None:
        """Whom a header proves; nobody while the file of users cannot be read."""
        try:
            users = self._users.get(file.stat().st_mtime_ns, lambda: read(file))
        except (OSError, LoaderError) as error:
            log.error("nobody can log in: %s", error)
            return None
        name, password = _credentials(header)
        if not name:
            return None
        user = users.get(name)
        # Neither the password nor what it was proved against outlives a change of the file.
        secret = hashlib.sha256(header.encode()).digest()
        key = (secret, user.password if user else None)
        proved = self._proofs.get(key, lambda: self._verifier.prove(users, name, password, address))
        return user if proved else None

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


def _refusal(error: str, message: str, status: int, headers: dict[str, str]) -> Response:
    return JSONResponse({"erro": error, "mensagem": message, "recurso": None}, status, headers)
