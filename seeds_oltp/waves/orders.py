"""What happens to orders that are there: they move on, come back, or are deleted."""

from datetime import timedelta

import numpy as np
import sqlalchemy as sa

from core.contract import tables
from seeds_oltp import lifecycle, sales, store
from seeds_oltp.batch import Batch, size, take, utc
from seeds_oltp.draws import Ints
from seeds_oltp.waves.wave import Changes, Wave


def recent(wave: Wave) -> Batch:
    """The live orders that may still move; they are among the newest keys."""
    table = tables.orders.c
    return store.read(
        wave.connection,
        sa.select(table.order_id, table.order_date, table.region_id, table.order_status)
        .where(
            table.order_id > wave.highest(tables.orders) - wave.orders // 8 - 1000,
            table.order_date >= wave.date - timedelta(days=lifecycle.LONGEST_DAYS),
            table.order_date < wave.date,
            table.order_status.not_in(["Cancelado", "Devolvido"]),
            table.deleted_at.is_(None),
        )
        .order_by(table.order_id),
    )


def _lives(wave: Wave, recent: Batch) -> lifecycle.Lives:
    ids = recent["order_id"]
    channel = lifecycle.channel(wave.draws, ids)
    return lifecycle.lives(wave.draws, ids, recent["order_date"], channel, recent["region_id"])


def move(wave: Wave, recent: Batch) -> Changes:
    """Orders go on along their lives."""
    ids = recent["order_id"]
    seen = _lives(wave, recent).seen_at(wave.end)
    updated_at = utc(seen.latest) + wave.own.integers("lag", ids, 1, 20)
    moved = take(
        {
            "order_id": ids,
            **seen.columns(),
            # A late order catches up with what happened the day before.
            "updated_at": np.clip(updated_at, utc(wave.start), utc(wave.end)),
        },
        seen.order_status != recent["order_status"],
    )
    wave.update(tables.orders, moved)
    return {
        f"orders: {status}": int((moved["order_status"] == status).sum())
        for status in tables.STATUS_PEDIDO[1:]
    }


def book_returns(wave: Wave, recent: Batch) -> Changes:
    """What comes back today is booked on the items."""
    lives = _lives(wave, recent)
    ids = recent["order_id"]
    table = tables.order_items.c
    items = wave.read_by(
        sa.select(
            table.order_item_id,
            table.order_id,
            table.item_number,
            table.quantity,
            table.net_amount,
        )
        .where(table.deleted_at.is_(None))
        .order_by(table.order_item_id),
        table.order_id,
        ids[(lives.returned >= wave.start) & (lives.returned <= wave.end)],
    )
    order = np.searchsorted(ids, items["order_id"])
    quantity = sales.returned_quantity(
        wave.draws,
        items["order_item_id"],
        items["item_number"],
        items["quantity"],
        lives.returned_whole[order],
    )
    amount = sales.returned_amount(items["net_amount"], quantity, items["quantity"])
    returned = {
        "order_item_id": items["order_item_id"],
        "return_quantity": quantity,
        "returned_amount": amount,
        "updated_at": utc(lives.returned[order]),
    }
    return {"order_items: returned": wave.update(tables.order_items, take(returned, quantity > 0))}


def delete(wave: Wave, recent: Batch) -> Changes:
    """Soft deletes of orders, items and discounts; withdrawn discounts make the item dearer.

    Every other order leaves its items and discounts as they are: the reader must cope with both.
    """
    share = 1 / 300 / lifecycle.LONGEST_DAYS
    deleted = wave.some("deleted", recent, share)["order_id"]
    others = take(recent, ~np.isin(recent["order_id"], deleted))
    thinned = wave.some("thinned", others, 20 * share, least=40)["order_id"]
    whole = deleted[wave.number % 2 :: 2]

    table = tables.order_items.c
    items = wave.read_by(
        sa.select(
            table.order_item_id,
            table.order_id,
            table.item_number,
            table.discount_amount,
            table.net_amount,
            table.commission_percent,
            table.return_quantity,
        )
        .where(table.deleted_at.is_(None))
        .order_by(table.order_item_id),
        table.order_id,
        np.sort(np.concatenate([whole, thinned])),
    )
    table = tables.order_item_discounts.c
    applications = wave.read_by(
        sa.select(
            table.order_item_discount_id,
            table.order_item_id,
            table.discount_amount,
            table.approved,
        )
        # What is older cannot belong to a recent order, and the index knows it.
        .where(
            table.deleted_at.is_(None),
            table.updated_at >= wave.date - timedelta(days=lifecycle.LONGEST_DAYS),
        )
        .order_by(table.order_item_discount_id),
        table.order_id,
        np.sort(np.concatenate([whole, thinned])),
    )

    in_whole = np.isin(items["order_id"], whole)
    single = wave.some("items", take(items, ~in_whole & (items["item_number"] > 1)), 1 / 20)
    gone = np.concatenate([items["order_item_id"][in_whole], single["order_item_id"]])
    orphaned = np.isin(applications["order_item_id"], gone)

    kept = take(items, ~np.isin(items["order_item_id"], gone) & (items["return_quantity"] == 0))
    withdrawn = _last_approved(take(applications, ~orphaned), kept["order_item_id"])
    withdrawn = wave.some("withdrawn", withdrawn, 1 / 10)
    return {
        "orders: deleted": _mark(wave, tables.orders, deleted),
        "order_items: deleted": _mark(wave, tables.order_items, gone),
        "order_item_discounts: deleted": _mark(
            wave,
            tables.order_item_discounts,
            np.concatenate(
                [
                    applications["order_item_discount_id"][orphaned],
                    withdrawn["order_item_discount_id"],
                ]
            ),
        ),
        "order_items: discount withdrawn": _charge(wave, kept, withdrawn),
    }


def _mark(wave: Wave, table: sa.Table, ids: Ints) -> int:
    (key,) = table.primary_key.columns
    moment = utc(np.full(len(ids), wave.start + 11 * 3_600))
    return wave.update(table, {key.name: ids, "deleted_at": moment, "updated_at": moment})


def _last_approved(applications: Batch, items: Ints) -> Batch:
    """The approved applications that are the last ones of these items; the keys are in order."""
    item = applications["order_item_id"]
    last = np.append(item[1:] != item[:-1], True)[: len(item)]
    return take(applications, last & applications["approved"] & np.isin(item, items))


def _charge(wave: Wave, items: Batch, withdrawn: Batch) -> int:
    """Add withdrawn discounts to what the items cost, and to the commission."""
    items = take(items, np.searchsorted(items["order_item_id"], withdrawn["order_item_id"]))
    discount = items["discount_amount"] - withdrawn["discount_amount"]
    net = items["net_amount"] + withdrawn["discount_amount"]
    return wave.update(
        tables.order_items,
        {
            "order_item_id": items["order_item_id"],
            "discount_amount": discount,
            "net_amount": net,
            "had_discount": discount > 0,
            "commission_amount": sales.commission(net, items["commission_percent"]),
            "updated_at": utc(np.full(size(items), wave.start + 11 * 3_600)),
        },
    )
