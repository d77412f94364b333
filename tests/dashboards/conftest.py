import sys
from collections.abc import Callable

import pytest

from dashboards.query import Data
from tests.conftest import Pipeline


@pytest.fixture(scope="session")
def company(new_pipeline: Callable[..., Pipeline]) -> Pipeline:
    """A small company with one published version; not to be changed."""
    pipeline = new_pipeline()
    pipeline.seed(1000)
    pipeline.run(sys.executable, "-m", "loader", "run")
    return pipeline


@pytest.fixture(scope="session")
def data(company: Pipeline) -> Data:
    """What a person without restrictions sees of it."""
    return Data.current(company.folder)
