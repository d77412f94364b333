"""A base load and a business day on Spark: every row is DuckDB's, and what did not change stays.

The core of the warehouse: what leads to sales and orders, and to a mart; on the second day to sales
only. All of it, with the tests of the data, is test_days's, at night.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ci.parity import differences, tables
from tests.conftest import Pipeline
from tests.spark.conftest import Twins

pytestmark = pytest.mark.slow

SALES = (
    "--select", "+fact_vendas", "int_vendas__dias_afetados", "agg_vendas_diario",
    "int_dash_vendas__vendas_afetadas", "dash_vendas",
)  # fmt: skip
CORE = (*SALES, "+fact_pedidos", "path:models/dim", "path:seeds")


@pytest.fixture(scope="module")
def twins(
    first_day: Path,
    new_twins: Callable[..., Twins],
    tmp_path_factory: pytest.TempPathFactory,
) -> Twins:
    embedded = Pipeline(shutil.copytree(first_day, tmp_path_factory.mktemp("twins") / "dw"))
    twins = new_twins(embedded)
    first, second = (" ".join(("models", *models)) for models in (CORE, SALES))
    twins.on_spark("dw load", first, "seeds-oltp wave 1", "dw load", second)
    embedded.load()
    embedded.dbt("run", *SALES)
    return twins


def test_every_row_is_the_same(twins: Twins) -> None:
    with twins.opened() as (embedded, lake):
        built = tables(lake)
        told = [differences(embedded, lake, name, columns) for name, columns in built.items()]
    core = {"staging.orders", "fact.fact_vendas", "fact.fact_pedidos", "mart.dash_vendas"}
    assert core <= built.keys()
    assert [line for lines in told for line in lines] == []


def test_a_second_run_merges_and_leaves_the_months_it_does_not_touch(twins: Twins) -> None:
    from core.engines import spark

    sales = spark.table(twins.settings, "fact", "fact_vendas")
    first, second = sales.snapshots()
    assert second.summary is not None
    assert second.summary.operation.value == "overwrite"
    assert int(second.summary["deleted-data-files"]) > 0
    before, after = (
        {
            (task.file.partition[0], task.file.file_path)
            for task in sales.scan(snapshot_id=snapshot.snapshot_id).plan_files()
        }
        for snapshot in (first, second)
    )
    touched = {month for month, _ in before ^ after}
    months = {month for month, _ in before}
    assert 0 < len(touched) < len(months) / 2
    assert int(second.summary["changed-partition-count"]) == len(touched)
