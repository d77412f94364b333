"""A server in a process of its own, for as long as it is measured."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen


@contextmanager
def running(command: list[str], health: str) -> Iterator[None]:
    """Run a Python module until the block ends; wait first until ``health`` answers.

    Raises OSError when the server ends before it does.
    """
    server = subprocess.Popen([sys.executable, "-m", *command])  # noqa: S603
    try:
        while True:
            try:
                urlopen(health)  # noqa: S310
                break
            except OSError:
                if server.poll() is not None:
                    raise
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()
