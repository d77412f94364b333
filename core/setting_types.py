"""Types of settings: what a text of the environment may be, said in words that name the remedy."""

import re
from datetime import time
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ByteSize
from pydantic_settings import NoDecode

_SIZE = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B?|B)?", re.IGNORECASE)
_SPARK_SIZE = re.compile(r"\d+[kmgt]b?", re.IGNORECASE)


def _hours(value: object) -> object:
    """The two times of a text such as 22:00-07:00; none of an empty one."""
    return (value.split("-") if value else None) if isinstance(value, str) else value


def _named(value: object) -> object:
    """A path that an empty text must not name: it would be whatever folder we are started in."""
    if isinstance(value, str) and not value.strip():
        raise ValueError("is empty; name a path, or take the line out")
    return value


def _at_home(value: Path) -> Path:
    """A path whose ``~`` stands for a home folder, as a shell would have it."""
    try:
        return value.expanduser()
    except RuntimeError as error:
        raise ValueError("begins with ~ and the name of nobody who has a home here") from error


def _size(value: object) -> object:
    """An amount of memory, all of which must be understood: of 3,5GiB pydantic would take the 3."""
    if isinstance(value, str) and not _SIZE.fullmatch(value.strip()):
        raise ValueError("is no amount of memory such as 3GiB, 3.5GiB or 512MiB")
    return value


def _enough(value: ByteSize) -> ByteSize:
    if value < 128 * 2**20:
        raise ValueError("is too little: the warehouse takes 128MiB at least")
    return value


def _spark_size(value: str) -> str:
    if not _SPARK_SIZE.fullmatch(value):
        raise ValueError("is no amount of memory such as 2g or 1536m")
    return value


Hours = Annotated[tuple[time, time] | None, NoDecode, BeforeValidator(_hours)]
Named = Annotated[Path, AfterValidator(_at_home), BeforeValidator(_named)]
Memory = Annotated[ByteSize, AfterValidator(_enough), BeforeValidator(_size)]
SparkMemory = Annotated[str, AfterValidator(_spark_size)]
