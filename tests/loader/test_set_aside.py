"""A package that the warehouse refuses does not stand in the way, and nothing of it is lost."""

import os
import signal
from pathlib import Path

import duckdb
import pytest

from core import pending
from core.settings import Settings
from loader.load import load
from tests.loader.shop import Shop
from tests.loader.staging import content, rows, without_load_ids
from tests.loader.test_crash import _change, _killed, reference

pytestmark = pytest.mark.slow
__all__ = ["reference"]


def aside(settings: Settings) -> list[Path]:
    return sorted((settings.data_dir / pending.FOLDER).glob("*"))


def recovered(settings: Settings, reference: Settings) -> None:
    """All that the source has is there, as where nothing went wrong, and nothing is in flight."""
    load(settings)
    load(reference)
    landed = content(settings)
    assert without_load_ids(landed) == without_load_ids(content(reference))
    assert load(settings).load_id is None


def test_a_damaged_package_is_set_aside_and_its_rows_are_read_again(
    shop: Shop, settings: Settings, reference: Settings
) -> None:
    """Killed before it could load, then damaged: a disk may do so."""
    load(settings)
    load(reference)
    _change(shop)
    assert _killed(settings, "tests.loader.killed", "normalised") == -signal.SIGKILL
    packages = settings.data_dir / "dlt" / "dw_staging" / "load" / "normalized"
    (orders,) = packages.glob("*/new_jobs/orders.*.parquet")
    orders.write_bytes(b"PAR1 Ana PAR1")
    recovered(settings, reference)
    (folder,) = aside(settings)
    reason = (folder / pending.REASON).read_text()
    assert "arquet" in reason or "magic" in reason
    assert list(folder.glob("load/normalized/*/*/orders.*.parquet"))
    assert {p.stat().st_mode & 0o077 for p in [folder.parent, folder, *folder.rglob("*")]} == {0}


def test_a_refused_value_fails_the_load_that_brings_it_and_no_other(
    shop: Shop, settings: Settings, reference: Settings
) -> None:
    load(settings)
    load(reference)
    with duckdb.connect(str(settings.warehouse)) as database:
        database.execute("delete from staging.sellers where seller_id = '1'")
        database.execute("alter table staging.sellers alter seller_name type int using 0")
    _change(shop)
    with pytest.raises(pending.PackageRefusedError) as refused:
        load(settings)
    assert "Could not convert string" in str(refused.value)
    assert "Outro" not in str(refused.value)
    assert str(aside(settings)[0]) in str(refused.value)
    (failed,) = rows(settings, "select error from audit.etl_run where status = 'failed'")
    assert failed["error"] == str(refused.value)
    with duckdb.connect(str(settings.warehouse)) as database:
        database.execute("alter table staging.sellers alter seller_name type varchar using ''")
    load(settings, full=True)
    recovered(settings, reference)
    assert len(aside(settings)) == 1


def test_what_another_attempt_may_bring_in_stays(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch, reference: Settings
) -> None:
    load(settings)
    load(reference)
    _change(shop)
    assert _killed(settings, "tests.loader.killed", "normalised") == -signal.SIGKILL
    monkeypatch.setattr(pending, "may_pass", lambda _: True)
    packages = settings.data_dir / "dlt" / "dw_staging" / "load" / "normalized"
    (orders,) = packages.glob("*/new_jobs/orders.*.parquet")
    whole = orders.read_bytes()
    orders.write_bytes(b"")
    with pytest.raises(pending.LoaderError, match="goes on from there"):
        load(settings)
    assert aside(settings) == []
    (orders,) = packages.glob("*/*/orders.*.parquet")
    orders.write_bytes(whole)
    recovered(settings, reference)
    assert os.environ["DW_DATA_DIR"] == str(settings.data_dir)
