"""The proxy's configuration, in a real nginx before two stand-ins for dashboards and API."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("nginx")
    upstreams = [ThreadingHTTPServer(("127.0.0.1", 0), Echo) for _ in range(2)]
    for upstream in upstreams:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
    port = free_port()
    configuration = (ROOT / "docker/nginx.conf").read_text(encoding="utf-8")
    for there, here in {
        "listen 8080": f"listen 127.0.0.1:{port}",
        "dashboards:8501": f"127.0.0.1:{upstreams[0].server_port}",
        "api:8502": f"127.0.0.1:{upstreams[1].server_port}",
        "/tmp/": f"{folder}/",  # noqa: S108
        "/dev/stdout": f"{folder}/access.log",
    }.items():
        assert there in configuration
        configuration = configuration.replace(there, here)
    path = folder / "nginx.conf"
    path.write_text(configuration, encoding="utf-8")
    server = subprocess.Popen([str(NGINX), "-c", path, "-g", "daemon off;"])
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for _ in range(100):
            with suppress(httpx.ConnectError):
                client.get("/healthz")
                break
            time.sleep(0.1)
        yield client
    server.terminate()
    server.wait(10)
    for upstream in upstreams:
        upstream.shutdown()
        upstream.server_close()


@pytest.mark.parametrize("path", ["/", "/missing", "/api/missing", "/healthz"])
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
    assert passed["Host"] == proxy.base_url.netloc.decode()


def test_large_bodies_are_refused(proxy: httpx.Client) -> None:
    assert proxy.request("GET", "/", content=b"x" * 1_100_000).status_code == 413


def test_a_flood_of_the_api_is_slowed_down_alone(proxy: httpx.Client) -> None:
    codes = {proxy.get("/api/kpis").status_code for _ in range(200)}
    assert codes == {200, 429}
    assert proxy.get("/").status_code == 200
