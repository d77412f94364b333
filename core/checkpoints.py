"""Named moments of a run, which tests kill it at: whatever stands between two of them may change.

A checkpoint is an event of Python's own auditing (:func:`sys.audit`), so it costs nothing unless
the process has a hook for it.
"""

import sys
from typing import Literal, get_args

EVENT = "dw.checkpoint"

Checkpoint = Literal[
    # Of every command: its run is in the audit; its end is about to be.
    "run-recorded",
    "run-ending",
    # Of a load, entity by entity: rows are about to be read.
    "reading",
    # Of a package of rows: all are read; they are in files for the warehouse; it is in.
    "extracted",
    "normalised",
    "loaded",
    # Of the warehouse taking a package, table by table; then the record that it has.
    "copying",
    "copied",
    "merging",
    "merged",
    "all-merged",
    "load-recorded",
    # Of the proof: what differs is about to be read again, entity by entity; nothing differs.
    "repairing",
    "proved",
    # Of a build: dbt begins; a node is done; all are, and recorded.
    "building",
    "node-built",
    "built",
    "build-recorded",
    # Of a publication: a mart is written; the version is whole, named, current; old ones are gone.
    "exported",
    "version-written",
    "version-named",
    "switched",
    "cleaned",
]
CHECKPOINTS: tuple[str, ...] = get_args(Checkpoint)


def checkpoint(name: Checkpoint, what: str = "") -> None:
    """Say that a run has reached a moment, with an entity, a table, a node or a mart."""
    sys.audit(EVENT, name, what)
