"""What a warehouse leaves out of its numbers, and why: in rows, amounts and shares of revenue.

The rules are those of dbt's staging models, read from where those read them: ``vars`` of
``dbt_project.yml``.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any

import yaml

from core.contract.entities import ENTITIES, HARD_DELETED_AT, ODD_VALUES, QUARANTINE
from core.engines import engine
from core.scratch import fill, opened
from core.settings import ROOT, Settings
from core.warehouse import STAGING, rows
from loader.load import open_source
from loader.plan import plan
from loader.source import mapping as mappings
from loader.source.query import Query
from loader.source.snapshot import Source
from loader.staging import Staging
from pipeline.adding_up import NotAdding, OtherCurrency, not_adding, other_currencies

Ask = Callable[[str], list[dict[str, Any]]]
"""The rows that a SELECT gives."""

_LIVE = f"deleted_at is null and {HARD_DELETED_AT} is null"
# Orders that finance does not book, whatever their rows are worth.
_NO_SALE = "('Pendente', 'Cancelado')"
_MONTH = "coalesce(year({0}.order_date) * 100 + month({0}.order_date), 0)"
# What the contract has once: all but the first of a group wait.
_ONCE = {"seller_targets_monthly": ("seller_id", "target_month", "period_type")}
MONTHS_TOLD = 3
_REPEATED = "repete a meta de outra linha"


@dataclass(frozen=True)
class LeftOut:
    """Rows that wait in quarantine, or that stay without a value."""

    entity: str
    reason: str
    rows: int
    waits: bool
    amount: Decimal | None = None
    """Revenue that waits with them; None: they are no revenue."""
    month: int = 0
    """yyyymm of their orders; 0: none that can be believed."""
    unknown: int = 0
    """Lines among them whose amount cannot be believed, so that it is not in ``amount``."""


@dataclass(frozen=True)
class Findings:
    """All that is left out, and the revenue by month (yyyymm) that is not."""

    left_out: list[LeftOut]
    revenue: dict[int, Decimal]
    mean: Decimal = Decimal(0)
    """The revenue of a line that is not left out."""
    not_adding: tuple[NotAdding, ...] = ()
    """Orders whose total is not the sum of its parts."""
    currencies: tuple[OtherCurrency, ...] = ()
    """Orders whose amounts may be in another currency than the others'."""

    def lines(self) -> Iterator[str]:
        """What people are told, a line per entity and reason."""
        total = sum(self.revenue.values(), Decimal(0))
        total += sum((part.amount or Decimal(0) for part in self.left_out), Decimal(0))
        groups: dict[tuple[bool, str, str], list[LeftOut]] = defaultdict(list)
        for part in self.left_out:
            groups[not part.waits, part.entity, part.reason].append(part)
        for (stays, entity, reason), parts in sorted(groups.items()):
            number = sum(part.rows for part in parts)
            if stays:
                yield f"left null: {entity}, {reason}: {number} rows stay without the value"
                continue
            line = f"waiting: {entity}, {reason}: {number} rows"
            if entity in ("orders", "order_items"):
                amount = sum((part.amount or Decimal(0) for part in parts), Decimal(0))
                share = 100 * amount / total if total else Decimal(0)
                line += f", {amount:,.2f}, {share:.2f} % of revenue"
                line += _by_month(parts)
                if unknown := sum(part.unknown for part in parts):
                    line += f"; the amount of {unknown} cannot be believed"
            yield line
        yield from map(str, self.not_adding)
        yield from map(str, self.currencies)


def _by_month(parts: Collection[LeftOut]) -> str:
    """The months in which most waits, the greatest first, and how many others there are."""
    amounts = {part.month: part.amount for part in parts if part.amount}
    ranked = sorted(amounts.items(), key=lambda item: (-abs(item[1]), item[0]))
    told = [
        f"{month // 100}-{month % 100:02} {amount:,.2f}" if month else f"no month {amount:,.2f}"
        for month, amount in ranked[:MONTHS_TOLD]
    ]
    if others := len(ranked) - len(told):
        told.append(f"{others} other months")
    return f" ({'; '.join(told)})" if told else ""


