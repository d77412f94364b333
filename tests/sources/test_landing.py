"""The foreign databases through the loader: every row lands once, exactly, and stays."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from core.contract.entities import ENTITIES, MONEY, Entity
from tests.conftest import Pipeline
from tests.sources.foreign import Foreign, foreign

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=["adventureworks", "olist"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Foreign:
    return foreign(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def pipeline(source: Foreign, new_pipeline: Callable[..., Pipeline]) -> Pipeline:
    loaded = new_pipeline(DW_SOURCE=source.name, DW_OLTP_URL=f"sqlite:///{source.database}")
    loaded.load()
    return loaded


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_rows_and_totals_land_exactly(source: Foreign, pipeline: Pipeline, entity: Entity) -> None:
    rows = source.rows[entity.name]
    decimals = [column.name for column in entity.columns if column.type == MONEY]
    sums = "".join(f", sum({name})" for name in decimals)
    ((count, keys, *totals),) = pipeline.warehouse(
        f"select count(*), count(distinct {entity.key}){sums} from staging.{entity.name}"
    )
    assert (count, keys) == (len(rows), len(rows))
    for name, total in zip(decimals, totals, strict=True):
        known = [row[name] for row in rows if row.get(name) is not None]
        assert total == (sum(known, Decimal(0)) if known else None), name


def test_a_second_load_changes_no_row(pipeline: Pipeline) -> None:
    def content() -> dict[str, list[tuple[object, ...]]]:
        return {
            name: pipeline.warehouse(f"select * from staging.{name} order by all")
            for name in ENTITIES
        }

    before = content()
    pipeline.load()
    assert content() == before
