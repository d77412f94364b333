"""The proxy's configuration, in a real nginx before two stand-ins for dashboards and API."""

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT

NGINX = shutil.which("nginx")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


class Echo(BaseHTTPRequestHandler):
    """Answers with what reached it."""

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "headers": dict(self.headers)}).encode()
        self.send_response(404 if self.path.endswith("missing") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def upstreams() -> Iterator[list[int]]:
    """The ports of the dashboards' stand-in and the API's."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Echo) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [server.server_port for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


@contextmanager
def serving(folder: Path, upstreams: list[int], tls: str = "off") -> Iterator[httpx.Client]:
    """The proxy with a choice of DW_TLS, in a real nginx."""
    port, health = free_port(), free_port()
    moved = {
        # First: what the others put there may be below it.
        "/tmp/": f"{folder}/",  # noqa: S108
        "listen 8080": f"listen 127.0.0.1:{port}",
        "listen 127.0.0.1:8081": f"listen 127.0.0.1:{health}",
        "dashboards:8501": f"127.0.0.1:{upstreams[0]}",
        "api:8502": f"127.0.0.1:{upstreams[1]}",
        "/etc/nginx/tls.conf": f"{folder}/tls.conf",
        "/etc/nginx/certificates": f"{folder}",
        "/dev/stdout": f"{folder}/access.log",
    }
    sources = {"nginx.conf": "nginx.conf", f"tls/{tls}.conf": "tls.conf"}
    texts = {name: (ROOT / "docker" / name).read_text(encoding="utf-8") for name in sources}
    for there, here in moved.items():
        assert any(there in text for text in texts.values()) or "certificates" in there
        texts = {name: text.replace(there, here) for name, text in texts.items()}
    for name, target in sources.items():
        (folder / target).write_text(texts[name], encoding="utf-8")
    server = subprocess.Popen([str(NGINX), "-c", folder / "nginx.conf", "-g", "daemon off;"])
    url = f"{'https' if tls == 'on' else 'http'}://127.0.0.1:{port}"
    trusted = ssl.create_default_context(cafile=folder / "tls.crt") if tls == "on" else True
    try:
        with httpx.Client(base_url=url, trust_env=False, verify=trusted) as client:
            for _ in range(100):
                with suppress(httpx.ConnectError):
                    client.get(f"http://127.0.0.1:{health}/healthz").raise_for_status()
                    break
                time.sleep(0.1)
            yield client
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, upstreams: list[int]) -> Iterator[httpx.Client]:
    with serving(tmp_path_factory.mktemp("nginx"), upstreams) as client:
        yield client


def certificate(folder: Path) -> None:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/missing", "/api/missing"])
def test_every_answer_is_guarded(proxy: httpx.Client, path: str) -> None:
    headers = proxy.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Referrer-Policy" in headers
    assert "Permissions-Policy" in headers
    assert headers["Server"] == "nginx"


def test_dashboards_are_at_the_root_and_the_api_below(proxy: httpx.Client) -> None:
    assert proxy.get("/metas?equipe=Sul").json()["path"] == "/metas?equipe=Sul"
    assert proxy.get("/api/kpis?by=equipe").json()["path"] == "/api/kpis?by=equipe"


def test_a_websocket_is_passed_on_as_one(proxy: httpx.Client) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    passed = proxy.get("/_stcore/stream", headers=headers).json()["headers"]
    assert (passed["Upgrade"], passed["Connection"]) == ("websocket", "upgrade")
    assert "Upgrade" not in proxy.get("/").json()["headers"]


def test_who_asks_cannot_pretend_to_be_another(proxy: httpx.Client) -> None:
    passed = proxy.get("/", headers={"X-Forwarded-For": "203.0.113.7"}).json()["headers"]
    assert passed["X-Forwarded-For"] == "127.0.0.1"
    assert passed["X-Forwarded-Proto"] == "http"
    assert passed["Host"] == proxy.base_url.netloc.decode()


def test_large_bodies_are_refused(proxy: httpx.Client) -> None:
    assert proxy.request("GET", "/", content=b"x" * 1_100_000).status_code == 413


def test_a_flood_of_the_api_is_slowed_down_alone(proxy: httpx.Client) -> None:
    codes = {proxy.get("/api/kpis").status_code for _ in range(200)}
    assert codes == {200, 429}
    assert proxy.get("/").status_code == 200


def counted(client: httpx.Client, number: int, path: str, **request: Any) -> dict[int, int]:
    """How often each status was the answer of so many requests, one after the other."""
    return Counter(client.request(url=path, **request).status_code for _ in range(number))


def test_logins_come_slower_than_passwords_are_proved(proxy: httpx.Client) -> None:
    form = {"usuario": "ana", "senha": "wrong"}
    started = time.monotonic()
    codes = counted(proxy, 40, "/entrar", method="POST", data=form)
    assert codes.keys() == {200, 429}
    assert codes[200] <= 7 + (time.monotonic() - started)
    # Who only opens the form is not held up.
    assert counted(proxy, 40, "/entrar", method="GET") == {200: 40}


def test_an_api_login_may_need_a_proof(tmp_path: Path, upstreams: list[int]) -> None:
    with serving(tmp_path, upstreams) as proxy:
        started = time.monotonic()
        with_login = {"method": "GET", "auth": ("ana", "wrong")}
        assert counted(proxy, 20, "/api/kpis", **with_login) == {200: 20}
        # Eight at once, then eight a second.
        assert time.monotonic() - started >= 11 / 8


def test_tls_is_one_setting(tmp_path: Path, upstreams: list[int]) -> None:
    certificate(tmp_path)
    with serving(tmp_path, upstreams, tls="on") as proxy:
        answer = proxy.get("/metas")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.json()["headers"]["X-Forwarded-Proto"] == "https"
        plain = httpx.get(str(proxy.base_url.copy_with(scheme="http", path="/metas")))
        assert (plain.status_code, plain.headers["Location"]) == (
            301, str(proxy.base_url.copy_with(path="/metas")),
        )  # fmt: skip


def test_plain_http_promises_no_tls(proxy: httpx.Client) -> None:
    assert "Strict-Transport-Security" not in proxy.get("/").headers


def test_a_provider_in_front_tells_who_asks(tmp_path: Path, upstreams: list[int]) -> None:
    with serving(tmp_path, upstreams, tls="front") as proxy:
        asked = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}
        passed = proxy.get("/", headers=asked).json()["headers"]
        # The provider adds the last one; those before are whatever the browser said.
        assert passed["X-Forwarded-For"] == "203.0.113.7"
        assert passed["X-Forwarded-Proto"] == "https"


def test_a_half_sent_request_is_ended(proxy: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", proxy.base_url.port or 0)) as slow:
        slow.settimeout(20)
        slow.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        started = time.monotonic()
        assert slow.recv(1) == b""
        assert 8 < time.monotonic() - started < 15
