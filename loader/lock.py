"""One writer at a time: a lock on the warehouse that frees itself when its process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from loader.errors import LockedError
from loader.settings import Settings


@contextmanager
def exclusive(settings: Settings) -> Iterator[None]:
    """Hold the lock of the warehouse. Raises LockedError when another has it."""
    data_dir = settings.data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "dw.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise LockedError(
                f"another run, process {file.read().strip() or 'unknown'}, is writing to"
                f" {data_dir}; wait until it has ended"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        with _target(settings):
            yield


def _target(settings: Settings) -> AbstractContextManager[object]:
    # Seconds to import: only for who has it.
    if settings.target == "duckdb":
        from loader import warehouse

        return warehouse.held(settings)
    if settings.target == "sqlserver":
        from loader import sqlserver

        return sqlserver.exclusive(settings)
    return nullcontext()
