"""The life of an order, drawn whole from its id and then seen as of a moment.

The base load and every wave see the same lives, each at its own moment: an order moves on, from
wave to wave, without anything being remembered.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.contract.tables import STATUS_PEDIDO
from seeds_oltp import brazil
from seeds_oltp.batch import Batch, Texts, Times
from seeds_oltp.draws import Draws, Flags, Ints

CHANNELS = np.array(["Site", "App", "Marketplace", "Televendas", "Loja"], dtype=object)
CHANNEL_SHARE = np.array([38, 27, 17, 10, 8])
APP, MARKETPLACE, STORE = 1, 2, 4

# No order moves any more so many days after it was placed.
LONGEST_DAYS = 60

_HOUR, _DAY = 3_600, 86_400
_STATUS = np.array(STATUS_PEDIDO, dtype=object)
_PENDING, _PAID, _INVOICED, _SHIPPED, _DELIVERED, _CANCELED, _RETURNED = range(7)
_PAYMENT = np.array(["Pendente", "Aprovado", "Recusado", "Estornado"], dtype=object)
_NEVER = np.datetime64("NaT", "s")


def channel(draws: Draws, order_id: Ints) -> Ints:
    """The channel of each order: an index into :data:`CHANNELS`."""
    return draws.weighted("order.channel", order_id, CHANNEL_SHARE)


@dataclass(frozen=True)
class Lives:
    """When each thing happens to each order, local time; NaT for what never does."""

    placed: Times
    approved: Times
    invoiced: Times
    shipped: Times
    delivered: Times
    canceled: Times
    returned: Times
    returned_whole: Flags

    def seen_at(self, moment: np.datetime64 | Times) -> "Seen":
        """The orders as they stand at ``moment``."""

        def past(event: Times) -> Times:
            return np.where(event <= moment, event, _NEVER)

        approved, invoiced, shipped = past(self.approved), past(self.invoiced), past(self.shipped)
        delivered, canceled, returned = (
            past(self.delivered),
            past(self.canceled),
            past(self.returned),
        )
        back = ~np.isnat(returned) & self.returned_whole
        status = np.zeros(len(self.placed), dtype=np.int64)
        for code, happened in (
            (_PAID, ~np.isnat(approved)),
            (_INVOICED, ~np.isnat(invoiced)),
            (_SHIPPED, ~np.isnat(shipped)),
            (_DELIVERED, ~np.isnat(delivered)),
            (_CANCELED, ~np.isnat(canceled)),
            (_RETURNED, back),
        ):
            status[happened] = code
        refused = (status == _CANCELED) & np.isnat(approved)
        refunded = ((status == _CANCELED) & ~refused) | back
        payment = np.select([refused, refunded, status > _PENDING], [2, 3, 1], 0)
        latest = self.placed
        for event in (approved, invoiced, shipped, delivered, canceled):
            latest = np.fmax(latest, event)
        return Seen(
            status=status,
            payment=payment,
            approved=approved,
            shipped=shipped,
            delivered=delivered,
            canceled=canceled,
            returned=returned,
            latest=np.where(back, returned, latest),
        )


@dataclass(frozen=True)
class Seen:
    """Orders as they stood at a moment; ``latest`` is the last event of the order itself."""

    status: Ints
    payment: Ints
    approved: Times
    shipped: Times
    delivered: Times
    canceled: Times
    returned: Times
    latest: Times

    @property
    def order_status(self) -> Texts:
        """The names of the statuses."""
        return _STATUS[self.status]

    def columns(self) -> Batch:
        """The columns of ``orders`` that change along an order's life."""
        return {
            "order_status": self.order_status,
            "payment_status": _PAYMENT[self.payment],
            "approved_at": self.approved,
            "shipped_at": self.shipped,
            "delivered_at": self.delivered,
            "canceled_at": self.canceled,
        }


def lives(
    draws: Draws, order_id: Ints, placed: Times, channel: Ints, region_id: npt.NDArray[np.int64]
) -> Lives:
    """The whole lives of orders that are sent to ``region_id`` (masked: as to São Paulo)."""

    def seconds(stream: str, low: int | Ints, high: int | Ints) -> npt.NDArray[np.timedelta64]:
        return draws.integers(f"life.{stream}", order_id, low, high).astype("m8[s]")

    fate = draws.uniform("life.fate", order_id)
    refused, abandoned = fate < 0.03, (fate >= 0.03) & (fate < 0.052)
    whole, partial = (fate >= 0.052) & (fate < 0.077), (fate >= 0.077) & (fate < 0.12)

    slip = draws.chance("life.slip", order_id, 0.13) & (channel != STORE)
    approved = placed + np.where(
        slip, seconds("slip_paid", 10 * _HOUR, 3 * _DAY), seconds("paid", 30, _HOUR)
    )
    store = channel == STORE
    invoiced = approved + np.where(store, 60, seconds("invoiced", _HOUR, 22 * _HOUR))
    shipped = invoiced + np.where(store, 120, seconds("shipped", 4 * _HOUR, 60 * _HOUR))
    days = brazil.TRANSIT_DAYS[np.ma.filled(region_id, 20) - 1]
    delivered = shipped + np.where(
        store, 600, seconds("delivered", days * _DAY // 2, days * _DAY * 7 // 4)
    )
    returned = delivered + seconds("returned", 2 * _DAY, 20 * _DAY)
    canceled = np.where(
        refused,
        placed + seconds("refused", _HOUR, 5 * _DAY),
        approved + seconds("abandoned", 600, 3_500),
    )

    def unless(lost: Flags, event: Times) -> Times:
        return np.where(lost, _NEVER, event)

    lost = refused | abandoned
    return Lives(
        placed=placed,
        approved=unless(refused, approved),
        invoiced=unless(lost, invoiced),
        shipped=unless(lost, shipped),
        delivered=unless(lost, delivered),
        canceled=unless(~lost, canceled),
        returned=unless(~(whole | partial), returned),
        returned_whole=whole,
    )
