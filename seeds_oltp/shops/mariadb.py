"""A MariaDB of Debian's own, on loopback, in a folder of its own, ended by its process id."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from core.errors import UsageError

PATIENCE = 60


@contextmanager
def server(folder: Path, *options: str) -> Iterator[sa.URL]:
    """A running server, as the URL of its root; ``options`` are mariadbd's.

    It has no password, and goes with the folder. Raises UsageError where MariaDB is not installed.
    """
    if shutil.which("mariadbd") is None:
        raise UsageError("MariaDB's server is not installed: ci/debian.sh brings it")
    user = ["--user=root"] if os.geteuid() == 0 else []
    data = f"--datadir={folder / 'data'}"
    if not (folder / "data").exists():
        subprocess.run(  # noqa: S603
            ["mariadb-install-db",  # noqa: S607
              "--no-defaults", data, *user,
             "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, capture_output=True,
        )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Servers that share a folder of temporary tables may remove each other's.
    own = folder / "tmp"
    own.mkdir(exist_ok=True)
    command = [
        "mariadbd", "--no-defaults", data, *user,
        f"--tmpdir={own}", f"--socket={folder / 's.sock'}",
        f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve",
        # Of a server that lives as long as its users.
        "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", *options,
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
    try:
        url = sa.URL.create("mysql+pymysql", "root", host="127.0.0.1", port=port)
        _await(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _await(url: sa.URL, process: subprocess.Popen[bytes], log: Path) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    for _ in range(PATIENCE * 10):
        if process.poll() is not None:
            raise UsageError(f"MariaDB did not start: {log.read_text(encoding='utf-8')}")
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise UsageError(f"MariaDB does not answer: {log.read_text(encoding='utf-8')}")
