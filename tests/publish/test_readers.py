"""Publishers that are killed, and readers that read all the time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT
from pipeline.publish import publish
from published import versions
from tests.publish.killed import POINTS
from tests.publish.office import Office


def _start(office: Office, module: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=os.environ | {"DW_DATA_DIR": str(office.settings.data_dir)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_killed_at_any_step(small_office: Office, tmp_path: Path) -> None:
    data_dir = small_office.settings.data_dir
    publish(small_office.settings)
    # What publishers that were killed before have left: to be cleaned, and killed at that too.
    for name in (".incoming", "v9"):
        shutil.copytree(versions.path_of(data_dir, 2), versions.folder(data_dir) / name)
    shutil.copytree(versions.folder(data_dir), tmp_path / "before")
    steps = []
    with _start(small_office, "tests.publish.killed") as publisher:
        assert publisher.stdin is not None and publisher.stdout is not None
        while "finished" not in steps:
            shutil.rmtree(versions.folder(data_dir))
            shutil.copytree(tmp_path / "before", versions.folder(data_dir))
            print(len(steps) + 1, file=publisher.stdin, flush=True)
            steps.append(publisher.stdout.readline().strip())
            switched = "os.rename .current.json" in steps[:-1]
            assert small_office.current == (3 if switched else 2), steps[-1]
            small_office.assert_whole()
        publisher.stdin.close()
    assert publisher.returncode == 0

    # Each thing that a publication does has had its turn, and the last one has left nothing behind.
    assert {"shutil.rmtree .incoming", "shutil.rmtree v9", "os.mkdir .incoming"} < set(steps)
    assert {"os.rename .incoming", "os.rename .current.json", "shutil.rmtree v1"} < set(steps)
    assert small_office.names() == {"current.json", "v2", "v3"}
    crashed = small_office.sql("select count(*) from audit.etl_run where status = 'crashed'")
    assert crashed == [(len(steps) - 1,)]


@pytest.mark.slow
def test_killed_at_a_checkpoint_readers_have_the_old_version_or_the_new(
    small_office: Office,
) -> None:
    versions_seen = []
    with _start(small_office, "tests.publish.killed") as publisher:
        assert publisher.stdin is not None and publisher.stdout is not None
        for point in POINTS:
            before = small_office.current
            print(point, file=publisher.stdin, flush=True)
            assert publisher.stdout.readline().strip() == point
            small_office.assert_whole()
            versions_seen.append((point, small_office.current != before))
        publisher.stdin.close()
    assert publisher.returncode == 0
    switched = {point for point, moved in versions_seen if moved}
    assert switched == {"switched", "cleaned", "run-ending:publish"}
    publish(small_office.settings)
    small_office.assert_whole()


def test_the_audit_learns_of_a_version_whose_publisher_was_killed(small_office: Office) -> None:
    publish(small_office.settings)
    small_office.sql("delete from audit.publication where version = 2")
    publish(small_office.settings)
    assert small_office.publications() == [("publish", n, "success") for n in (1, 2, 3)]


@pytest.mark.slow
def test_readers_never_fail_nor_see_a_mix(small_office: Office) -> None:
    _publish_marked(small_office, 2)
    readers = [_start(small_office, "tests.publish.reader") for _ in range(2)]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for number in range(3, 7):
        _publish_marked(small_office, number)
    for reader in readers:
        seen, _ = reader.communicate()
        assert reader.returncode == 0
        assert len(seen.split()) > 20
        assert len(set(seen.split())) > 2


def _publish_marked(office: Office, number: int) -> None:
    office.sql(
        f"update mart.feature_gates set titulo = 'mark {number}'",
        f"update mart.dash_monitor_etl set comando = 'mark {number}'",
        # Such a mark is a change from outside, which the gate would undo by the tables' seals.
        "delete from audit.seal"
        " where table_name in ('mart.feature_gates', 'mart.dash_monitor_etl')",
        # What no build has touched since would be linked, not written.
        "update audit.dbt_run_node set finished_at = timestamp '2999-01-01'",
    )
    assert publish(office.settings).version == number


@pytest.mark.long
def test_killed_at_random_moments(office: Office) -> None:
    publish(office.settings)
    command = [sys.executable, "-m", "pipeline", "publish"]
    environment = os.environ | {"DW_DATA_DIR": str(office.settings.data_dir)}
    for wait in (4.0, 4.5, 5.0, 5.5, 6.0, 6.5):
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            assert process.wait(wait) == 0
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        office.assert_whole()
    last = office.current
    assert last is not None
    assert publish(office.settings).version == last + 1
    office.assert_whole()
