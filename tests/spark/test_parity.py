"""A base load and a business day on Spark: every row is DuckDB's, and what did not change stays.

The second day is that of the sales and of all that they are made of. Whole days, with the tests of
the data, which are as many queries again, are test_days's, at night.
"""

from collections.abc import Callable

import pytest

from ci.parity import compare
from tests.spark.conftest import Twins, table

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def twins(new_twins: Callable[..., Twins]) -> Twins:
    twins = new_twins()
    twins.on_duckdb("load", "build")
    second = ("--select", "+fact_vendas")
    days = ("dw load", "models", "seeds-oltp wave 1", "dw load", " ".join(("models", *second)))
    twins.on_spark(*days)
    twins.on_duckdb("load")
    twins.embedded.dbt("run", *second)
    return twins


def test_every_row_of_every_table_is_the_same(twins: Twins) -> None:
    with twins.opened() as (embedded, lake):
        assert compare(embedded, lake) > 25_000


def test_a_second_run_merges_and_leaves_the_months_it_does_not_touch(twins: Twins) -> None:
    from pyiceberg.table import StaticTable

    sales = StaticTable.from_metadata(str(table(twins.settings, "fact.fact_vendas")))
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
