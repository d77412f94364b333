from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from seeds_oltp import company, store
from tests.loader.mariadb import server


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.URL]:
    """One server for all shops; its zone is not UTC, for nothing may depend on it."""
    with server(tmp_path_factory.mktemp("mariadb"), "--default-time-zone=-03:00") as url:
        yield url


@pytest.fixture
def new_database(mariadb: sa.URL) -> Callable[[str], sa.URL]:
    """An empty database of the server."""

    def make(name: str) -> sa.URL:
        engine = sa.create_engine(mariadb, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"drop database if exists {name}")
            connection.exec_driver_sql(f"create database {name} character set utf8mb4")
        return mariadb.set(database=name)

    return make


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> sa.URL:
    """The sample company's database, small."""
    url = sa.make_url(f"sqlite:///{tmp_path_factory.mktemp('sample') / 'oltp.sqlite'}")
    store.create(url, company.base(300, 7), replace=False)
    return url
