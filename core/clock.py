"""The company's clock: business times are local, the audit's are UTC."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")


def now() -> datetime:
    """The time, in UTC, as the audit keeps it: without a time zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def today() -> date:
    """The day at the company, whose clock its orders have."""
    return datetime.now(ZONE).date()


def local(moment: datetime) -> datetime:
    """A time of the audit, by the company's clock."""
    return moment.replace(tzinfo=UTC).astimezone(ZONE)
