"""Lineage reaches whoever listens, and whoever does not changes nothing."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from pipeline import lineage
from tests.publish.office import Office

pytestmark = pytest.mark.slow


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The events that a receiver on this machine has taken."""
    events: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(lineage.URL, f"http://127.0.0.1:{server.server_port}")
    yield events
    server.shutdown()
    server.server_close()


def test_each_model_is_told_with_what_it_reads_and_writes(
    office: Office, heard: list[dict[str, Any]]
) -> None:
    lineage.tell(office.settings, "a-run")
    ended = {
        output["name"]: {source["name"] for source in event["inputs"]}
        for event in heard
        for output in event["outputs"]
        if event["eventType"] == "COMPLETE"
    }
    assert "dw_ecommerce.audit.etl_run" in ended["dw_ecommerce.mart.dash_execucoes"]
    assert "dw_ecommerce.fact.fact_vendas" in ended["dw_ecommerce.mart.dash_vendas"]
    parents = {event["run"]["facets"]["parent"]["run"]["runId"] for event in heard}
    assert len(parents) == 1
    assert all(event["job"]["namespace"] == "dw_ecommerce" for event in heard)


def test_without_a_receiver_it_is_a_line_in_the_log(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(lineage.URL, "http://127.0.0.1:9/s3cret")
    with capture_logs() as logs:
        lineage.tell(office.settings, "a-run")
    assert [line["event"] for line in logs] == ["lineage not told"]
    assert "s3cret" not in str(logs)


def test_it_is_off_unless_somebody_listens(
    office: Office, heard: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(lineage.URL)
    lineage.tell(office.settings, "a-run")
    assert heard == []
