"""The door of the dashboards: who comes in, how long they stay, and what is refused before them."""

import json
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from core import record
from dashboards import api
from dashboards.people import verifier
from dashboards.people.door import Door
from dashboards.people.hosts import Hosts
from dashboards.people.sessions import SECONDS, Sessions
from dashboards.people.users import User
from dashboards.people.verifier import FREE, LONGEST, TooManyError, Verifier
from tests.dashboards.test_access import PASSWORD, add

HTML = {"accept": "text/html"}
STREAM = "ws://dados.example.com/_stcore/stream"


async def _page(request: Request) -> PlainTextResponse:
    return PlainTextResponse("página")


async def _stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("dados")
    await socket.close()


def behind(file: Path | None, sessions: Sessions | None = None) -> ASGIApp:
    """An app like Streamlit's behind the door."""
    app = Starlette(
        routes=[WebSocketRoute("/_stcore/stream", _stream), Route("/{path:path}", _page)]
    )
    door = Door(app, file, sessions or Sessions(), Verifier())
    return Hosts(door, ["dados.example.com"], "default-src 'self'")


def client(file: Path | None, **options: Any) -> TestClient:
    base = options.pop("base_url", "http://dados.example.com")
    return TestClient(behind(file, **options), base_url=base, follow_redirects=False)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("users") / "users.yml"
    assert add(file, "ana", PASSWORD).returncode == 0
    return file


def enter(person: TestClient, password: str = PASSWORD, para: str = "/") -> httpx.Response:
    return person.post(f"/entrar?para={para}", data={"usuario": "ana", "senha": password})


def test_nothing_passes_without_a_login_but_the_health(file: Path) -> None:
    person = client(file)
    for path in (
        "/",
        "/metas",
        "/static/x.js",
        "/media/a.csv",
        "/_stcore/metrics",
        "/_stcore/host-config",
    ):
        assert person.get(path).status_code == 401
    assert person.get("/_stcore/health").text == "página"
    asked = person.get("/metas?periodo=M%C3%AAs&x=1", headers=HTML)
    assert asked.status_code == 303
    assert asked.headers["location"] == "/entrar?para=%2Fmetas%3Fperiodo%3DM%25C3%25AAs%26x%3D1"
    with (
        pytest.raises(WebSocketDisconnect, check=lambda e: e.reason == "login"),
        person.websocket_connect(STREAM),
    ):
        pass


def test_a_login_lasts_beyond_a_reload_and_leads_to_the_page_that_was_asked_for(
    file: Path,
) -> None:
    person = client(file)
    entered = enter(person, para="%2Fmetas%3Fx%3D1")
    assert (entered.status_code, entered.headers["location"]) == (303, "/metas?x=1")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and f"Max-Age={SECONDS}" in cookie
    assert PASSWORD not in cookie
    for _ in range(2):
        assert person.get("/metas", headers=HTML).text == "página"
    with person.websocket_connect(STREAM) as socket:
        assert socket.receive_text() == "dados"
    assert "Você saiu" in person.get("/sair").text
    assert person.get("/metas").status_code == 401


@pytest.mark.parametrize(
    "para", ["//evil.example", "/%5Cevil.example", "https://evil.example", "x"]
)
def test_a_login_leads_nowhere_else(file: Path, para: str) -> None:
    assert enter(client(file), para=para).headers["location"] == "/"


def test_the_cookie_is_for_tls_alone_where_the_browser_came_by_it(file: Path) -> None:
    assert "Secure" not in enter(client(file)).headers["set-cookie"]
    encrypted = client(file, base_url="https://dados.example.com")
    assert "Secure" in enter(encrypted).headers["set-cookie"]
    proxied = client(file)
    proxied.headers["x-forwarded-proto"] = "https"
    assert "Secure" in enter(proxied).headers["set-cookie"]


