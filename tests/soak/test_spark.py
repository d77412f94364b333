"""A few days on Spark: some at random, and a load and a build that die; all end in the truth."""

from pathlib import Path

import pytest

from tests.soak.days import DAYS
from tests.soak.machine import Life
from tests.soak.run import live
from tests.spark.small import SMALL, require_spark

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def small_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    require_spark()
    for name, value in SMALL.items():
        monkeypatch.setenv(name, value)


def test_a_lake_ends_in_the_truth_whatever_dies(tmp_path: Path) -> None:
    counts = live(tmp_path, days=2, examples=1, target="spark")
    assert counts["proofs"] == 1

    life = Life()
    life.company.place_order(9, 1, discount=False, order_date=DAYS[-1], customer_id=1)
    life.die_in_load("copied", build=True)
    assert life.half_loaded
    life.company.change("customers", 1, segment="Pessoa Juridica")
    life.die_in_build("before", 100)
    assert life.counts["killed loads"] and life.counts["killed builds"]
    life.prove()
