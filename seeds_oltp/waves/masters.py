"""Changes of customers, sellers, products and campaigns."""

from datetime import timedelta

import numpy as np
import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import campaigns, demand, staff, store
from seeds_oltp.batch import size, take, utc
from seeds_oltp.waves.wave import Changes, Wave


def change_customers(wave: Wave) -> Changes:
    """Segments and consents change; some of the consents are committed late."""
    table = tables.customers.c
    number = 3 * max(2, demand.orders_on(wave.date, wave.orders) // 100)
    drawn = wave.own.integers("customers", np.arange(number), 0, wave.highest(tables.customers))
    rows = wave.read_by(
        sa.select(table.customer_id, table.segment, table.accepts_email_marketing, table.updated_at)
        .where(table.deleted_at.is_(None))
        .order_by(table.customer_id),
        table.customer_id,
        np.unique(drawn) + 1,
    )
    ids = rows["customer_id"]
    late_at = wave.latest(tables.customers) - wave.own.integers("late", ids, 60, 3_000)
    turn = np.arange(len(ids)) % 3
    late = (turn == 2) & (rows["updated_at"] < late_at)
    segment = {
        "customer_id": ids,
        "segment": np.where(rows["segment"] == "Pessoa Fisica", "Pessoa Juridica", "Pessoa Fisica"),
        "updated_at": wave.office_hours("segment", ids),
    }
    consent = {
        "customer_id": ids,
        "accepts_email_marketing": ~rows["accepts_email_marketing"],
        "updated_at": np.where(late, late_at, wave.office_hours("consent", ids)),
    }
    return {
        "customers: segment": wave.update(tables.customers, take(segment, turn == 0)),
        "customers: consent": wave.update(tables.customers, take(consent, turn == 1)),
        "customers: consent, late commit": wave.update(tables.customers, take(consent, late)),
    }


def change_sellers(wave: Wave) -> Changes:
    """Sellers move to another team, whose leader becomes their manager; now and then one joins."""
    teams = wave.highest(tables.teams)
    active = wave.active_sellers()
    # The leaders, whose keys are those of their teams, stay.
    moving = wave.some("movers", take(active, active["seller_id"] > teams), 1 / 150)
    ids = moving["seller_id"]
    step = wave.own.integers("team", ids, 1, teams)
    team = (np.ma.filled(moving["team_id"], 1) - 1 + step) % teams + 1
    moved = {
        "seller_id": ids,
        "team_id": team,
        "manager_seller_id": team,
        "updated_at": wave.office_hours("team", ids),
    }
    joining = wave.highest(tables.sellers) + 1 + np.arange(wave.number % 5 == 1)
    hired = np.full(len(joining), wave.date, dtype="M8[D]")
    return {
        "sellers: team": wave.update(tables.sellers, moved),
        "sellers: new": wave.insert(
            tables.sellers, staff.sellers(wave.draws, joining, teams, hired)
        ),
    }


def change_products(wave: Wave) -> Changes:
    """Costs change, and the price with every other of them."""
    rows = wave.some("products", wave.products(), 1 / 150, least=2)
    ids = rows["product_id"]
    factor = wave.own.integers("price", ids, 985, 1065)
    cost = rows["cost_price"] * factor // 1000
    old = rows["list_price"]
    price = np.where(np.arange(len(ids)) % 2 == 0, old * factor // 1000, old)
    changed = {
        "product_id": ids,
        "cost_price": cost,
        "list_price": price,
        "suggested_margin_percent": (price - cost) * 1_000_000 // price,
        "updated_at": wave.office_hours("price", ids),
    }
    return {"products: cost and price": wave.update(tables.products, changed)}


def change_campaigns(wave: Wave) -> Changes:
    """What ended is closed, a coupon may be used more often, now and then a flash sale begins."""
    table = tables.discount_campaigns
    rows = store.read(wave.connection, sa.select(table).order_by(table.c.discount_id))
    over = rows["end_at"] < wave.start
    ended = take(rows, over & rows["is_active"])
    limited = ~np.ma.getmaskarray(rows["max_uses_total"])
    widened = wave.some("coupons", take(rows, limited & ~over), 0)
    closed = {
        "discount_id": ended["discount_id"],
        "is_active": np.full(size(ended), False),
        "updated_at": wave.office_hours("closing", ended["discount_id"]),
    }
    limit = {
        "discount_id": widened["discount_id"],
        "max_uses_total": widened["max_uses_total"] * 11 // 10 + 1,
        "updated_at": wave.office_hours("limit", widened["discount_id"]),
    }
    changes = {
        "discount_campaigns: closed": wave.update(table, closed),
        "discount_campaigns: limit": wave.update(table, limit),
        "discount_campaigns: new": 0,
    }
    if wave.number % 7 == 1:
        flash = campaigns.coupon(
            f"RELAMPAGO{wave.date:%y%m%d}",
            f"Oferta Relâmpago {wave.date:%d/%m/%Y}",
            wave.date,
            wave.date + timedelta(days=2),
            wave.orders,
        )
        new = campaigns.batch([flash], wave.highest(table) + 1, created=utc(wave.start))
        changes["discount_campaigns: new"] = wave.insert(table, new)
    return changes
