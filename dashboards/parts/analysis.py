"""What pages compute from answers of the data layer: shares, classes, a bridge, a pace.

No metric is computed here: all amounts come in as the data layer gave them, and stay exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dashboards.parts.view import Row

CENT = Decimal("0.0001")
FRACTION = Decimal("0.000001")
CLASSES = (("A", Decimal("0.80")), ("B", Decimal("0.95")), ("C", Decimal(1)))
"""Products that make up the first 80 % of revenue, the next 15 %, and the rest."""


def divided(part: Any, whole: Any) -> Decimal | None:
    """A fraction with six decimals; null when there is nothing to divide by."""
    if part is None or not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(FRACTION, ROUND_HALF_UP)


def shares(rows: Sequence[Row], metric: str) -> list[Row]:
    """The rows with ``participacao``, their fraction of the sum of all of them."""
    total = sum((row[metric] or Decimal(0) for row in rows), Decimal(0))
    return [{**row, "participacao": divided(row[metric], total)} for row in rows]


def abc(rows: Sequence[Row], metric: str) -> list[Row]:
    """Rows from the greatest on, with ``posicao``, ``acumulado`` (fraction so far), ``classe``.

    A row belongs to the class in which its own share begins; rows that add nothing are left out.
    """
    counted = [row for row in rows if (row[metric] or 0) > 0]
    ordered = sorted(counted, key=lambda row: -row[metric])
    total = sum((row[metric] for row in ordered), Decimal(0))
    so_far = Decimal(0)
    found = []
    for place, row in enumerate(ordered, start=1):
        before = so_far / total
        so_far += row[metric]
        name = next(name for name, limit in CLASSES if before < limit)
        found.append({**row, "posicao": place, "acumulado": divided(so_far, total), "classe": name})
    return found


@dataclass(frozen=True)
class Amounts:
    """What a gross margin is made of."""

    quantity: Decimal
    gross: Decimal
    discounts: Decimal
    cost: Decimal

    @property
    def margin(self) -> Decimal:
        """Gross revenue less discounts and cost."""
        return self.gross - self.discounts - self.cost


def margin_bridge(before: Amounts, now: Amounts) -> list[tuple[str, Decimal]] | None:
    """Why the margin moved: effects that add up to the difference, to the last decimal.

    Volume at the margin per unit of before; then, at the volume of now, discounts and cost per
    unit; the rest is price and mix. Null when one of the periods sold nothing.
    """
    if not before.quantity or not now.quantity:
        return None

    def per_unit(old: Decimal, new: Decimal) -> Decimal:
        return (new - old * now.quantity / before.quantity).quantize(CENT, ROUND_HALF_UP)

    volume = (before.margin * (now.quantity - before.quantity) / before.quantity).quantize(
        CENT, ROUND_HALF_UP
    )
    discounts = -per_unit(before.discounts, now.discounts)
    cost = -per_unit(before.cost, now.cost)
    price = now.margin - before.margin - volume - discounts - cost
    return [("Volume", volume), ("Preço e mix", price), ("Descontos", discounts),
            ("Custo unitário", cost)]  # fmt: skip


@dataclass(frozen=True)
class Pace:
    """How a target is doing within its period, counted in business days."""

    target: Decimal
    actual: Decimal
    days_gone: int
    days_left: int

    @property
    def gap(self) -> Decimal:
        """What is still missing; 0 when the target is reached."""
        return max(self.target - self.actual, Decimal(0))

    @property
    def so_far(self) -> Decimal | None:
        """Actual per business day until now."""
        return self._per(self.actual, self.days_gone)

    @property
    def needed(self) -> Decimal | None:
        """What each business day that is left must bring; null when none is left."""
        return self._per(self.gap, self.days_left)

    @property
    def projection(self) -> Decimal | None:
        """The actual at the period's end if the days go on as until now."""
        if not self.days_gone:
            return None
        whole = self.actual * (self.days_gone + self.days_left) / self.days_gone
        return whole.quantize(CENT, ROUND_HALF_UP)

    @staticmethod
    def _per(amount: Decimal, days: int) -> Decimal | None:
        return (amount / days).quantize(CENT, ROUND_HALF_UP) if days else None
