"""What pages compute from answers of the data layer: shares, classes, a bridge, a pace.

No metric is computed here: all amounts come in as the data layer gave them, and stay exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from dashboards.parts.view import Row

CENT = Decimal("0.0001")
YOUNG_SHARE = Decimal("0.05")
"""The part of a period's days that may be young without moving its numbers."""
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
    """What a product's gross margin is made of."""

    quantity: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)
    discounts: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)

    @property
    def margin(self) -> Decimal:
        """Gross revenue less discounts and cost."""
        return self.gross - self.discounts - self.cost


def margin_bridge(
    before: Mapping[str, Amounts], now: Mapping[str, Amounts]
) -> list[tuple[str, Decimal]]:
    """Why the margin moved, by product: effects that add up to the difference, exactly.

    Of products sold in both periods, at the quantity of now: price, discounts and cost per unit of
    each; volume is the margin of before at the growth of all units together, mix the rest of what
    quantities changed. Products sold in one period only are new or ended.
    """
    pairs = [(before.get(k, Amounts()), now.get(k, Amounts())) for k in {*before, *now}]
    kept = [(old, new) for old, new in pairs if old.quantity and new.quantity]
    zero = Fraction(0)
    price, discounts, cost, quantities = zero, zero, zero, zero
    for old, new in kept:
        growth = Fraction(new.quantity) / Fraction(old.quantity)
        price += Fraction(new.gross) - Fraction(old.gross) * growth
        discounts -= Fraction(new.discounts) - Fraction(old.discounts) * growth
        cost -= Fraction(new.cost) - Fraction(old.cost) * growth
        quantities += Fraction(old.margin) * (growth - 1)
    units = [
        sum((Fraction(side.quantity) for side in sides), zero) for sides in zip(*kept, strict=True)
    ]
    margin = sum((Fraction(old.margin) for old, _ in kept), zero)
    volume = margin * (units[1] / units[0] - 1) if kept and units[0] else zero
    began = sum((new.margin - old.margin for old, new in pairs if not old.quantity), Decimal(0))
    ended = sum(
        (new.margin - old.margin for old, new in pairs if old.quantity and not new.quantity),
        Decimal(0),
    )
    effects = {
        "Preço": _rounded(price), "Descontos": _rounded(discounts), "Custo": _rounded(cost),
        "Volume": _rounded(volume), "Mix": _rounded(quantities - volume),
        "Produtos novos": began, "Descontinuados": ended,
    }  # fmt: skip
    # What rounding left over, less than a thousandth, goes where it is least.
    whole = sum((new.margin - old.margin for old, new in pairs), Decimal(0))
    effects[max(list(effects)[:5], key=lambda name: abs(effects[name]))] += whole - sum(
        effects.values()
    )
    return list(effects.items())


def _rounded(amount: Fraction) -> Decimal:
    return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(CENT, ROUND_HALF_UP)


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


def expected_share(gone: int, left: int, last_year: tuple[Any, Any] | None = None) -> Decimal:
    """The part of a month's target that is due by now, a fraction.

    As last year's same month went, given what it had sold by then and in all; by business days
    where there was none.
    """
    if last_year is not None:
        so_far, whole = last_year
        if so_far is not None and whole is not None and 0 <= so_far <= whole and whole > 0:
            return Decimal(so_far) / Decimal(whole)
    return Decimal(gone) / Decimal(gone + left) if gone + left else Decimal(1)


def judged(rows: Sequence[Row], key: str, running: date, share: Decimal) -> list[Row]:
    """Targets by name and month against what is due: the running month counts by its share.

    Rows of ``key``, ``valor_meta``, ``valor_realizado``, ``valor_esperado``, ``do_esperado`` (in
    percent; null where nothing is due) and ``falta_esperado``, the furthest behind first.
    """
    found: dict[Any, Row] = {}
    for row in rows:
        due = share if row["periodo"] == running else Decimal(row["periodo"] < running)
        sums = found.setdefault(
            row[key],
            {key: row[key], **dict.fromkeys(("valor_meta", "valor_realizado", "valor_esperado"),
                                            Decimal(0))},
        )  # fmt: skip
        target = row["valor_meta"] or Decimal(0)
        sums["valor_meta"] += target
        sums["valor_realizado"] += row["valor_realizado"] or Decimal(0)
        sums["valor_esperado"] += (target * due).quantize(CENT, ROUND_HALF_UP)
    for sums in found.values():
        reached = divided(sums["valor_realizado"], sums["valor_esperado"])
        sums["do_esperado"] = None if reached is None else reached * 100
        sums["falta_esperado"] = sums["valor_esperado"] - sums["valor_realizado"]
    return sorted(found.values(), key=lambda row: (-row["falta_esperado"], str(row[key])))


def kept_per_real(rows: Sequence[Row]) -> list[Row]:
    """Campaigns with ``margem_por_real``, what stays of the margin per R$ 1 of discount, and what
    they took and left of the sale, in fractions; the worst first, those without discount last."""
    found = [
        {
            **row,
            "margem_por_real": divided(
                row.get("margem_apos_desconto"), row["valor_desconto_aplicado"]
            ),
            "desconto_pct": divided(
                row["valor_desconto_aplicado"],
                (row["valor_com_desconto"] or 0) + (row["valor_desconto_aplicado"] or 0),
            ),
            "margem_pct_apos": divided(row.get("margem_apos_desconto"), row["valor_com_desconto"]),
        }
        for row in rows
    ]
    return sorted(
        found, key=lambda row: (row["margem_por_real"] is None, row["margem_por_real"] or 0)
    )


def young_days(first: date, last: date, last_day: date, hours: Any) -> int:
    """Days of a period that are too young for a verdict; 0 when they are too few to move it.

    ``hours`` is what nine of ten orders took from creation to delivery. Younger sales can hardly
    have come back, and of younger orders only the quick ones have ended.
    """
    if hours is None:
        return 0
    ripe = last_day - timedelta(ceil(Decimal(hours) / 24))
    days = (last - max(ripe, first - timedelta(1))).days
    return days if days > YOUNG_SHARE * ((last - first).days + 1) else 0
