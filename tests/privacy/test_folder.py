"""The data folder is its owner's alone, and a run that was cut off leaves no rows in it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.lock import hold_warehouse
from core.private import make_private
from core.settings import ROOT, Settings
from loader.load import load
from tests.loader.shop import Shop
from tests.loader.staging import rows


def open_to_others(folder: Path) -> list[str]:
    return [
        str(path)
        for path in [folder, *folder.rglob("*")]
        if path.stat().st_mode & 0o777 != (0o700 if path.is_dir() else 0o600)
    ]


def test_all_that_a_load_leaves_is_its_owners_alone(shop: Shop, settings: Settings) -> None:
    before = os.umask(0o022)
    try:
        # As earlier releases left it.
        (settings.data_dir / "logs").mkdir()
        (settings.data_dir / "logs" / "old.jsonl").write_text("{}", encoding="utf-8")
        settings.data_dir.chmod(0o755)
        load(settings)
        (settings.data_dir / "alerts.json").write_text("{}", encoding="utf-8")
        assert open_to_others(settings.data_dir) == []
    finally:
        os.umask(before)


def test_links_are_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("", encoding="utf-8")
    outside.chmod(0o644)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "lost").symlink_to(tmp_path / "nowhere")
    make_private(folder)
    assert outside.stat().st_mode & 0o777 == 0o644
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_rows_of_a_killed_load_do_not_stay(shop: Shop, settings: Settings) -> None:
    shop.change("customers", 1, full_name="Maria das Dores Quitéria")
    environment = os.environ | {"DW_DATA_DIR": str(settings.data_dir)}
    killed = subprocess.run(
        [sys.executable, "-m", "tests.loader.killed", "extracted", "load"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL
    state = settings.data_dir / "dlt"
    # As it lies before all entities have been read, when there are rows enough for a file.
    (package,) = (state / "dw_staging" / "normalize" / "extracted").iterdir()
    unfinished = state / "dw_staging" / "normalize" / "0123456789abcdef" / "new"
    unfinished.mkdir(parents=True)
    package.rename(unfinished / package.name)
    assert list(state.rglob("*.parquet"))
    with hold_warehouse(settings):
        assert list(state.rglob("*.parquet")) == []
    load(settings)
    assert rows(settings, "select full_name as name from staging.customers") == [
        {"name": "Maria das Dores Quitéria"}
    ]


def test_what_spilled_goes_and_what_is_the_owners_stays(settings: Settings) -> None:
    spilled = [".spill-x", "tmpabcd1234", "dw_ecommerce.duckdb.tmp"]
    for name in [*spilled, "tmp_of_mine", "tmpofmine12"]:
        (settings.data_dir / name).mkdir()
        file = "duckdb_temp_block-1.block" if name in spilled else "notes.txt"
        (settings.data_dir / name / file).write_text("", encoding="utf-8")
    with hold_warehouse(settings):
        left = {path.name for path in settings.data_dir.iterdir() if path.is_dir()}
    assert left == {"tmp_of_mine", "tmpofmine12"}


def test_the_rows_of_a_load_leave_the_tables_that_it_was_merged_from(
    shop: Shop, settings: Settings
) -> None:
    load(settings)
    assert rows(settings, "select full_name from staging_staging.customers") == []
    assert rows(settings, "select full_name from staging.customers") != []
