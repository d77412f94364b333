"""The list of people who were erased: never who they are, only a keyed hash of the key.

It is kept twice, in a file outside of the data folder and in ``audit.erasure``, and either makes
good what the other lacks: a restored warehouse is older than the file, a lost file is not older
than the warehouse.
"""

import os
from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa
from pydantic import BaseModel, ValidationError

from core import files
from core.audit import Audit
from core.contract.entities import text
from core.errors import LoaderError
from core.pseudonyms import Pseudonyms
from core.settings import Settings

TABLE = "erasure"
_MOMENT = pa.timestamp("us")
SCHEMA = pa.schema(
    [
        text("mark", 64, nullable=False),
        ("erased_at", _MOMENT),
        ("erased_by", pa.string()),
        ("secret", pa.string()),
        ("applied_at", _MOMENT),
    ]
)


class Erasure(BaseModel):
    """That a person was erased."""

    mark: str
    """A keyed hash of the customer's key."""
    erased_at: datetime
    """UTC, without a time zone."""
    erased_by: str
    secret: str
    """The fingerprint of the secret that the hash was made with."""


def merged(settings: Settings, audit: Audit, names: Pseudonyms) -> dict[str, Erasure]:
    """All erasures that file or warehouse know of, by mark; afterwards the file knows them all.

    Raises LoaderError when they were made with another secret, so that nobody is recognised.
    """
    kept, told = read(settings), _in_warehouse(audit)
    known = {**told, **kept}
    if strange := [e for e in known.values() if e.secret != names.fingerprint]:
        raise LoaderError(
            f"{len(strange)} people were erased under another secret, so that they would not be"
            " recognised; put back the pseudonym.key, or the DW_PSEUDONYM_KEY, of that time"
        )
    append(settings, [e for mark, e in told.items() if mark not in kept])
    return known


def applied(audit: Audit) -> set[str]:
    """The marks of those whose data have left this warehouse."""
    if not audit.has(TABLE):
        return set()
    statement = f"select mark from audit.{TABLE} where applied_at is not null"  # noqa: S608
    return {str(row["mark"]) for row in audit.rows(statement)}


def set_applied(audit: Audit, erasures: Iterable[Erasure], at: datetime) -> None:
    """Have the warehouse remember that they were applied to it."""
    rows = [{**erasure.model_dump(), "applied_at": at} for erasure in erasures]
    audit.write(TABLE, ["mark"], rows, SCHEMA)


def read(settings: Settings) -> dict[str, Erasure]:
    """The erasures of the file, by mark. Raises LoaderError when it is damaged."""
    path = settings.erasures
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    # What a killed process left of a line it was about to write was not promised to anybody.
    whole, _, _ = content.rpartition("\n")
    try:
        found = [Erasure.model_validate_json(line) for line in whole.splitlines() if line]
    except ValidationError as error:
        raise LoaderError(
            f"{path}, the list of people who were erased, is damaged; put back a copy of it, since"
            " without it they would land again"
        ) from error
    return {erasure.mark: erasure for erasure in found}


def append(settings: Settings, erasures: Iterable[Erasure]) -> None:
    """Add to the file, durably; whoever calls holds the warehouse."""
    lines = [erasure.model_dump_json() + "\n" for erasure in erasures]
    if not lines:
        return
    path = settings.erasures
    known = read(settings)
    incoming = path.with_name(f".{path.name}")
    content = [erasure.model_dump_json() + "\n" for erasure in known.values()] + lines
    try:
        descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise LoaderError(
            f"the list of people who were erased cannot be written beside the data folder"
            f" ({path}: {error.strerror}); name another file by DW_ERASURES_FILE"
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(content)
    files.sync(incoming)
    incoming.replace(path)
    files.sync(path.parent)


def _in_warehouse(audit: Audit) -> dict[str, Erasure]:
    if not audit.has(TABLE):
        return {}
    columns = ", ".join(Erasure.model_fields)
    rows = audit.rows(f"select {columns} from audit.{TABLE}")  # noqa: S608
    return {str(row["mark"]): Erasure.model_validate(row) for row in rows}
