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


@pytest.mark.long
def test_a_row_that_the_source_lost_is_as_a_killed_load_saw_it_last(
    new_life: Callable[[], Life],
) -> None:
    # Products go on naming suppliers who have landed; the model did not know of them.
    life = new_life()
    suppliers = {1: 5, 2: 2, 3: 4}
    for product, supplier in suppliers.items():
        life.company.change("products", product, supplier_id=supplier)
    life.company.add("suppliers", 5)
    life.die_in_load("reading")
    life.company.remove("suppliers", 5)
    life.company.add("suppliers", 4)
    life.company.change("suppliers", 2, supplier_name="Outro fornecedor")
    life.die_in_load("all-merged")
    assert len(life.half_loaded) == 2
    life.company.remove("suppliers", 4)
    life.company.remove("suppliers", 2)
    life.prove()
    found = {row["produto_id"]: row for row in life.dw.records("dim.dim_produto")}
    assert [found[key]["codigo_fornecedor"] for key in suppliers] == [None, "SUP0002", "SUP0004"]
    assert found[2]["nome_fornecedor"] == "Outro fornecedor"
