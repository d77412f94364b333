"""The company's clock: business times are local, the audit's are UTC."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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


def standard_hours(zone: str) -> float | None:
    """The hours from UTC of a zone by its name, without summer time; None: no such zone."""
    try:
        moment = datetime.now(UTC).astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    offset, summer = moment.utcoffset() or timedelta(), moment.dst() or timedelta()
    return (offset - summer).total_seconds() / 3600
