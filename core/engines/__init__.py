"""The warehouses that there can be: each engine is a module beside this one, of the same name."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module

from core.engines.base import Engine
from core.settings import Settings

# The warehouse that this run holds, and within it maybe another one.
_held: ContextVar[tuple[Engine, ...]] = ContextVar("held", default=())


def engine(settings: Settings) -> Engine:
    """The warehouse of the settings: the one that is held, if this run holds it."""
    data_dir = settings.data_dir
    return next((held for held in _held.get() if held.settings.data_dir == data_dir), None) or (
        # An engine takes seconds to import, which only its users need.
        import_module(f"{__name__}.{settings.target}").ENGINE(settings)
    )


def is_held(settings: Settings) -> bool:
    """Whether this run holds the warehouse of the settings."""
    return any(held.settings.data_dir == settings.data_dir for held in _held.get())


@contextmanager
def holding(settings: Settings) -> Iterator[None]:
    """Have :func:`engine` give one and the same, which keeps open what it opens, until the end."""
    held = engine(settings)
    with held.lock():
        token = _held.set((held, *_held.get()))
        try:
            yield
        finally:
            _held.reset(token)
