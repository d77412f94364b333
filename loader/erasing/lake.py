"""Erasure in a lake."""

from core.settings import Settings
from loader.erasing.people import People


def forget(settings: Settings, people: People, keys: list[str]) -> dict[str, int]:
    """Not yet."""
    raise NotImplementedError
