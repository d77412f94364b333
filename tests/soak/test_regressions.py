"""What the machine has found, each as the shortest story that shows it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.soak.days import DAYS
from tests.soak.machine import Life, make_template

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def new_life(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Life]:
    folder: Path = tmp_path_factory.mktemp("lives")
    Life.home, Life.template, Life.target = folder / "home", folder / "template", "duckdb"
    make_template(Life.home, Life.template)
    return Life


def test_an_item_that_moves_to_another_order_leaves_the_day_of_the_old_one(
    new_life: Callable[[], Life],
) -> None:
    # The old order lost its newest row: neither its day's count nor its newest load could tell.
    life = new_life()
    life.company.change("orders", 2, order_date=DAYS[1])
    life.prove()
    life.company.change("order_items", 1, order_id=2)
    life.prove()


def test_a_version_opened_over_half_a_load_reaches_the_facts(
    new_life: Callable[[], Life],
) -> None:
    # It was opened as of the load before, which the facts had seen already.
    life = new_life()
    life.company.place_order(9, 1, discount=False, order_date=DAYS[-1], customer_id=1)
    life.prove()
    life.company.change("customers", 1, segment="Pessoa Juridica")
    life.die_in_load("all-merged", build=True)
    assert life.half_loaded
    life.prove()
