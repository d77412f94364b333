"""Every run is on record, however it ends."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from core.audit import RUN, Audit, Run, _run_row, cycle
from core.errors import LoaderError, SourceUnreachableError
from core.settings import Settings
from loader.load import load
from tests.loader.shop import BASE, Shop
from tests.loader.staging import rows


def test_run_and_its_entities_are_recorded(shop: Shop, settings: Settings) -> None:
    load(settings)
    shop.change("orders", 1, deleted_at=BASE + timedelta(days=1))
    run = load(settings)
    (recorded,) = rows(settings, f"select * from audit.etl_run where run_id = '{run.run_id}'")
    assert recorded["status"] == "success"
    assert recorded["load_id"] == run.load_id
    assert (recorded["extracted"], recorded["updated"], recorded["deleted"]) == (23, 1, 1)
    assert recorded["seconds"] > Decimal(0)
    assert recorded["started_at"] <= recorded["finished_at"]
    entities = rows(settings, f"select * from audit.etl_run_entity where run_id = '{run.run_id}'")
    assert len(entities) == 11
    (orders,) = [e for e in entities if e["entity"] == "orders"]
    assert (orders["watermark_before"], orders["watermark_after"]) == (
        BASE,
        BASE + timedelta(days=1),
    )
    assert {e["status"] for e in entities} == {"success"}


def test_failed_run_is_recorded_in_typed_tables(settings: Settings) -> None:
    with pytest.raises(SourceUnreachableError):
        load(settings)
    (run,) = rows(settings, "select * from audit.etl_run")
    assert run["status"] == "failed"
    assert "does not exist" in run["error"]
    assert set(RUN.names) < set(run)
    assert rows(settings, "select watermark_after from audit.etl_run_entity") == []
    types = rows(
        settings,
        "select data_type from information_schema.columns where table_name = 'etl_run_entity'"
        " and column_name in ('watermark_after', 'seconds', 'extracted') and table_schema = 'audit'"
        " order by column_name",
    )
    assert [t["data_type"] for t in types] == ["BIGINT", "DECIMAL(18,3)", "TIMESTAMP"]


def test_run_of_a_killed_process_becomes_crashed(shop: Shop, settings: Settings) -> None:
    dead = Run(command="load", source="oltp", target="duckdb")
    Audit(settings)._write([_run_row(dead)])
    load(settings)
    statuses = rows(settings, "select run_id, status from audit.etl_run order by started_at")
    assert [row["status"] for row in statuses] == ["crashed", "success"]
    assert statuses[0]["run_id"] == dead.run_id


def test_clock_that_jumped_back_is_told(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(settings)
    now = time.time()
    monkeypatch.setattr("core.warehouse.time.time", lambda: now - 3600)
    with pytest.raises(LoaderError, match=r"the clock is 3[56]\d\d seconds behind"):
        load(settings)


def test_a_warehouse_of_an_older_release_gets_the_new_column(
    shop: Shop, settings: Settings
) -> None:
    older = RUN.remove(RUN.get_field_index("cycle_id"))
    dead = {k: v for k, v in _run_row(Run("load", "oltp", "duckdb")).items() if k in older.names}
    Audit(settings).write("etl_run", ["run_id"], [dead], older)
    with cycle():
        load(settings)
    recorded = rows(settings, "select status, cycle_id from audit.etl_run order by started_at")
    assert [row["status"] for row in recorded] == ["crashed", "success"]
    assert recorded[0]["cycle_id"] is None
    assert recorded[1]["cycle_id"]
