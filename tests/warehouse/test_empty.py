"""A source without a single row still makes a whole warehouse, with no warning."""

from collections.abc import Callable

import pytest

from core.contract import tables
from tests.conftest import Pipeline


@pytest.mark.slow
def test_an_empty_source_builds_without_a_warning(new_pipeline: Callable[..., Pipeline]) -> None:
    pipeline = new_pipeline()
    tables.metadata.create_all(tables.engine(f"sqlite:///{pipeline.folder / 'oltp.sqlite'}"))
    pipeline.load()
    pipeline.dbt("--warn-error", "build")
    # The second day merges; the unit tests have passed.
    pipeline.load()
    pipeline.dbt("--warn-error", "build", "--exclude-resource-type", "unit_test")
    assert pipeline.warehouse("select count(*) from fact.fact_vendas") == [(0,)]
    assert pipeline.warehouse("select count(*) from dim.dim_cliente") == [(1,)]
    assert pipeline.warehouse("select count(*), count(cobertura_pct) from mart.feature_gates") == [
        (8, 0)
    ]
