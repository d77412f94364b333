"""Where and how the product may run: any encoding of the terminal, any name of a folder."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.environment import ROOT
from published import versions
from tests.conftest import Pipeline
from tests.operation.clone import clone

ODD = "Ana's loja, opção 100%d"
LATIN = "pt_BR.ISO-8859-1"


@pytest.fixture(scope="module")
def latin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a machine whose locale is not UTF-8."""
    folder = tmp_path_factory.mktemp("locale")
    command = ["localedef", "-i", "pt_BR", "-f", "ISO-8859-1", str(folder / LATIN)]
    subprocess.run(command, check=True, capture_output=True)
    return {"LOCPATH": str(folder), "LC_ALL": LATIN, "PYTHONWARNDEFAULTENCODING": "1"}


@pytest.mark.slow
def test_every_file_is_utf_8_by_name(second_day: Pipeline, latin: dict[str, str]) -> None:
    second_day.environment |= latin
    for step in ("run", "smoke", "summary"):
        command = [sys.executable, "-m", "pipeline", step]
        environment = second_day.environment
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, encoding="iso-8859-1"
        )
        assert done.returncode == 0, done.stderr
        ours = [
            line for line in done.stderr.splitlines()
            if "EncodingWarning" in line and line.startswith(str(ROOT)) and ".venv" not in line
        ]  # fmt: skip
        assert ours == []
    assert "receita líquida" in done.stdout
    published = versions.current(second_day.folder)
    assert published.version == 2
    metrics = (published.path / "metrics.json").read_text(encoding="utf-8")
    assert json.loads(metrics)
    assert "ã" in metrics


@pytest.mark.slow
def test_a_project_may_be_in_a_folder_of_any_name(tmp_path: Path) -> None:
    project = clone(tmp_path / ODD)
    bare = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=project, env=bare, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    assert "215,425.71" in run("make", "demo", "ORDERS=200")
    assert versions.current(project / ".data").version == 1
    # dbt too, and what SQL says of it.
    asked = "select sum(valor_total_liquido) as receita from fact.fact_vendas"
    shown = run("sh", "-c", f". ./env.sh && dbt show --quiet --inline '{asked}'")
    assert "215,425.71" in shown or "215425.71" in shown


def test_the_dashboards_keep_their_settings_wherever_they_are_started(tmp_path: Path) -> None:
    server = ROOT / "dashboards" / "server.py"
    asked = (
        "from streamlit import config; "
        f"config._main_script_path = {str(server)!r}; "
        "print(config.get_option('server.address'), config.get_option('browser.gatherUsageStats'),"
        " config.get_option('client.showErrorDetails'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, encoding="utf-8",
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout.split() == ["127.0.0.1", "False", "none"], done.stderr


def test_the_dashboards_listen_on_this_machine_only(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboards" / "server.py")]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "DW_DATA_DIR": str(tmp_path)}
    process = subprocess.Popen(
        [*command, f"--server.port={port}"], cwd=tmp_path, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (heard := listening(port)) and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.2)
        assert heard == {"127.0.0.1"}
    finally:
        process.terminate()
        process.wait(30)


def listening(port: int) -> set[str]:
    """The addresses at which somebody on this machine listens to a port."""
    found = psutil.net_connections("tcp")
    return {c.laddr.ip for c in found if c.laddr.port == port and c.status == psutil.CONN_LISTEN}
