"""A MariaDB of Debian's own for tests, which are skipped where it is not installed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from seeds_oltp.shops import mariadb


@contextmanager
def server(folder: Path, *options: str) -> Iterator[sa.URL]:
    """A running server, as the URL of its root; ``options`` are mariadbd's."""
    if shutil.which("mariadbd") is None:
        pytest.skip("MariaDB's server is not installed: ci/debian.sh brings it")
    with mariadb.server(folder, *options) as url:
        yield url
