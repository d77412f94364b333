import sys
from pathlib import Path

import pytest

from published.answers.query import Data
from tests.conftest import Pipeline


@pytest.fixture(scope="session")
def company(first_day: Path) -> Pipeline:
    """A small company with one published version; not to be changed."""
    return Pipeline(first_day)


@pytest.fixture(scope="session")
def data(company: Pipeline) -> Data:
    """What a person without restrictions sees of it."""
    return Data.current(company.folder)


@pytest.fixture(autouse=True)
def own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give back what Streamlit's tests take: processes that others start later import it."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
