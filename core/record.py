"""Who logged in, who failed to, who saved what: a line of JSON each, without values of the data.

On standard error, and in ``access/`` of the data folder where this process may write there: the
pipeline's alerts read it.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

FOLDER = "access"
BYTES, FILES = 2**20, 5
"""What is kept: so many files of so many bytes."""
_log = logging.getLogger("dw.access")


def start(data_dir: Path, program: str) -> None:
    """Write to ``<data_dir>/access/<program>.jsonl`` from now on, beside standard error."""
    _log.setLevel(logging.INFO)
    _log.propagate = False
    for handler in list(_log.handlers):
        _log.removeHandler(handler)
        handler.close()
    _log.addHandler(logging.StreamHandler(sys.stderr))
    folder = data_dir / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{program}.jsonl"
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        _log.addHandler(
            RotatingFileHandler(path, maxBytes=BYTES, backupCount=FILES, encoding="utf-8")
        )
    except OSError as error:
        _log.warning(json.dumps({"event": "access_log_is_not_kept", "reason": error.strerror}))


def write(event: str, **facts: object) -> None:
    """Write one line: what happened, when (UTC), and facts that are no one's data."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _log.info(json.dumps({"at": now, "event": event, **facts}, ensure_ascii=False))


def read(data_dir: Path) -> Iterator[dict[str, Any]]:
    """What is kept of all programs, older files too; a line that was cut off is left out."""
    for path in (data_dir / FOLDER).glob("*.jsonl*"):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            # It has just become an older one, or is gone.
            continue
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue
