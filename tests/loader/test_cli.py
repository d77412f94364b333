"""The command line: what it prints, and how it exits."""

import io
import json
import logging
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from core import log
from core.errors import ExitCode
from core.lock import hold_warehouse
from core.settings import ROOT, Settings
from pipeline import cli
from tests.loader.shop import Shop
from tests.loader.staging import rows


def _dw(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=ROOT,
        env=os.environ | {"DW_DATA_DIR": str(folder)} | environment,
        capture_output=True,
        text=True,
    )


def test_load_prints_a_summary_and_leaves_a_log(shop: Shop, settings: Settings) -> None:
    done = _dw(settings.data_dir, "load")
    assert done.returncode == ExitCode.OK, done.stderr
    assert done.stdout.startswith("loaded 23 new and 0 changed of 23 rows read")
    (run,) = rows(settings, "select * from audit.etl_run")
    assert run["load_id"] in done.stdout
    (file,) = (settings.data_dir / "logs").glob("*.jsonl")
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {event["run_id"] for event in events} == {run["run_id"]} == {file.stem}
    assert sum(event.get("rows", 0) for event in events) == 23


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["load"], {"DW_TARGET": "oracle"}, "DW_TARGET: "),
        (["load"], {"DW_CUTOFF_MINUTES": "soon"}, "DW_CUTOFF_MINUTES: "),
        (["load"], {"DW_OLTP_URL": "s3cret"}, "DW_OLTP_URL is no usable database URL"),
        (["load"], {"DW_OLTP_URL": "nosuch://u:s3cret@h/d"}, "DW_OLTP_URL is no usable"),
        (["load"], {"DW_SOURCE": "nowhere"}, "set DW_SOURCE to the path of a YAML file"),
        (["load", "--entity", "ordrs"], {}, "did you mean orders?"),
        (["load"], {"DW_OLTP_URL": "oracle://u:s3cret@h/d"}, "DW_OLTP_URL is no usable"),
        (["load"], {"DW_MAX_MISSING_PERCENT": "101"}, "DW_MAX_MISSING_PERCENT: "),
        (
            ["backfill", "--entity", "orders", "--from", "2025-01", "--to", "2025-13"],
            {},
            "--from and --to are months such as 2025-01: 2025-13 is none",
        ),
        (
            ["backfill", "--entity", "customers", "--from", "2025-01", "--to", "2025-01"],
            {},
            "the rows of customers have no month; run `dw load --entity customers --full`",
        ),
        (["lod"], {}, "No such command"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    environment: dict[str, str],
    message: str,
) -> None:
    for name, value in {"DW_DATA_DIR": str(tmp_path), **environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["dw", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == ExitCode.USAGE
    printed = capfd.readouterr()
    assert message in printed.err
    assert "Traceback" not in printed.err
    assert "s3cret" not in printed.err + printed.out


def test_missing_source_is_exit_3_and_makes_no_file(tmp_path: Path) -> None:
    done = _dw(tmp_path, "load")
    assert done.returncode == ExitCode.SOURCE_UNREACHABLE
    assert "does not exist; check DW_OLTP_URL" in done.stderr
    assert not (tmp_path / "oltp.sqlite").exists()


def test_changed_source_is_exit_4(shop: Shop, settings: Settings) -> None:
    assert _dw(settings.data_dir, "load").returncode == ExitCode.OK
    shop.run("alter table orders drop column sales_channel")
    done = _dw(settings.data_dir, "load")
    assert done.returncode == ExitCode.SCHEMA_CONTRACT
    assert "orders.sales_channel: earlier loads had this column" in done.stderr


def test_second_load_at_the_same_time_is_exit_5(shop: Shop, settings: Settings) -> None:
    with hold_warehouse(settings):
        with hold_warehouse(settings):
            pass
        done = _dw(settings.data_dir, "load")
    assert done.returncode == ExitCode.LOCKED
    holder = (
        rf"another run, process {os.getpid()} \(.*, since {datetime.now(UTC):%Y-%m-%d} \S+ UTC\)"
    )
    assert re.search(rf"{holder}, is writing", done.stderr)


def test_the_lock_of_a_killed_process_is_free(shop: Shop, settings: Settings) -> None:
    environment = os.environ | {"DW_DATA_DIR": str(settings.data_dir)}
    hold = "from core.lock import hold_warehouse; from core.settings import Settings; import time\n"
    hold += "with hold_warehouse(Settings()):\n print('held', flush=True)\n time.sleep(60)"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        done = _dw(settings.data_dir, "load")
        assert done.returncode == ExitCode.LOCKED
        assert f"process {holder.pid} (-c, since " in done.stderr
    finally:
        holder.kill()
        holder.communicate()
    # Its number stands there still, and keeps nobody out.
    assert (settings.data_dir / "dw.lock").read_text(encoding="utf-8").split()[0] == str(holder.pid)
    assert _dw(settings.data_dir, "load").returncode == ExitCode.OK


def test_logs_are_json_where_no_person_reads_them(shop: Shop, settings: Settings) -> None:
    done = _dw(settings.data_dir, "load")
    (file,) = (settings.data_dir / "logs").glob("*.jsonl")
    assert done.stderr == file.read_text(encoding="utf-8")
    assert {json.loads(line)["run_id"] for line in done.stderr.splitlines()} == {file.stem}


def test_logs_are_plain_lines_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    try:
        log.start(tmp_path, "a-run")
        structlog.get_logger().info("read", entity="orders")
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
        logging.basicConfig(force=True)
    assert "read" in screen.getvalue() and not screen.getvalue().startswith("{")
    assert json.loads((tmp_path / "a-run.jsonl").read_text(encoding="utf-8"))["entity"] == "orders"


def test_check_mapping_and_dry_run_load_nothing(shop: Shop, settings: Settings) -> None:
    done = _dw(settings.data_dir, "check-mapping")
    assert (done.returncode, done.stdout) == (0, "the mapping fits: 11 entities, 23 rows\n")
    done = _dw(settings.data_dir, "load", "--dry-run", "--entity", "orders")
    assert "orders: 3 rows to read" in done.stdout
    tables = "select table_name from information_schema.tables where table_schema = 'staging'"
    assert rows(settings, tables) == []
