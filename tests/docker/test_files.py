"""What judges without an engine say: of the stack, its image, its scripts and the workflow."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

pytestmark = pytest.mark.unit

WORKFLOW = ROOT / ".github/workflows/ci.yml"
SCRIPTS = sorted([*(ROOT / "docker").glob("*.sh"), *(ROOT / "ci").glob("*.sh")])
SOURCED = [ROOT / "env.sh"]
SQL = sorted((ROOT / "docker/sqlserver").glob("*.sql"))
CHECKER = Path(os.environ.get("DW_SHARED_TOOLS", ROOT / "../shared/tools")) / "tsql_check.py"


def judge(*command: str | Path) -> None:
    """Run a judge of this environment; it must find nothing."""
    tool = Path(sys.executable).with_name(str(command[0]))
    done = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_follows_its_schema() -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    judge("check-jsonschema", *schema, "docker/compose.yml")


def test_the_workflow_follows_its_schema() -> None:
    judge("check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW)


def test_the_workflow_is_safe() -> None:
    judge("zizmor", "--offline", "--quiet", WORKFLOW)


def test_the_image_is_built_well() -> None:
    judge("hadolint", "docker/Dockerfile", ".devcontainer/Dockerfile")


def test_scripts_are_sound_and_can_be_run() -> None:
    # Not what env.sh sources, which need not be there yet.
    judge("shellcheck", "--exclude=SC1091", *SCRIPTS, *SOURCED)
    assert [script.name for script in SCRIPTS if not os.access(script, os.X_OK)] == []


def steps() -> list[dict[str, Any]]:
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def test_actions_are_pinned_by_commit() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [a for a in used if not re.fullmatch(r"actions/\S+@[0-9a-f]{40}", a)] == []


def test_what_the_workflow_runs_can_be_run_by_hand() -> None:
    targets = re.findall(
        r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    commands = [step["run"].split() for step in steps() if "run" in step]
    assert commands
    for program, *arguments in commands:
        assert program == "make" or (ROOT / program).is_file()
        assert program != "make" or set(arguments) <= set(targets)


def test_the_server_in_ci_is_the_one_of_the_stack() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    services = yaml.safe_load((ROOT / "docker/compose.yml").read_text(encoding="utf-8"))["services"]
    assert jobs["sqlserver"]["services"]["sqlserver"]["image"] == services["sqlserver"]["image"]


@pytest.mark.skipif(not CHECKER.is_file(), reason="the T-SQL checker is not there")
def test_the_servers_scripts_are_t_sql() -> None:
    command = [sys.executable, CHECKER, "parse", *SQL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(SQL)} scripts, 0 errors, 0 warnings" in done.stderr


def test_no_value_is_written_into_t_sql_unquoted() -> None:
    # What comes from the session context and stands in dynamic SQL went through quotename; the
    # collation, which cannot be quoted, through collationproperty, which knows only real ones.
    for script in SQL:
        text = script.read_text(encoding="utf-8")
        values = set(re.findall(r"(@\w+) (?:sysname|nvarchar\(\d+\))\s*= cast\(session", text))
        joined = set(re.findall(r"\+\s*(@\w+)(?! \+ N'_user')", re.sub(r"print [^;]*;", "", text)))
        assert joined & values <= ({"@collation"} if "collationproperty" in text else set())


def test_env_makes_passwords_once(tmp_path: Path) -> None:
    for name in ("env.sh", ".env.example"):
        (tmp_path / name).write_bytes((ROOT / "docker" / name).read_bytes())
    first = subprocess.run(["bash", tmp_path / "env.sh"], capture_output=True, text=True)
    env = tmp_path / ".env"
    made = env.read_text(encoding="utf-8")
    passwords = re.findall(r"^\w+_PASSWORD=(.+)$", made, re.MULTILINE)
    assert first.returncode == 0
    assert env.stat().st_mode & 0o777 == 0o600
    assert len(set(passwords)) == 4
    # SQL Server wants three of: capitals, small letters, digits, others; URLs want no others.
    assert all(re.fullmatch(r"Dw-[0-9a-f]{32}", password) for password in passwords)
    assert not any(password in first.stdout for password in passwords)
    assert re.search(r"^DW_SESSION_SECRET=[0-9a-f]{64}$", made, re.MULTILINE)
    again = subprocess.run(["bash", tmp_path / "env.sh"], capture_output=True, text=True)
    assert (again.returncode, again.stdout, env.read_text(encoding="utf-8")) == (0, "", made)


def test_restore_wants_a_backup() -> None:
    script = ROOT / "docker/restore.sh"
    done = subprocess.run([script, ""], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("restore: name a backup")
