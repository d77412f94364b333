"""What adding up the source must keep to, in every database that does it by two connections."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from loader.source import mapping as mappings
from loader.source.snapshot import snapshot
from loader.source.totals import add_up
from tests.loader.shop import Shop


def assert_both_see_one_moment(shop: Shop) -> None:
    """Each connection counts what was there when the snapshot was taken."""
    with snapshot(shop.url, mappings.read("oltp")) as source:
        items = source.query("order_items", {})
        shop.add("order_items", 500, order_id=1, item_number=9)
        first, second = (add_up(one, items) for one in source.connections)
        with source.totals([items]) as added_up:
            assert added_up["order_items"].result() == first == second
    assert first["", "rows"] == 6


def assert_ends_with_the_load(shop: Shop, until_both_run: Callable[[], object]) -> None:
    """Two statements that would not end do when the load fails."""
    with (
        pytest.raises(OSError, match="disk full"),
        snapshot(shop.url, mappings.read("oltp")) as source,
        source.totals([source.query("orders", {}), source.query("teams", {})]) as added_up,
    ):
        until_both_run()
        raise OSError("disk full")
    assert [type(total.exception()) for total in added_up.values()] == [OperationalError] * 2
