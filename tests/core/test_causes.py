"""What went wrong is said first: the cause, who holds what, and the remedy."""

import errno
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dlt
import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from core.errors import LockedError, SourceUnreachableError
from core.lock import hold_warehouse
from core.refusals import told
from core.settings import Settings
from loader import load as loads
from loader.source import mapping as mappings
from loader.source.snapshot import snapshot
from pipeline import cli
from pipeline.watch import alerts


def dlt_failure(folder: Path, cause: Exception) -> PipelineStepFailed:
    """What dlt raises when reading fails for a reason."""

    def rows() -> Iterator[dict[str, int]]:
        yield {"a": 1}
        raise cause

    pipeline = dlt.pipeline("failing", pipelines_dir=str(folder), destination="duckdb")
    with pytest.raises(PipelineStepFailed) as raised:
        pipeline.extract(rows(), table_name="t")
    return raised.value


def _embedded(code: int) -> duckdb.IOException:
    """What DuckDB raises when the system refuses it a file."""
    return duckdb.IOException(f'IO Error: Cannot open file "/data/x.duckdb": {os.strerror(code)}')


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/dlt/x.parquet")


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (FULL, "No space left on device: '/data/dlt/x.parquet'; make room on the disk of DW_DATA"),
        (PermissionError(errno.EACCES, "Permission denied", "/data"), "; give the user that runs"),
        (OSError(errno.EROFS, "Read-only file system", "/data"), "; the disk is read only"),
        (ValueError("of ours"), "of ours"),
        (_embedded(errno.ENOSPC), "No space left on device; make room on the disk of DW_DATA_DIR"),
        (_embedded(errno.EDQUOT), "; make room on the disk of DW_DATA_DIR"),
        (_embedded(errno.EACCES), "Permission denied; give the user that runs this the right"),
        (_embedded(errno.EROFS), "; the disk is read only: name another folder by DW_DATA_DIR"),
    ],
)
def test_what_dlt_failed_of_comes_first(tmp_path: Path, cause: Exception, message: str) -> None:
    said = told(dlt_failure(tmp_path, cause))
    assert message in said
    assert "step=" not in said


def test_a_full_disk_is_named_by_the_command_and_its_alert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = dlt_failure(tmp_path, FULL)

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(loads, "load", fail)
    monkeypatch.setattr(sys, "argv", ["dw", "load"])
    with pytest.raises(SystemExit):
        cli.main()
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("dw: OSError: [Errno 28] No space left on device")
    assert said.endswith("make room on the disk of DW_DATA_DIR, then run it again")
    (problem,) = alerts._unrecorded(failure)
    assert problem.detail.startswith("[Errno 28] No space left on device")


def test_who_holds_the_warehouse_is_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    hold = (
        "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True);"
        " sys.stdin.read()"
    )
    began = datetime.now(UTC)
    process = subprocess.Popen(
        [sys.executable, "-c", hold, str(settings.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(LockedError) as raised, hold_warehouse(settings):
            pass
    finally:
        process.communicate()
    found = re.match(
        rf"process {process.pid} \(python\S*, since (\S+ \S+) UTC\) holds the warehouse"
        rf" {settings.warehouse}",
        str(raised.value),
    )
    assert found is not None
    since = datetime.fromisoformat(f"{found[1]}+00:00")
    assert abs(since - began) < timedelta(seconds=30)


def test_a_locked_sqlite_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    writer.execute("create table t (a)")
    writer.execute("begin exclusive")
    mapping = mappings.read("oltp")
    with (
        pytest.raises(SourceUnreachableError, match="database is locked; wait until the program"),
        snapshot(f"sqlite:///{path}", mapping, patience=0.2),
    ):
        pass
    release = threading.Timer(0.7, writer.execute, ["commit"])
    release.start()
    began = time.monotonic()
    with snapshot(f"sqlite:///{path}", mapping, patience=30) as source:
        assert source is not None
    assert time.monotonic() - began > 0.4
    release.join()
    writer.close()
