"""The command line: readable, with exit codes that mean something."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import cli

pytestmark = pytest.mark.unit

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line; returns its exit code, output and errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["seeds-oltp", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return (int(ended.value.code or 0), *capsys.readouterr())

    return run


def test_a_company_from_the_command_line(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'oltp.sqlite'}"
    code, output, _ = run("seed", "--orders", "150", "--url", url)
    assert code == 0 and "net revenue" in output and "150" in output
    assert run("wave", "1", "--url", url)[0] == 0
    code, output, _ = run("wave", "1", "--url", url)
    assert code == 0 and "nothing to do" in output
    code, _, errors = run("wave", "3", "--url", url)
    assert code == 2 and "apply 2 first" in errors
    assert run("check", "--url", url)[0] == 0

    with tables.engine(url).begin() as connection:
        connection.execute(sa.text("UPDATE order_items SET unit_price = unit_price + 1"))
    code, output, _ = run("check", "--url", url)
    assert code == 1 and "gross_amount" in output and "error" in output


def test_the_url_comes_from_the_environment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_OLTP_URL", f"sqlite:///{tmp_path / 'mine.sqlite'}")
    assert run("seed", "--orders", "10")[0] == 0
    assert (tmp_path / "mine.sqlite").exists()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://somebody:s3cret@127.0.0.1:1/nowhere",
        "nonsense:s3cret",
        "oracle+none://somebody:s3cret@host/x",
    ],
)
def test_a_failure_is_one_line_without_secrets(run: Run, url: str) -> None:
    code, output, errors = run("wave", "1", "--url", url)
    assert code == 2
    assert errors.startswith("seeds-oltp: ") and errors.count("\n") == 1
    assert "s3cret" not in errors + output


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DW_CUTOFF_MINUTES", "soon")
    code, _, errors = run("check")
    assert code == 2 and "DW_CUTOFF_MINUTES" in errors


def test_ddl(run: Run) -> None:
    assert run("ddl")[1] == tables.sqlserver_script()
