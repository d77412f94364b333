"""The base load: the same for the same arguments, whole or not at all, right to the cent."""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import checks, company, demand, store
from tests.seeds_oltp.conftest import ORDERS, content, seed

pytestmark = pytest.mark.unit


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "seeds_oltp", "seed", "--orders", "300"]
    files = [tmp_path / f"{name}.sqlite" for name in ("first", "second", "other")]
    for file, number, hashing in zip(files, (5, 5, 6), ("1", "2", "1"), strict=True):
        subprocess.run(
            [*command, "--seed", str(number), "--url", f"sqlite:///{file}"],
            # Neither the hashes of texts, nor the clock, nor the zone have a say.
            env=os.environ | {"PYTHONHASHSEED": hashing, "TZ": f"Etc/GMT+{hashing}"},
            check=True,
            capture_output=True,
        )
    assert digest(files[0]) == digest(files[1])
    assert digest(files[0]) != digest(files[2])


def test_known_rows(base: sa.Engine) -> None:
    """Figures written down once: a change of the generator must be meant."""
    with base.connect() as connection:
        orders = connection.scalar(sa.select(sa.func.count()).select_from(tables.orders))
        last = connection.scalar(sa.select(sa.func.max(tables.orders.c.order_date)))
        revenue = connection.scalar(store.revenue())
    assert orders == ORDERS
    assert last is not None and last.date() == demand.END
    assert revenue == Decimal("10437129.86")


@pytest.mark.parametrize("orders", [1, 2, 50, 1_000])
def test_any_size(tmp_path: Path, orders: int) -> None:
    url = f"sqlite:///{tmp_path / 'tiny.sqlite'}"
    counts = seed(url, orders)
    assert counts["orders"] == orders
    assert counts["order_items"] >= orders
    assert counts["regions"] == 27
    with tables.engine(url).connect() as connection:
        found = [f for f in checks.run(connection) if f.check.severity == "error" and f.rows]
    assert found == []


def test_the_checks_find_nothing(base: sa.Engine) -> None:
    with base.connect() as connection:
        assert [finding for finding in checks.run(connection) if finding.rows] == []


def test_numbers_are_what_sqlalchemy_would_write(base: sa.Engine, tmp_path: Path) -> None:
    """The fast path stores the very values of the plain one, so that nobody sees a difference."""
    plain = tables.engine(f"sqlite:///{tmp_path / 'plain.sqlite'}")
    table = tables.order_items
    with base.connect() as connection:
        rows = connection.execute(sa.select(table).limit(500)).mappings().all()
        fast = connection.exec_driver_sql("SELECT * FROM order_items LIMIT 500").fetchall()
    with plain.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [dict(row) for row in rows])
        slow = connection.exec_driver_sql("SELECT * FROM order_items").fetchall()
    assert [tuple(row) for row in fast] == [tuple(row) for row in slow]


@pytest.mark.slow
def test_killed_it_leaves_the_old_database(tmp_path: Path) -> None:
    file = tmp_path / "oltp.sqlite"
    seed(f"sqlite:///{file}", 200)
    before = digest(file)
    unfinished = tmp_path / "oltp.sqlite.unfinished"
    process = subprocess.Popen(
        [sys.executable, "-m", "seeds_oltp", "seed", "--orders=400000", f"--url=sqlite:///{file}"],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (unfinished.exists() and unfinished.stat().st_size > 1_000_000):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert digest(file) == before

    seed(f"sqlite:///{file}", 200)
    assert digest(file) == before
    assert list(tmp_path.iterdir()) == [file]


def test_interrupted_it_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted() -> store.Rows:
        yield from list(company.base(200, 1))[:5]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.create(
            sa.make_url(f"sqlite:///{tmp_path / 'oltp.sqlite'}"), interrupted(), replace=False
        )
    assert list(tmp_path.iterdir()) == []


def test_two_at_a_time_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "oltp.sqlite"
    rows = company.base(200, 1)

    def meanwhile() -> store.Rows:
        with pytest.raises(store.RefusedError, match="another process"):
            seed(f"sqlite:///{file}", 10)
        yield from rows

    counts = store.create(sa.make_url(f"sqlite:///{file}"), meanwhile(), replace=False)
    assert counts["orders"] == 200


def test_a_database_of_somebody_else_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "theirs.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
    before = digest(file)
    with pytest.raises(store.RefusedError, match="--replace"):
        seed(f"sqlite:///{file}", 10)
    assert digest(file) == before


def test_postgres_holds_the_same_rows(postgres: sa.URL, tmp_path: Path) -> None:
    file = f"sqlite:///{tmp_path / 'oltp.sqlite'}"
    seed(file, 400)
    seed(postgres, 400)
    assert content(tables.engine(postgres)) == content(tables.engine(file))
    with pytest.raises(store.RefusedError, match="--replace"):
        seed(postgres, 400)


def test_easter_and_black_friday() -> None:
    assert demand.black_friday(2024) == date(2024, 11, 29)
    assert demand.black_friday(2025) == date(2025, 11, 28)
    assert demand.orders_per_day(10_000).sum() == 10_000
