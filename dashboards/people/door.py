"""The dashboards' door: an ASGI middleware that lets in users who have logged in, and nobody else.

It stands before all of Streamlit: pages, their WebSocket and the files that they save. Open are the
health that a supervisor asks for, and the login itself.
"""

import asyncio
import hashlib
from collections import OrderedDict
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, quote

from anyio import to_thread
from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import LoaderError
from dashboards.people.sessions import COOKIE, SECONDS, Sessions
from dashboards.people.users import User, read
from dashboards.people.verifier import TooManyError, Verifier

HEALTH = "/_stcore/health"
ENTER, LEAVE = "/entrar", "/sair"
MEDIA = "/media/"
PROVIDER_COOKIE = "_streamlit_user"
"""Streamlit's own, when users log in at a provider."""
FORM_BYTES, FORM_SECONDS = 4096, 10.0
LINKS = 10_000
"""Saved files whose browser is remembered."""
# Of the login page: no script, nothing from elsewhere.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)
PAGE = """<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Entrar · DW E-commerce</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 22rem; margin: 12vh auto;
  padding: 0 1rem }}
label {{ display: block; margin-top: 1rem }}
input, button {{ font: inherit; width: 100%; padding: .6rem; box-sizing: border-box }}
button {{ margin-top: 1.5rem; background: #1f5c99; color: #fff; border: 0; border-radius: .5rem }}
[role=alert] {{ border-left: 4px solid #b3261e; padding-left: .8rem }}
</style></head><body><main><h1>DW E-commerce</h1><p>Entre para ver os painéis.</p>{problem}
<form method="post"><label>Usuário<input name="usuario" autocomplete="username" required autofocus>
</label><label>Senha<input name="senha" type="password" autocomplete="current-password" required>
</label><button>Entrar</button></form></main></body></html>"""


class Door:
    """Lets requests through to the app: all without a file of users, else those of its people."""

    def __init__(
        self, app: ASGIApp, users_file: Path | None, sessions: Sessions, verifier: Verifier
    ) -> None:
        self._app = app
        self._file = users_file
        self._sessions = sessions
        self._verifier = verifier
        # Which browser a saved file is of: its link works in no other.
        self._links: OrderedDict[str, bytes] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or get_route_path(scope) == HEALTH:
            await self._app(scope, receive, send)
            return
        answer = await self._judge(scope, receive)
        if answer is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "login"})
        else:
            await answer(scope, receive, send)

    async def _judge(self, scope: Scope, receive: Receive) -> Response | None:
        """What a request is answered instead of by the app; None: the app answers."""
        path, cookies = get_route_path(scope), _cookies(scope)
        if self._file is not None:
            try:
                users = read(self._file)
            except LoaderError:
                # Whoever starts the server is told why; people outside are not.
                return PlainTextResponse("ninguém pode entrar agora; avise a equipe de dados", 503)
            if scope["type"] == "http" and path == ENTER:
                return await self._enter(Request(scope, receive), users)
            if scope["type"] == "http" and path == LEAVE:
                return _gone()
            if self._sessions.user(cookies.get(COOKIE), users) is None:
                return _ask(scope, path)
        if scope["type"] == "http" and path.startswith(MEDIA):
            browser = cookies.get(COOKIE) or cookies.get(PROVIDER_COOKIE) or ""
            if not self._is_own(path, browser):
                return PlainTextResponse("este arquivo é de outra sessão", 404)
        return None

    def _is_own(self, path: str, browser: str) -> bool:
        """Whether a saved file is this browser's: the first that asks for it."""
        asked = hashlib.sha256(browser.encode()).digest()
        first = self._links.setdefault(path, asked)
        self._links.move_to_end(path)
        if len(self._links) > LINKS:
            self._links.popitem(last=False)
        return first == asked

    async def _enter(self, request: Request, users: dict[str, User]) -> Response:
        target = _target(request)
        if request.method != "POST":
            return _form()
        try:
            fields = await asyncio.wait_for(_fields(request), FORM_SECONDS)
        except TimeoutError:
            return _form("O formulário não chegou inteiro. Tente de novo.", 408)
        name, password = fields.get("usuario", ""), fields.get("senha", "")
        address = request.client.host if request.client else ""
        try:
            proved = await to_thread.run_sync(self._verifier.prove, users, name, password, address)
        except TooManyError as error:
            told = f"Muitas tentativas. Tente de novo em {error.seconds} s."
            return _form(told, 429, {"retry-after": str(error.seconds)})
        if not proved:
            return _form("Usuário ou senha incorretos.", 401)
        entered = RedirectResponse(request.scope.get("root_path", "") + target, 303)
        entered.set_cookie(
            COOKIE,
            self._sessions.open(name, users[name]),
            max_age=SECONDS,
            httponly=True,
            samesite="lax",
            secure=_is_encrypted(request),
        )
        return entered


def _cookies(scope: Scope) -> dict[str, str]:
    return cookie_parser("; ".join(Headers(scope=scope).getlist("cookie")))


def _is_encrypted(request: Request) -> bool:
    """Whether the browser came by TLS, also where a proxy in front of us ended it."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))


def _target(request: Request) -> str:
    """Where to go after the login: a page of ours, or the first one."""
    asked = request.query_params.get("para", "/")
    ours = asked.startswith("/") and not asked.startswith(("//", "/\\")) and "\n" not in asked
    return asked if ours else "/"


async def _fields(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES:
            return {}
    found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in found.items()}


def _ask(scope: Scope, path: str) -> Response:
    """The login, when a page is opened; a refusal of what pages ask for."""
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    if scope["type"] == "http" and scope["method"] == "GET" and wants_page:
        asked = path + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        root = scope.get("root_path", "")
        return RedirectResponse(f"{root}{ENTER}?para={quote(asked, safe='')}", 303)
    return PlainTextResponse("entre com o seu usuário e a sua senha", 401)


def _gone() -> Response:
    left = _form("Você saiu.")
    left.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return left


def _form(problem: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    told = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return HTMLResponse(
        PAGE.format(problem=told),
        status,
        {"content-security-policy": POLICY, "cache-control": "no-store", **(headers or {})},
    )
