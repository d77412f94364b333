"""How a command ends: one exit code per kind of failure, and the errors that carry them."""

from enum import IntEnum
from typing import TypeVar

from core.secrets import mask

E = TypeVar("E", bound=BaseException)


class ExitCode(IntEnum):
    """Exit codes of ``dw``, for schedulers and scripts to act on."""

    OK = 0
    FAILED = 1
    """Something broke that a retry or a look at the log must settle."""
    USAGE = 2
    """A wrong argument, setting or mapping: nothing was read."""
    SOURCE_UNREACHABLE = 3
    """The source database or the warehouse's server does not answer, or its file is missing."""
    SCHEMA_CONTRACT = 4
    """The source no longer is what the contract or earlier loads know: nothing was loaded."""
    LOCKED = 5
    """Another process holds the warehouse."""
    REFUSED = 6
    """The last build or reconciliation does not allow publication: readers keep what they have."""
    MISMATCH = 7
    """Source, staging and marts do not agree: nothing is published until they do."""
    TOO_MANY_GONE = 8
    """The source lacks more rows than may go at once: none was marked as deleted."""
    TOO_MUCH_LEFT_OUT = 9
    """More revenue waits in quarantine than anybody has accepted: nothing is published."""


FOR_A_PERSON = frozenset(ExitCode) - {
    ExitCode.OK,
    # What may be well by itself a quarter of an hour later.
    ExitCode.FAILED,
    ExitCode.SOURCE_UNREACHABLE,
    ExitCode.LOCKED,
}
"""The failures that no retry mends: a scheduler waits until somebody has looked."""


class LoaderError(Exception):
    """An expected failure: its message, one line per problem, names cause and remedy."""

    exit_code = ExitCode.FAILED

    def __init__(self, *parts: object) -> None:
        super().__init__(*(mask(part) if isinstance(part, str) else part for part in parts))


class UsageError(LoaderError):
    """Wrong settings, arguments or mapping."""

    exit_code = ExitCode.USAGE


class SourceUnreachableError(LoaderError):
    """The source database cannot be opened."""

    exit_code = ExitCode.SOURCE_UNREACHABLE


class WarehouseUnreachableError(LoaderError):
    """The warehouse's server does not answer, or does not let us in."""

    exit_code = ExitCode.SOURCE_UNREACHABLE


class SchemaContractError(LoaderError):
    """The source's columns or values broke the contract."""

    exit_code = ExitCode.SCHEMA_CONTRACT


class MismatchError(LoaderError):
    """Two sides that must hold the same do not."""

    exit_code = ExitCode.MISMATCH


class LockedError(LoaderError):
    """Another process is using the warehouse."""

    exit_code = ExitCode.LOCKED


def cause(error: BaseException, kind: type[E]) -> E | None:
    """The nearest error of a kind in the chain that led to ``error``, itself included."""
    current: BaseException | None = error
    while current is not None and not isinstance(current, kind):
        current = current.__cause__ or current.__context__
    return current


def first_line(error: BaseException) -> str:
    """What went wrong, in one line."""
    return mask((str(error).strip() or type(error).__name__).splitlines()[0])