def test_sessions_end_with_their_time_their_secret_and_their_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sessions, ana = Sessions("a secret"), User(password="a hash")  # noqa: S106
    cookie = sessions.open("ana", ana)
    assert sessions.user(cookie, {"ana": ana}) == "ana"
    assert Sessions("a secret").user(cookie, {"ana": ana}) == "ana"
    assert Sessions().user(cookie, {"ana": ana}) is None
    assert sessions.user(cookie, {"ana": User(password="another")}) is None  # noqa: S106
    assert sessions.user(cookie, {}) is None
    for forged in ("", "None", cookie[:-1], cookie + "x", "a.b.c", None):
        assert sessions.user(forged, {"ana": ana}) is None
    later = time.time() + SECONDS + 5
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert sessions.user(cookie, {"ana": ana}) is None


def test_a_saved_file_is_its_own_browsers(file: Path) -> None:
    ana, other = (client(file, sessions=Sessions("same")) for _ in range(2))
    for person in (ana, other):
        enter(person)
    assert ana.get("/media/abc.csv?title=x").status_code == 200
    assert ana.get("/media/abc.csv?title=x").status_code == 200
    shared = behind(file, Sessions("same"))
    one, two = (
        TestClient(shared, base_url="http://dados.example.com", cookies=dict(person.cookies))
        for person in (ana, other)
    )
    assert one.get("/media/abc.csv").status_code == 200
    assert two.get("/media/abc.csv").status_code == 404
    assert one.get("/media/abc.csv").status_code == 200


def test_requests_for_other_hosts_and_from_other_pages_are_refused(file: Path) -> None:
    for host, status in [
        ("evil.example", 400), ("dados.example.com.evil.example", 400), ("", 400),
        ("dados.example.com", 401), ("DADOS.example.com:8080", 401), ("localhost:8501", 401),
        ("127.0.0.1:8501", 401), ("192.0.2.7", 401), ("[::1]:8501", 401),
    ]:  # fmt: skip
        assert client(file).get("/", headers={"host": host}).status_code == status, host
    data = {"usuario": "ana", "senha": PASSWORD}
    elsewhere = client(file).post("/entrar", data=data, headers={"origin": "http://evil.example"})
    assert elsewhere.status_code == 400
    own = client(file).post("/entrar", data=data, headers={"origin": "http://dados.example.com"})
    assert own.status_code == 303
    person = client(None)
    stolen = {"origin": "http://dados.example.com:3000"}
    with (
        pytest.raises(WebSocketDisconnect, check=lambda e: "another host" in e.reason),
        person.websocket_connect(STREAM, headers=stolen),
    ):
        pass


def test_every_answer_says_what_a_browser_may_do_with_it(file: Path) -> None:
    for path in ("/", "/entrar", "/_stcore/health"):
        headers = client(file).get(path).headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src" in headers["content-security-policy"]
    assert "script" not in client(file).get("/entrar").headers["content-security-policy"]


def test_a_form_that_is_too_large_proves_nothing(file: Path) -> None:
    assert enter(client(file), password=PASSWORD + "x" * 10_000).status_code == 401


def test_guesses_wait_longer_each_time_by_address_and_by_name() -> None:
    clock = [0.0]
    prover = Verifier(lambda: clock[0])
    for _ in range(FREE):
        assert not prover.prove({}, "eva", "x", "192.0.2.1")
    assert not prover.prove({}, "eva", "x", "192.0.2.1")
    waits = []
    for _ in range(14):
        with pytest.raises(TooManyError) as told:
            prover.prove({}, "eva", "x", "192.0.2.1")
        waits.append(told.value.seconds)
        clock[0] += told.value.seconds
        assert not prover.prove({}, "eva", "x", "192.0.2.1")
    assert waits[:4] == [2, 4, 8, 16] and max(waits) == LONGEST["address"]
    # From elsewhere the same name waits, but its own person is never shut out for long.
    with pytest.raises(TooManyError) as told:
        prover.prove({}, "eva", "x", "192.0.2.2")
    assert told.value.seconds <= LONGEST["user"]
    assert not prover.prove({}, "rui", "x", "192.0.2.2")


