"""What a warehouse must do, whichever engine it is on."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from core.contents import Contents
from core.errors import LoaderError
from core.refusals import told
from core.settings import Settings, as_variables
from core.totals_sql import DUCKDB, TotalsSql

if TYPE_CHECKING:
    import dlt
    from dlt.common.configuration.providers.provider import ConfigProvider
    from dlt.common.destination import TDestinationReferenceArg

CHUNK_ROWS = 100_000
"""Rows handed on at once: a Parquet row group of a size that engines read well."""
MONTHLY_ROWS = 1_000_000
"""A table of more rows, by day, has a file per month: a day's run writes few of them again."""
DAY = "data_id"
"""The column that a table by day has its day in, as 20251231; 0: none."""


class NotBuiltError(LoaderError):
    """The warehouse lacks what was asked for."""


class Reader(Protocol):
    """An open warehouse; tables go by schema and name. All raise NotBuiltError."""

    connection: Any
    """The driver's own, for what a SELECT of :meth:`rows` does not do."""

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns."""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The result of a SELECT."""

    @property
    def version(self) -> str:
        """What computes the hashes: those of another engine or version are not comparable."""

    def contents(
        self, table: str, columns: Sequence[str] | None = None, where: str = ""
    ) -> Contents:
        """What a table holds, month by month: rows, their hash, and the sum of each column.

        Of all its columns, or of some in that order; of all its rows, or of those that meet a
        condition. The hash is of each row as a whole, in whatever order the rows come.
        """

    def write(self, table: str, path: Path, month: int | None) -> None:
        """Write a month of a table, or all of it, to a Parquet file, by day if it has days.

        Then a reader that asks for some days skips the row groups of all others.
        """


class Engine(ABC):
    """A warehouse: how one run holds it, dlt writes it, dbt builds it, and others read it."""

    totals_sql: ClassVar[TotalsSql] = DUCKDB
    """The SQL of control totals of what has landed."""
    state: ClassVar[str]
    """The folder of what dlt keeps between runs: a load that was cut off is its warehouse's."""

    lands_files: ClassVar[bool] = False
    """What lands is files, which a build makes the tables of staging of."""
    text_mark: ClassVar[str] = ""
    """What a text of any characters begins with, before its quote."""
    ignores_blanks: ClassVar[bool] = False
    """Blanks at the end of a text count for nothing in a comparison."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pipelines: dict[str, dlt.Pipeline] = {}
        """The dlt pipelines that know its state, by schema: while it is held nobody else writes."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The warehouse as messages name it."""

    def is_missing(self) -> bool:
        """Whether it is known, without connecting, not to be there."""
        return False

    def lock(self) -> AbstractContextManager[None]:
        """Hold it against runs on other machines; runs on this one are kept off already.

        Raises LockedError when another run holds it, LoaderError when it is out of reach.
        """
        return nullcontext()

    @abstractmethod
    def destination(self) -> "TDestinationReferenceArg":
        """Where dlt writes."""

    def providers(self) -> "Sequence[ConfigProvider]":
        """Where else dlt may look for settings of its destination."""
        return ()

    @abstractmethod
    def reader(self) -> AbstractContextManager[Reader]:
        """The warehouse, open to read what is built. Raises LoaderError when it is out of reach."""

    def environment(self) -> dict[str, str]:
        """What dbt's profile reads, also where it stands in ``.env`` only."""
        return {}

    def own_settings(self) -> dict[str, str]:
        """The settings of this engine alone, as environment variables."""
        fields = Settings.model_fields
        prefix = f"{self.settings.target}_"
        return as_variables(self.settings, [f for f in fields if f.startswith(prefix)])

    def release(self) -> None:  # noqa: B027 - most keep nothing
        """Have dbt let go of what it would keep in this process."""

    def forget(self, tables: Collection[str]) -> str | None:
        """Make what was in rows of tables, and is not any more, unreadable in its files too.

        What its administrator has left to do, if anything. Raises LoaderError.
        """
        return None

    def unreachable(self, reason: Exception) -> LoaderError:
        """That it cannot be opened, and why."""
        return LoaderError(f"the warehouse {self.name} cannot be opened: {told(reason)}")

    def not_built(self) -> NotBuiltError:
        """That it lacks what was asked for."""
        return NotBuiltError(f"the warehouse {self.name} is not built yet; run `make load build`")
