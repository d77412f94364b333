import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from loader import build, load, publish
from loader.settings import Settings
from tests.conftest import Pipeline
from tests.publish.office import Office


@pytest.fixture(scope="session")
def published_once(new_pipeline: Callable[..., Pipeline]) -> Path:
    """The data folder of a small company, all steps done once; not to be changed."""
    pipeline = new_pipeline()
    pipeline.seed(300)
    office = Office(Settings(data_dir=pipeline.folder))
    load.load(office.settings)
    build.build(office.settings)
    office.reconcile()
    publish.publish(office.settings)
    return pipeline.folder


@pytest.fixture
def office(published_once: Path, tmp_path: Path) -> Office:
    """A copy of that company's data folder, with spaces and accents in its name."""
    folder = tmp_path / "dados de São Paulo"
    shutil.copytree(published_once, folder)
    return Office(Settings(data_dir=folder))


@pytest.fixture
def small_office(office: Office) -> Office:
    """One that publishes two marts from now on, for tests that publish often."""
    office.expose("monitor_etl")
    return office
