"""``env.sh`` in each shell, and the schedulers' lines of the runbook as schedulers execute them."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from published import versions
from tests.conftest import Pipeline
from tests.core.test_settings import ODD
from tests.operation.clone import clone
from tests.operation.conftest import RUNBOOK

HOME = "/srv/dw-ecommerce"
# What cron gives to a job, and systemd and Actions hardly more.
BARE = {"HOME": "/", "LOGNAME": "dw", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
SHELLS = [["dash", "-c"], ["bash", "-c"], ["bash", "-euo", "pipefail", "-c"], ["sh", "-eu", "-c"]]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clone(tmp_path_factory.mktemp("shell") / "Ana's e-commerce, opção 100%")


def shell(
    elsewhere: Path, command: list[str], text: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*command, text], cwd=elsewhere, env={**BARE, **environment}, capture_output=True,
        encoding="utf-8",
    )  # fmt: skip
    assert not (elsewhere / "bad").exists()
    return done


@pytest.mark.parametrize("command", SHELLS, ids=" ".join)
def test_a_shell_has_what_the_file_says(elsewhere: Path, command: list[str]) -> None:
    show = 'printf "%s" "$DW_SQLSERVER_PASSWORD"'
    for line, value in ODD:
        (elsewhere / ".env").write_bytes(f"\ufeff{line}\r\n".encode())
        done = shell(elsewhere, command, f". ./env.sh && {show}")
        assert (done.stdout, done.stderr, done.returncode) == (value, "", 0)


@pytest.mark.parametrize("command", SHELLS, ids=" ".join)
def test_a_wrong_file_stops_the_line(elsewhere: Path, command: list[str]) -> None:
    (elsewhere / ".env").write_text("DW_TARGTE=duckdb\n", encoding="utf-8")
    done = shell(elsewhere, command, ". ./env.sh && echo went on")
    assert (done.stdout, done.returncode) == ("", 2)
    assert done.stderr == "env.sh: DW_TARGTE is no setting; did you mean DW_TARGET?\n"


@pytest.mark.parametrize("command", SHELLS, ids=" ".join)
def test_the_environment_stands_and_the_file_can_change(
    elsewhere: Path, command: list[str]
) -> None:
    (elsewhere / ".env").write_text("DW_SOURCE=olist\nDW_TARGET=duckdb\n", encoding="utf-8")
    text = """
        . ./env.sh && echo $DW_SOURCE $DW_CUTOFF_MINUTES
        printf 'DW_CUTOFF_MINUTES=6\\n' > .env
        . ./env.sh && echo ${DW_SOURCE:-none} $DW_CUTOFF_MINUTES
        . ./env.sh && echo "$PATH"
    """
    done = shell(elsewhere, command, text, DW_CUTOFF_MINUTES="5")
    first, second, path = done.stdout.splitlines()
    assert (first, second) == ("olist 5", "none 5")
    assert path == f"{elsewhere}/.venv/bin:{BARE['PATH']}"


def test_dbt_and_dw_see_one_warehouse(elsewhere: Path) -> None:
    (elsewhere / ".env").write_text("DW_DATA_DIR=outra pasta\n", encoding="utf-8")
    ask = "from core.settings import *; print(read_settings(Settings).data_dir)"
    told = f'. ./env.sh && python -c {shlex.quote(ask)} && echo "$DW_DATA_DIR"'
    done = shell(elsewhere, ["dash", "-c"], told)
    assert done.stdout.splitlines() == [f"{elsewhere}/outra pasta"] * 2


def test_dbt_writes_beside_the_data_where_it_may_not_beside_the_code(elsewhere: Path) -> None:
    told = '. ./env.sh && echo "${DBT_LOG_PATH:-}" "${DBT_TARGET_PATH:-}"'
    (elsewhere / ".env").unlink(missing_ok=True)
    assert shell(elsewhere, ["dash", "-c"], told).stdout.split() == []
    aside = (elsewhere / "dbt_project").rename(elsewhere / "aside")
    try:
        # Who is root may write everywhere but into what is not there.
        done = shell(elsewhere, ["dash", "-c"], told, DW_DATA_DIR="/data")
    finally:
        aside.rename(elsewhere / "dbt_project")
    assert done.stdout.split() == ["/data/logs", "/data/dbt_shell"]


def test_a_shell_that_is_elsewhere_is_told_where_to_go(elsewhere: Path, tmp_path: Path) -> None:
    (elsewhere / ".env").unlink(missing_ok=True)
    source = f". {shlex.quote(str(elsewhere / 'env.sh'))}"
    done = shell(tmp_path, ["dash", "-c"], f"{source} && echo went on")
    assert (done.returncode, done.stdout) == (2, "")
    assert "source me in the project's folder" in done.stderr
    done = shell(tmp_path, ["bash", "-c"], f"{source} && echo $DBT_PROJECT_DIR")
    assert done.stdout == f"{elsewhere}/dbt_project\n"


def _block(language: str, beginning: str) -> str:
    (block,) = [
        text
        for text in re.findall(rf"^```{language}\n(.*?)^```", RUNBOOK, re.MULTILINE | re.DOTALL)
        if text.startswith(beginning)
    ]
    return block


def _cron() -> list[tuple[list[str], dict[str, str]]]:
    lines = [line for line in _block("text", "CRON_TZ").splitlines() if "env.sh" in line]
    commands = [line.split(maxsplit=5)[5] for line in lines]
    # cron makes a line break of it.
    assert not any("%" in command for command in commands)
    return [(["/bin/sh", "-c", command], {}) for command in commands]


def _systemd() -> list[tuple[list[str], dict[str, str]]]:
    (start,) = re.findall(r"^ExecStart=(.+)$", RUNBOOK, re.MULTILINE)
    return [(shlex.split(start), {})]


def _actions() -> list[tuple[list[str], dict[str, str]]]:
    job = yaml.safe_load(_block("yaml", "name: daily run"))["jobs"]["run"]
    environment = {k: v for k, v in job["env"].items() if "secrets." not in v}
    (step,) = job["steps"]
    return [(["bash", "-e", "-c", step["run"]], environment)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "lines",
    [
        _cron,
        pytest.param(_systemd, marks=pytest.mark.long),
        pytest.param(_actions, marks=pytest.mark.long),
    ],
)
def test_a_scheduler_can_run_the_day(lines, second_day: Pipeline, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    project = clone(tmp_path / "dw ecommerce")
    data = tmp_path / "dw-data"
    shutil.move(second_day.folder, data)
    for command, environment in lines():
        if not environment:
            (project / ".env").write_text(f"DW_DATA_DIR={data}\n", encoding="utf-8")
        here = [part.replace(HOME, shlex.quote(str(project))) for part in command]
        told = {
            name: value.replace("/srv/dw-data", str(data)) for name, value in environment.items()
        }
        done = subprocess.run(
            here, cwd=project, env={**BARE, **told}, capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr
    assert versions.current(data).version == 2
    assert not (project / ".data").exists()
