"""Small files that others rely on: whole or not there, also after a loss of power."""

import os
from pathlib import Path

from pydantic import BaseModel


def write(path: Path, content: BaseModel) -> None:
    """Write a file as JSON, durably."""
    path.write_text(content.model_dump_json(indent=2) + "\n", encoding="utf-8")
    sync(path)


def replace(path: Path, content: BaseModel) -> None:
    """Write a file in one step: readers see the one before or this one, nothing between."""
    replace_text(path, content.model_dump_json(indent=2) + "\n")


def replace_text(path: Path, text: str, mode: int | None = None) -> None:
    """The same of any text; ``mode`` is the file's from the first byte on."""
    incoming = path.with_name(f".{path.name}")
    incoming.unlink(missing_ok=True)
    if mode is not None:
        incoming.touch(mode=mode)
    incoming.write_text(text, encoding="utf-8")
    sync(incoming)
    incoming.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, outlive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
