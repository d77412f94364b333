"""Discount campaigns: coupons of the seasons, promotions of a category, evergreens."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from seeds_oltp import demand
from seeds_oltp.batch import Batch, Times, utc
from seeds_oltp.catalog import CATEGORY_NAMES
from seeds_oltp.draws import Flags, Ints

# The first campaigns, by position, never end: the welcome coupon, and those that anybody may try,
# as often as their weights say.
WELCOME = 0
EVERGREEN_WEIGHTS = np.array([0, 90, 60, 14, 20])
# In the order of the application levels.
SCOPES = ("Pedido Total", "Frete", "Categoria", "Item Individual")
NO_LIMIT = 10**12


@dataclass(frozen=True)
class Campaigns:
    """What orders need to know of the campaigns, one element each; money in cents.

    ``value`` is hundredths of a per cent, or cents. ``level`` is an index into :data:`SCOPES`.
    ``category`` is -1 for coupons.
    """

    discount_id: Ints
    percentual: Flags
    level: Ints
    value: Ints
    category: Ints
    minimum: Ints
    maximum: Ints
    per_customer: Ints
    total: Ints
    start: Times
    end: Times
    stackable: Flags
    approval: Flags


def _campaign(
    code: str,
    name: str,
    kind: str,
    method: str,
    value: int,
    scope: str,
    start: np.datetime64,
    end: np.datetime64,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    per_customer: int | None = None,
    total: int | None = None,
    stackable: bool = True,
    approval: bool = False,
    description: str = "",
) -> dict[str, object]:
    return {
        "discount_code": code,
        "campaign_name": name,
        "description": description or name,
        "discount_type": kind,
        "discount_method": method,
        "discount_value": value * 100,
        "min_order_value": minimum,
        "max_discount_value": maximum,
        "max_uses_per_customer": per_customer,
        "max_uses_total": total,
        "apply_scope": scope,
        "start_at": start,
        "end_at": end,
        "is_stackable": stackable,
        "approval_required": approval,
    }


def coupon(code: str, name: str, first: date, last: date, orders: int) -> dict[str, object]:
    """A season's coupon: ten per cent of the order, once a customer, so many uses in all."""
    start, end = np.datetime64(first, "s"), np.datetime64(last, "s") + 86_399
    # About half of what is asked for in a season, so that the limit is felt.
    total = max(5, orders // 300)
    return _campaign(
        code, name, "Cupom", "Percentual", 1000, "Pedido Total", start, end,
        minimum=10_000, maximum=30_000, per_customer=1, total=total, stackable=False,
    )  # fmt: skip


def rows(orders: int) -> Batch:
    """All rows of ``discount_campaigns``, those planned for the year after the last order too."""
    opening = np.datetime64("2023-01-01T00:00:00")
    forever = np.datetime64("2099-12-31T23:59:59")
    campaigns = [
        _campaign("BEMVINDO10", "Boas-vindas", "Primeira Compra", "Percentual", 1000,
                  "Pedido Total", opening, forever, maximum=8_000, per_customer=1),
        _campaign("CLUBE5", "Clube de Fidelidade", "Fidelidade", "Percentual", 500, "Pedido Total",
                  opening, forever, maximum=20_000),
        _campaign("FRETEGRATIS", "Frete Grátis", "Cupom", "Frete Gratis", 1990, "Frete",
                  opening, forever, minimum=15_000),
        _campaign("NEGOCIA15", "Negociação Comercial", "Desconto Progressivo", "Percentual", 1500,
                  "Pedido Total", opening, forever, minimum=80_000, stackable=False, approval=True),
        _campaign("VOLTE20", "Volte para Nós", "Cashback", "Valor Fixo", 2000, "Pedido Total",
                  opening, forever, minimum=12_000),
    ]  # fmt: skip
    for year in range(demand.START.year, demand.END.year + 2):
        for number, event in enumerate(demand.events(year)):
            campaigns.append(
                coupon(event.code, f"{event.name} {year}", event.start, event.end, orders)
            )
            item = number % 2 == 1
            campaigns.append(
                _campaign(
                    f"PROMO-{event.code}",
                    f"{event.name} {year}: {event.category}",
                    "Promocao Automatica",
                    "Percentual",
                    2000 if event.code.startswith("BLACK") else 1000 + 100 * (number % 4),
                    "Item Individual" if item else "Categoria",
                    np.datetime64(event.start, "s"),
                    np.datetime64(event.end, "s") + 86_399,
                    description=event.category,
                )
            )
    rows = batch(campaigns, 1, created=np.datetime64("2022-12-01"))
    rows["created_at"] = utc(
        np.minimum(rows["start_at"], np.datetime64("2025-12-01")) - 30 * 86_400
    )
    # A campaign is closed in the morning after its last day.
    rows["is_active"] = rows["end_at"] >= np.datetime64(demand.END)
    rows["updated_at"] = np.where(
        rows["is_active"], rows["created_at"], utc(rows["end_at"] + 30_000)
    )
    return rows


def batch(campaigns: list[dict[str, object]], first_id: int, created: np.datetime64) -> Batch:
    """Rows of ``discount_campaigns`` that nothing has changed since they were ``created`` (UTC)."""
    number = len(campaigns)
    return {
        "discount_id": first_id + np.arange(number),
        **{name: column(name, [campaign[name] for campaign in campaigns]) for name in campaigns[0]},
        "is_active": np.full(number, True),
        "created_at": np.full(number, created, "M8[s]"),
        "updated_at": np.full(number, created, "M8[s]"),
        "deleted_at": np.full(number, "NaT", "M8[s]"),
    }


def column(name: str, values: list[object]) -> npt.NDArray[np.generic]:
    """A column of a batch; ``None`` in a number is masked."""
    if name.startswith(("min_", "max_")):
        return np.ma.array(
            [v or 0 for v in values], mask=[v is None for v in values], dtype=np.int64
        )
    if isinstance(values[0], str):
        return np.array(values, dtype=object)
    return np.array(values)


def terms(batch: Batch) -> Campaigns:
    """The campaigns as orders see them."""
    method = batch["discount_method"]
    by_category = {name: i for i, name in enumerate(CATEGORY_NAMES)}
    automatic = batch["discount_type"] == "Promocao Automatica"
    return Campaigns(
        discount_id=batch["discount_id"],
        percentual=method == "Percentual",
        level=np.array([SCOPES.index(scope) for scope in batch["apply_scope"]]),
        value=batch["discount_value"] // 100,
        category=np.where(automatic, [by_category.get(d, -1) for d in batch["description"]], -1),
        minimum=np.ma.filled(batch["min_order_value"], 0),
        maximum=np.ma.filled(batch["max_discount_value"], NO_LIMIT),
        per_customer=np.ma.filled(batch["max_uses_per_customer"], NO_LIMIT),
        total=np.ma.filled(batch["max_uses_total"], NO_LIMIT),
        start=batch["start_at"],
        end=batch["end_at"],
        stackable=batch["is_stackable"],
        approval=batch["approval_required"],
    )
