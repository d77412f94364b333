"""One writer at a time: a lock on the warehouse that frees itself when its process ends."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from core.engines import holding, is_held
from core.errors import LockedError
from core.private import keep_private, make_private, sweep
from core.settings import Settings


@contextmanager
def hold_warehouse(settings: Settings) -> Iterator[None]:
    """Hold the lock of the warehouse, also within another hold of this process.

    Raises LockedError when another process has it.
    """
    if is_held(settings):
        yield
        return
    keep_private()
    data_dir = settings.data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "dw.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise LockedError(
                f"another run, process {file.read().strip() or 'unknown'}, is writing to"
                f" {data_dir}; wait until it has ended, or end it"
            ) from error
        file.truncate(0)
        command = " ".join([Path(sys.argv[0]).stem, *sys.argv[1:2]])
        file.write(f"{os.getpid()} ({command}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC)")
        file.flush()
        make_private(data_dir)
        sweep(data_dir)
        try:
            with holding(settings):
                yield
        finally:
            make_private(data_dir)
            sweep(data_dir)
