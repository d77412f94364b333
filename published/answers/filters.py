"""What a question is restricted to: a period and the names that people filter by."""

from datetime import date, timedelta
from typing import Self

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, ConfigDict, model_validator

Names = tuple[str, ...]


class Filters(BaseModel):
    """Restrictions; immutable and hashable. An empty one restricts nothing.

    Each name of a field beyond the period is a dimension of the semantic layer; a row passes when
    it has one of the values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    inicio: date | None = None
    fim: date | None = None
    """The last day, inclusive."""
    regiao_pais: Names = ()
    estado: Names = ()
    categoria: Names = ()
    subcategoria: Names = ()
    nome_produto: Names = ()
    nome_equipe: Names = ()
    nome_vendedor: Names = ()
    canal_venda: Names = ()
    nome_campanha: Names = ()

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
        """The period of the same length right before; whole months before whole months.

        Raises ValueError when the period is open.
        """
        first, last = self._period()
        if first.day == 1 and (last + timedelta(1)).day == 1:
            months = (last.year - first.year) * 12 + last.month - first.month + 1
            start = first - relativedelta(months=months)
        else:
            start = first - (last - first) - timedelta(1)
        return self.model_copy(update={"inicio": start, "fim": first - timedelta(1)})

    def previous_year(self) -> Self:
        """The same dates one year before. Raises ValueError when the period is open."""
        first, last = back(*self._period(), relativedelta(years=1))
        return self.model_copy(update={"inicio": first, "fim": last})

    def _period(self) -> tuple[date, date]:
        if self.inicio is None or self.fim is None:
            raise ValueError("só um período com início e fim tem um período anterior")
        return self.inicio, self.fim


DIMENSIONS = tuple(name for name in Filters.model_fields if name not in ("inicio", "fim"))
"""The dimensions that can be filtered by."""


def back(first: date, last: date, distance: relativedelta) -> tuple[date, date]:
    """The same days that far before; what goes on to the end of a month still does."""
    moved = last - distance
    ends_month = (last + timedelta(1)).day == 1
    if first < last and ends_month and not distance.days:
        moved += relativedelta(day=31)
    return first - distance, moved
