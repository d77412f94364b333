"""What a question is restricted to: a period and the names that people filter by."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, ConfigDict, create_model, model_validator

from published.answers import comparison
from published.answers.dimensions import DIMENSIONS

Names = tuple[str, ...]


class _Restrictions(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    inicio: date | None = None
    fim: date | None = None
    """The last day, inclusive."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.inicio and self.fim and self.inicio > self.fim:
            raise ValueError(f"o período começa em {self.inicio} e termina antes, em {self.fim}")
        return self

    @property
    def names(self) -> dict[str, Names]:
        """The dimensions that are restricted, with their values."""
        values = {name: getattr(self, name) for name in DIMENSIONS}
        return {name: value for name, value in values.items() if value}

    def without(self, *dimensions: str) -> Self:
        """The same filters, these dimensions unrestricted."""
        return self.model_copy(update=dict.fromkeys(dimensions, ()))

    def previous_period(self) -> Self:
        """The period before, as ``comparison.before`` has it.

        Raises ValueError when the period is open.
        """
        return self.earlier(comparison.before)

    def previous_year(self) -> Self:
        """The same dates one year before. Raises ValueError when the period is open."""
        return self.earlier(lambda first, last: comparison.YEAR)

    def earlier(self, distance: comparison.Distance) -> Self:
        """The same days that far before. Raises ValueError when the period is open."""
        first, last = self._period()
        first, last = back(first, last, distance(first, last))
        return self.model_copy(update={"inicio": first, "fim": last})

    def _period(self) -> tuple[date, date]:
        if self.inicio is None or self.fim is None:
            raise ValueError("só um período com início e fim tem um período anterior")
        return self.inicio, self.fim


if TYPE_CHECKING:

    class Filters(_Restrictions):
        """Restrictions; immutable and hashable. An empty one restricts nothing.

        Beyond the period, it has a field for each dimension that the semantic layer declares a
        filter; a row passes when it has one of the values.
        """

        def __init__(
            self, inicio: date | None = None, fim: date | None = None, **names: Names
        ) -> None: ...

else:
    Filters = create_model(
        "Filters",
        __base__=_Restrictions,
        __module__=__name__,
        **dict.fromkeys(DIMENSIONS, (Names, ())),
    )


def back(first: date, last: date, distance: relativedelta) -> tuple[date, date]:
    """The same days that far before; what goes on to the end of a month still does."""
    moved = last - distance
    ends_month = (last + timedelta(1)).day == 1
    if first < last and ends_month and not distance.days:
        moved += relativedelta(day=31)
    return first - distance, moved