def test_few_wait_for_a_proof_and_the_others_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go, running = Event(), []

    def slow(*_: object) -> bool:
        running.append(1)
        assert len(running) == 1, "argon2 takes 64 MiB a proof"
        go.wait(30)
        running.pop()
        return True

    monkeypatch.setattr(verifier, "verified", slow)
    prover = Verifier()
    told: list[object] = []

    def ask(number: int) -> None:
        try:
            told.append(prover.prove({}, f"u{number}", "x", f"192.0.2.{number}"))
        except TooManyError as error:
            told.append(error.seconds)

    asking = [Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in asking:
        thread.start()
    while len(told) < 40 - verifier.WAITING:
        pass
    assert set(told) == {1}
    go.set()
    for thread in asking:
        thread.join()
    assert sum(answer is True for answer in told) == verifier.WAITING


def test_logins_are_recorded_without_what_was_typed(file: Path, tmp_path: Path) -> None:
    record.start(tmp_path, "painel")
    person = client(file)
    person.post("/entrar", data={"usuario": "minha senha", "senha": "guess"})
    enter(person)
    log = tmp_path / "access/painel.jsonl"
    text = log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["event"], line["user"]) for line in lines] == [
        ("login_failed", None), ("login", "ana"),
    ]  # fmt: skip
    assert "minha senha" not in text and PASSWORD not in text
    assert log.stat().st_mode & 0o077 == 0 and log.parent.stat().st_mode & 0o077 == 0


def test_a_guesser_who_is_made_to_wait_is_recorded_all_the_same(tmp_path: Path) -> None:
    record.start(tmp_path, "painel")
    clock = [0.0]
    prover = Verifier(lambda: clock[0])
    # One address, a try every ten seconds of an hour: few reach a proof.
    for clock[0] in range(0, 3600, 10):
        with suppress(TooManyError):
            prover.prove({}, "nobody", "wrong", "203.0.113.7")
    events = Counter(line["event"] for line in record.read(tmp_path))
    assert events["login_failed"] < 20
    assert events["login_failed"] + events["login_refused"] == 360
    # A flood takes no more than a line a second.
    for _ in range(100):
        with suppress(TooManyError):
            prover.prove({}, "nobody", "wrong", "203.0.113.7")
    assert len(list(record.read(tmp_path))) <= 361


def test_a_file_of_users_that_is_damaged_lets_nobody_in(tmp_path: Path) -> None:
    file = tmp_path / "users.yml"
    file.write_text("ana: {password: x}\n", encoding="utf-8")
    answer = client(file).get("/", headers=HTML)
    assert answer.status_code == 503 and "avise" in answer.text and "argon2" not in answer.text


@pytest.mark.parametrize("root", ["", "/dados"])
def test_the_api_asks_for_a_login_under_any_root(file: Path, tmp_path: Path, root: str) -> None:
    app = api.on(tmp_path, file)
    person = TestClient(app, base_url="http://localhost", root_path=root)
    for path in ("/api/metrics", "/api/kpis/receita_liquida", "/api/", "/docs", "/api/health/x"):
        assert person.get(path).status_code == 401, path
    assert person.get("/api/openapi.json").status_code == 200
    # Nothing is published here: it answers, without a login.
    assert person.get("/api/health").status_code == 503
    mounted = TestClient(Starlette(routes=[Mount("/x", app)]), base_url="http://localhost")
    assert mounted.get("/x/api/metrics").status_code == 401
    assert mounted.get("/x/api/health").status_code == 503


def test_the_api_is_not_asked_by_pages_of_elsewhere(tmp_path: Path) -> None:
    person = TestClient(api.on(tmp_path), base_url="http://evil.example")
    answer = person.get("/api/health")
    assert answer.status_code == 400 and "DW_HOSTS" in answer.text