def in_staging(settings: Settings) -> Findings:
    """What is left out of what has landed."""
    staging = Staging(settings)
    present = staging.landed().keys()
    mark = engine(settings).text_mark
    with staging.pipeline.sql_client() as client:

        def ask(statement: str) -> list[dict[str, Any]]:
            return [row for table in rows(client, statement) for row in table.to_pylist()]

        return look(ask, present, mark)


def check(settings: Settings) -> tuple[dict[str, int], Findings, list[str]]:
    """The number of rows by entity, what the facts would leave out of all of them, and what else
    to tell: columns that share a name, keys that are trimmed, or another's but for the spelling.

    Nothing is loaded; raises as :func:`loader.load.load` does.
    """
    with open_source(settings, mappings.read(settings.source)) as source:
        plans = plan(settings, Staging(settings), source, ENTITIES, full=True)
        counts = {p.query.entity.name: source.count(p.query, None) for p in plans}
        queries = [p.query for p in plans]
        shared = [line for query in queries for line in query.shared_names()]
        return (
            counts,
            at_source(settings, source, queries),
            shared + source.trimmed(queries) + source.nearly(queries),
        )


def at_source(settings: Settings, source: Source, queries: Collection[Query]) -> Findings:
    """What would be left out of all that the source has, without landing it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with opened(settings.data_dir) as database:
        database.execute(f"create schema {STAGING}")
        planned = {query.entity.name: query for query in queries}
        for name, entity in ENTITIES.items():
            query = planned.get(name)
            schema = query.arrow_schema if query else entity.arrow_schema
            fill(database, f"{STAGING}.{name}", source.read(query) if query else (), schema)

        def ask(statement: str) -> list[dict[str, Any]]:
            return list(database.sql(statement).to_arrow_table().to_pylist())

        return look(ask, ENTITIES.keys(), revenue_too=True)


def look(
    ask: Ask, present: Collection[str], mark: str = "", *, revenue_too: bool = False
) -> Findings:
    """Look at the landed tables of the entities that there are.

    The revenue is asked for where some of it waits, or always: ``revenue_too``.
    """
    found: list[LeftOut] = []
    reason = partial(_reason, mark=mark)
    for name in ENTITIES:
        if name in present:
            found += _waiting(ask, name, reason, present)
            found += _staying(ask, name, reason)
    revenue: dict[int, Decimal] = {}
    mean = Decimal(0)
    some_waits = any(part.amount is not None for part in found)
    if (revenue_too or some_waits) and {"orders", "order_items"} <= set(present):
        month = _MONTH.format("o")
        believed = ask(
            f"select {month} as yyyymm, cast(sum(i.net_amount) as decimal(38, 4)) as amount,"  # noqa: S608
            f" count(*) as n"
            f" from (select order_id, net_amount from {STAGING}.order_items"
            f" where {_LIVE} and {reason('order_items')} is null) as i inner join"
            f" (select order_id, order_date from {STAGING}.orders where {_LIVE}"
            f" and order_status not in {_NO_SALE} and {reason('orders')} is null) as o"
            f" on i.order_id = o.order_id group by {month}"
        )
        revenue = {row["yyyymm"]: row["amount"] or Decimal(0) for row in believed}
        mean = sum(revenue.values(), Decimal(0)) / max(sum(row["n"] for row in believed), 1)
    unequal: tuple[NotAdding, ...] = ()
    currencies: tuple[OtherCurrency, ...] = ()
    if {"orders", "order_items"} <= set(present):
        waits = reason("orders"), reason("order_items")
        unequal = tuple(not_adding(ask, *waits))
        currencies = tuple(other_currencies(ask, *waits))
    return Findings(found, revenue, mean, unequal, currencies)


def _waiting(
    ask: Ask, name: str, reason: Callable[[str], str], present: Collection[str]
) -> Iterator[LeftOut]:
    key = ENTITIES[name].key
    sold = name in ("orders", "order_items") and {"orders", "order_items"} <= set(present)
    judged = f"select {key}, {reason(name)} as why from {STAGING}.{name} where {_LIVE}"  # noqa: S608
    nothing = "cast(null as decimal(38, 4)) as amount"
    each = f"select why, 0 as yyyymm, {nothing} from ({judged}) as j where why is not null"  # noqa: S608
    if sold:
        each = _sold(name, reason)
    grouped = ask(
        f"select why, yyyymm, count(*) as n, cast(sum(amount) as decimal(38, 4)) as amount,"  # noqa: S608
        " count(amount) as known"
        f" from ({each}) as e group by why, yyyymm"
    )
    for row in grouped:
        amount = (row["amount"] or Decimal(0)) if sold else None
        unknown = row["n"] - row["known"] if name == "order_items" else 0
        yield LeftOut(name, row["why"], row["n"], True, amount, row["yyyymm"], unknown)
    if name in _ONCE:
        columns = ", ".join(_ONCE[name])
        groups = (
            f"select count(*) - 1 as n from {STAGING}.{name}"  # noqa: S608
            f" where {_LIVE} and {reason(name)} is null group by {columns}"
        )
        (counted,) = ask(f"select sum(n) as n from ({groups}) as g")  # noqa: S608
        if again := int(counted["n"] or 0):
            yield LeftOut(name, _REPEATED, again, True)


def _sold(name: str, reason: Callable[[str], str]) -> str:
    """Rows that wait, each with the month of its order and the revenue that waits with it."""
    month = _MONTH.format("o")
    item = f"select order_id, net_amount, {reason('order_items')} as why"
    items = f"({item} from {STAGING}.order_items where {_LIVE}) as i"
    order = f"select order_id, order_date, order_status, {reason('orders')} as why"
    orders = f"({order} from {STAGING}.orders where {_LIVE}) as o"
    amount = f"case when o.order_status in {_NO_SALE} then 0 else i.net_amount end"
    if name == "order_items":
        return (
            f"select i.why, {month} as yyyymm, {amount} as amount from {items}"  # noqa: S608
            f" left join {orders} on i.order_id = o.order_id where i.why is not null"
        )
    return (
        f"select o.order_id, o.why, {month} as yyyymm, sum({amount}) as amount from {orders}"  # noqa: S608
        f" left join {items} on i.order_id = o.order_id and i.why is null"
        f" where o.why is not null group by o.order_id, o.why, {month}"
    )


def _staying(ask: Ask, name: str, reason: Callable[[str], str]) -> Iterator[LeftOut]:
    """Values that are left out of rows that stay: those that did not fit, and by the rules."""
    counts: dict[str, int] = defaultdict(int)
    stay = f"{_LIVE} and {reason(name)} is null"
    told = ask(
        f"select {ODD_VALUES} as why, count(*) as n from {STAGING}.{name}"  # noqa: S608
        f" where {ODD_VALUES} is not null and {stay} group by {ODD_VALUES}"
    )
    for row in told:
        for why in row["why"].split("; "):
            counts[why] += row["n"]
    rules = [
        (f"{column}: {rule['motivo']}", _condition(rule, column))
        for group in ("anulados", "ajustados")
        for column, rule in _rules()[group].get(name, {}).items()
    ]
    if rules:
        sums = ", ".join(
            f"sum(case when {condition} then 1 else 0 end) as n{number}"
            for number, (_, condition) in enumerate(rules)
        )
        (row,) = ask(f"select {sums} from {STAGING}.{name} where {stay}")  # noqa: S608
        for number, (why, _) in enumerate(rules):
            counts[why] += int(row[f"n{number}"] or 0)
    return (LeftOut(name, why, n, False) for why, n in counts.items() if n)


def _reason(name: str, *, mark: str) -> str:
    """Why a row of an entity waits, as SQL; null if it does not."""
    cases = "".join(
        f" when {_condition(rule)} then {mark}'{rule['motivo']}'"
        for rule in _rules()["quarentena"].get(name, ())
    )
    return f"(case when {QUARANTINE} is not null then {QUARANTINE}{cases} end)"


def _condition(rule: dict[str, str], column: str = "") -> str:
    replaced = rule["quando"].replace(":x", column)
    for name in ("inicio", "fim"):
        replaced = replaced.replace(f":{name}", f"'{_rules()[f'calendario_{name}']}'")
    return f"({replaced})"


@cache
def _rules() -> dict[str, Any]:
    file = ROOT / "dbt_project" / "dbt_project.yml"
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["vars"]
    return found
