"""Checks of the source's quality, as SQL that SQLite, PostgreSQL and SQL Server run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from core.contract import tables
from core.contract.tables import (
    customers,
    discount_campaigns,
    order_item_discounts,
    order_items,
    orders,
    products,
    regions,
    seller_targets_monthly,
    sellers,
)

Query = sa.Select[*tuple[Any, ...]]
Severity = Literal["error", "warning"]

# Half a cent: SQLite keeps decimals as binary floating point.
_HALF_A_CENT = 0.005
_EARLIEST, _LATEST = datetime(1900, 1, 1), datetime(2100, 1, 1)
# Below this share of filled values, features that need the column are not supported.
_COVERAGE = 0.95


@dataclass(frozen=True)
class Check:
    """A rule about a table; ``query`` gives the number of rows that break it, and one key."""

    table: str
    rule: str
    severity: Severity
    query: Query


@dataclass(frozen=True)
class Finding:
    """What a check found: ``rows`` break the rule, ``example`` is the key of one of them."""

    check: Check
    rows: int
    example: str | None


def run(connection: sa.Connection) -> list[Finding]:
    """Run all checks; those without rows passed."""
    findings = []
    for check in checks():
        row = connection.execute(check.query).one()
        findings.append(Finding(check, int(row[0]), None if row[1] is None else str(row[1])))
    return findings


def checks() -> Iterator[Check]:
    """All checks, table by table."""
    for table in tables.metadata.sorted_tables:
        yield from _structure(table)
    yield from _arithmetic()
    yield from _life()
    yield from _discounts()
    yield from _deletes()
    yield from _coverage()


def _broken(
    table: sa.Table,
    rule: str,
    condition: sa.ColumnElement[bool],
    *,
    severity: Severity = "error",
    source: sa.FromClause | None = None,
) -> Check:
    """Rows of ``table``, or of ``source``, which joins it, that meet ``condition``."""
    (key,) = table.primary_key.columns
    query = sa.select(sa.func.count(key), sa.func.min(key)).where(condition)
    return Check(table.name, rule, severity, query.select_from(table if source is None else source))


def _structure(table: sa.Table) -> Iterator[Check]:
    required = [c for c in table.columns if not c.nullable]
    yield _broken(table, "required columns are filled", sa.or_(*(c.is_(None) for c in required)))

    for constraint in sorted(table.foreign_key_constraints, key=lambda c: str(c.name)):
        (element,) = constraint.elements
        child = element.parent
        parent = element.column.table.alias("parent")
        parent_key = parent.c[element.column.name]
        yield _broken(
            table,
            f"{child.name} exists",
            child.is_not(None) & parent_key.is_(None),
            source=table.outerjoin(parent, child == parent_key),
        )

    for unique in sorted(
        (c for c in table.constraints if isinstance(c, sa.UniqueConstraint)),
        key=lambda c: str(c.name),
    ):
        columns = list(unique.columns)
        (key,) = table.primary_key.columns
        twice = (
            sa.select(sa.func.min(key).label("example"))
            .group_by(*columns)
            .having(sa.func.count() > 1)
            .subquery()
        )
        query = sa.select(sa.func.count(), sa.func.min(twice.c.example)).select_from(twice)
        names = ", ".join(column.name for column in columns)
        yield Check(table.name, f"{names} unique", "error", query)

    numbers = [
        c
        for c in table.columns
        if isinstance(c.type, sa.Numeric | sa.Integer) and not c.primary_key
    ]
    if numbers:
        yield _broken(table, "no negative numbers", sa.or_(*(c < 0 for c in numbers)))

    moments = [c for c in table.columns if isinstance(c.type, sa.DateTime | sa.Date)]
    yield _broken(
        table,
        f"dates from {_EARLIEST:%Y} to {_LATEST:%Y}",
        sa.or_(*(~c.between(_limit(c, _EARLIEST), _limit(c, _LATEST)) for c in moments)),
    )
    yield _broken(
        table,
        "created before updated and deleted",
        (table.c.updated_at < table.c.created_at)
        | (table.c.deleted_at < table.c.created_at)
        | (table.c.updated_at < table.c.deleted_at),
    )


def _limit(column: sa.Column[Any], moment: datetime) -> Any:
    return moment if isinstance(column.type, sa.DateTime) else moment.date()


def _differs(left: sa.ColumnElement[Any], right: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.func.abs(left - right) >= _HALF_A_CENT


def _arithmetic() -> Iterator[Check]:
    item = order_items.c
    yield _broken(
        order_items,
        "gross_amount = quantity x unit_price",
        _differs(item.gross_amount, item.quantity * item.unit_price),
    )
    yield _broken(
        order_items,
        "net_amount = gross_amount - discount_amount",
        _differs(item.net_amount, item.gross_amount - item.discount_amount),
    )
    yield _broken(
        order_items,
        "discount_amount <= gross_amount",
        item.discount_amount - item.gross_amount >= _HALF_A_CENT,
    )
    yield _broken(
        order_items,
        "had_discount says whether there is one",
        (item.had_discount & (item.discount_amount < _HALF_A_CENT))
        | (~item.had_discount & (item.discount_amount >= _HALF_A_CENT)),
    )
    yield _broken(
        order_items,
        "returned_amount within net_amount, and only if returned",
        (item.returned_amount - item.net_amount >= _HALF_A_CENT)
        | ((item.return_quantity == 0) & (item.returned_amount >= _HALF_A_CENT)),
    )
    application = order_item_discounts.c
    yield _broken(
        order_item_discounts,
        "final_amount = base_amount - discount_amount",
        _differs(application.final_amount, application.base_amount - application.discount_amount),
    )
    granted = (
        sa.select(
            application.order_item_id, sa.func.sum(application.discount_amount).label("amount")
        )
        .where(application.approved, application.deleted_at.is_(None))
        .group_by(application.order_item_id)
        .subquery("granted")
    )
    yield _broken(
        order_items,
        "discount_amount = sum of its approved discounts",
        item.deleted_at.is_(None)
        & _differs(item.discount_amount, sa.func.coalesce(granted.c.amount, 0)),
        source=order_items.outerjoin(granted, granted.c.order_item_id == item.order_item_id),
    )
    yield _broken(
        products,
        "cost_price below list_price",
        products.c.cost_price >= products.c.list_price,
        severity="warning",
    )


def _life() -> Iterator[Check]:
    order = orders.c
    needed = {
        "Pago": [order.approved_at],
        "Faturado": [order.approved_at],
        "Enviado": [order.approved_at, order.shipped_at],
        "Entregue": [order.approved_at, order.shipped_at, order.delivered_at],
        "Devolvido": [order.approved_at, order.shipped_at, order.delivered_at],
        "Cancelado": [order.canceled_at],
    }
    excluded = {
        "Pendente": [order.approved_at, order.shipped_at, order.delivered_at],
        "Pago": [order.shipped_at, order.delivered_at],
        "Faturado": [order.shipped_at, order.delivered_at],
        "Enviado": [order.delivered_at],
    }
    for status in tables.STATUS_PEDIDO:
        wrong = [c.is_(None) for c in needed.get(status, [])]
        wrong += [c.is_not(None) for c in excluded.get(status, [])]
        if status != "Cancelado":
            wrong.append(order.canceled_at.is_not(None))
        yield _broken(
            orders, f"{status}: timestamps fit", (order.order_status == status) & sa.or_(*wrong)
        )
    yield _broken(
        orders,
        "phases in order",
        (order.approved_at < order.order_date)
        | (order.shipped_at < order.approved_at)
        | (order.delivered_at < order.shipped_at)
        | (order.canceled_at < order.order_date),
    )
    yield _broken(
        order_items,
        "nothing returned before it was delivered",
        (order_items.c.return_quantity > 0) & order.delivered_at.is_(None),
        source=order_items.join(orders),
    )


def _discounts() -> Iterator[Check]:
    application, campaign = order_item_discounts.c, discount_campaigns.c
    yield _broken(
        order_item_discounts,
        "order is the item's order",
        application.order_id != order_items.c.order_id,
        source=order_item_discounts.join(order_items),
    )
    yield _broken(
        order_item_discounts,
        "rejected with a reason, approved without",
        (~application.approved & application.rejection_reason.is_(None))
        | (application.approved & application.rejection_reason.is_not(None)),
    )
    yield _broken(
        order_item_discounts,
        "approved only while the campaign is valid",
        application.approved
        & (
            (application.applied_at < campaign.start_at)
            | (application.applied_at > campaign.end_at)
        ),
        source=order_item_discounts.join(discount_campaigns),
    )
    uses = (
        sa.select(
            application.discount_id,
            sa.func.count(application.order_id.distinct()).label("orders"),
        )
        .where(application.approved)
        .group_by(application.discount_id)
        .subquery("uses")
    )
    yield _broken(
        discount_campaigns,
        "used no more than max_uses_total",
        uses.c.orders > campaign.max_uses_total,
        source=discount_campaigns.join(uses, uses.c.discount_id == campaign.discount_id),
    )
    yield _broken(discount_campaigns, "start_at before end_at", campaign.end_at < campaign.start_at)


def _deletes() -> Iterator[Check]:
    for child, parent in ((order_items, orders), (order_item_discounts, order_items)):
        yield _broken(
            child,
            f"none alive in deleted {parent.name}",
            child.c.deleted_at.is_(None) & parent.c.deleted_at.is_not(None),
            severity="warning",
            source=child.join(parent),
        )


def _coverage() -> Iterator[Check]:
    for column in (
        orders.c.seller_id,
        orders.c.region_id,
        sellers.c.team_id,
        products.c.supplier_id,
    ):
        yield _coverage_of(column)
    yield _broken(
        orders,
        "every order has items",
        ~sa.exists().where(order_items.c.order_id == orders.c.order_id),
        severity="warning",
    )
    yield _broken(
        regions,
        "orders from every region",
        ~sa.exists().where(orders.c.region_id == regions.c.region_id),
        severity="warning",
    )
    target = seller_targets_monthly.c
    yield _broken(
        sellers,
        "active sellers have targets",
        (sellers.c.seller_status == "Ativo")
        & ~sa.exists().where(target.seller_id == sellers.c.seller_id),
        severity="warning",
    )
    people = (
        sa.select(sa.func.min(customers.c.customer_id).label("example"))
        .where(customers.c.document_number.is_not(None))
        .group_by(customers.c.document_number)
        .having(sa.func.count() > 1)
        .subquery()
    )
    query = sa.select(sa.func.count(), sa.func.min(people.c.example)).select_from(people)
    yield Check("customers", "document_number unique", "warning", query)


def _coverage_of(column: sa.Column[Any]) -> Check:
    """Rows without a value, if they are so many that the column is of little use."""
    (key,) = column.table.primary_key.columns
    missing = sa.func.count(key) - sa.func.count(column)
    poor = sa.func.count(column) < _COVERAGE * sa.func.count(key)
    query = sa.select(sa.case((poor, missing), else_=0), sa.null())
    rule = f"{column.name} filled in {_COVERAGE:.0%} of rows"
    return Check(column.table.name, rule, "warning", query)
