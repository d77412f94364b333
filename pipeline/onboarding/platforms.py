"""What is told apart by its tables: the platform of a shop, and what its mapping must be told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Found:
    """A shop that was recognised."""

    platform: str
    """The name of its mapping."""
    version: str
    variables: dict[str, Any]
    """The values of its mapping's variables, as far as the database tells them."""
    statuses: Mapping[str, int]
    """Statuses that the mapping does not know, with how many orders have each."""
    notes: tuple[str, ...] = field(default=())
    """What to know before the numbers are believed."""


@dataclass(frozen=True)
class Platform:
    """How shops of a platform are recognised and looked at."""

    marks: tuple[str, ...]
    """Tables that no other platform has, without their prefix."""
    look: Callable[[sa.Connection, str], Found]
    """What a shop tells of itself, by the prefix of its tables. Raises UsageError."""


def prefixes(tables: set[str], platform: Platform) -> list[str]:
    """The prefixes under which all tables that mark a platform are there."""
    first, *others = platform.marks
    ends = [name.removesuffix(first) for name in tables if name.endswith(first)]
    return sorted(p for p in ends if all(p + other in tables for other in others))
