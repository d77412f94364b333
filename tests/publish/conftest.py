import shutil
from pathlib import Path

import pytest

from core.settings import Settings
from tests.publish.office import Office


@pytest.fixture
def office(first_day: Path, tmp_path: Path) -> Office:
    """A copy of a company's data folder, with spaces and accents in its name."""
    folder = tmp_path / "dados de São Paulo"
    shutil.copytree(first_day, folder)
    return Office(Settings(data_dir=folder))


@pytest.fixture
def small_office(office: Office) -> Office:
    """One that publishes two marts from now on, for tests that publish often."""
    office.expose("monitor_etl")
    return office
