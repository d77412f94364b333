from pathlib import Path

import pytest

from core.settings import Settings
from tests.loader.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A filled shop on SQLite."""
    shop = Shop(f"sqlite:///{tmp_path / 'oltp.sqlite'}")
    shop.create()
    shop.fill()
    return shop


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a data folder of its own, whose source is the shop's database."""
    monkeypatch.setenv("DW_DATA_DIR", str(tmp_path))
    return Settings()
