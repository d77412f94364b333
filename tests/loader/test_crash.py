"""Killed at any point and started again, a load ends as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT, Settings
from loader.load import load
from tests.loader.killed import POINTS, REPAIR_POINTS
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, rows, without_load_ids

# The moments whose remains differ most are tried each day, the others each night.
DAILY = {"extracted", "normalised", "merged", "load-recorded", "repairing>normalised"}


def moments(points: Iterable[str]) -> list[Any]:
    return [
        pytest.param(point, marks=pytest.mark.slow if point in DAILY else pytest.mark.long)
        for point in points
    ]


@pytest.fixture
def reference(shop: Shop, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse with the same source, for loads that nobody kills."""
    folder = tmp_path_factory.mktemp("reference")
    url = settings.oltp_url
    return settings.model_copy(update={"data_dir": folder, "oltp_url": url})


def _change(shop: Shop) -> None:
    at = BASE + timedelta(days=1)
    shop.add("customers", 2, at)
    shop.add("orders", 8, at, customer_id=2)
    shop.add("order_items", 81, at, order_id=8)
    shop.change("orders", 1, at, order_status="Cancelado")
    shop.change("order_items", 11, at, quantity=5)
    shop.change("sellers", 1, at, seller_name="Outro")


def _killed(settings: Settings, *command: str) -> int:
    environment = os.environ | {"DW_DATA_DIR": str(settings.data_dir)}
    done = subprocess.run(
        [sys.executable, "-m", *command, "load"], cwd=ROOT, env=environment, capture_output=True
    )
    return done.returncode


def _assert_recovers(settings: Settings, reference: Settings) -> None:
    load(settings)
    load(reference)
    landed = content(settings)
    assert without_load_ids(landed) == without_load_ids(content(reference))
    # What is in flight has landed: the next load finds nothing to do.
    assert load(settings).load_id is None
    assert content(settings) == landed
    statuses = rows(settings, "select status from audit.etl_run order by started_at")
    assert [row["status"] for row in statuses if row["status"] == "running"] == []


@pytest.mark.parametrize("point", moments(POINTS))
def test_killed_in_an_incremental_load(
    point: str, shop: Shop, settings: Settings, reference: Settings
) -> None:
    load(settings)
    load(reference)
    _change(shop)
    assert _killed(settings, "tests.loader.killed", point) == -signal.SIGKILL
    _assert_recovers(settings, reference)
    crashed = rows(settings, "select status from audit.etl_run where status = 'crashed'")
    assert len(crashed) == 1


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("merged", marks=pytest.mark.slow),
        *(
            pytest.param(point, marks=pytest.mark.long)
            for point in ("extracted", "normalised", "copied", "load-recorded")
        ),
    ],
)
def test_killed_in_the_first_load(
    point: str, shop: Shop, settings: Settings, reference: Settings
) -> None:
    assert _killed(settings, "tests.loader.killed", point) == -signal.SIGKILL
    _change(shop)
    _assert_recovers(settings, reference)


@pytest.mark.parametrize("point", moments(REPAIR_POINTS))
def test_killed_between_the_load_and_its_repair(
    point: str, shop: Shop, settings: Settings, reference: Settings
) -> None:
    load(settings)
    _change(shop)
    shop.run("delete from order_item_discounts where order_item_discount_id = 31")
    shop.run("delete from order_items where order_item_id = 31")
    shop.change("orders", 3, BASE - timedelta(days=90), order_status="Entregue")
    assert _killed(settings, "tests.loader.killed", point) == -signal.SIGKILL
    load(settings)
    load(reference)
    landed = without_load_ids(content(settings))
    for name in ("order_items", "order_item_discounts"):
        assert landed[name].pop("31")["_hard_deleted_at"] is not None
    assert landed == without_load_ids(content(reference))
    assert load(settings).load_id is None


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_random_moments(
    seed: int, shop: Shop, settings: Settings, reference: Settings
) -> None:
    load(settings)
    _change(shop)
    chance = random.Random(seed)  # noqa: S311
    environment = os.environ | {"DW_DATA_DIR": str(settings.data_dir)}
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "load"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for_a_new_log(settings.data_dir / "logs", process)
        time.sleep(chance.uniform(0, 3))
        process.kill()
        process.wait()
    _assert_recovers(settings, reference)


def _wait_for_a_new_log(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the load has begun, and its imports are behind it."""
    before = len(list(folder.iterdir()))
    while len(list(folder.iterdir())) == before and process.poll() is None:
        time.sleep(0.02)
