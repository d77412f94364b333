"""Numbers, dates and durations as Brazilians write them; ``–`` for what is not known."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_compact_decimal, format_currency, format_decimal

from core.clock import ZONE
from published.metrics import Metric

LOCALE = "pt_BR"
NONE = "–"
_JOINER = "\N{WORD JOINER}"
_ADDRESS = re.compile(r"https?:(?=//)|www(?=\.)|(?<=\w)@(?=\w)", re.IGNORECASE)
_ACTIVE = re.compile(r"[\[\]`*_~$<\\]|:\w|://|www\.|\w@\w")
_MARKDOWN = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~$:]")
SPACE = "\N{NO-BREAK SPACE}"

Shown = Callable[[Any], str]


def money(value: Decimal | None) -> str:
    """``R$ 1.234.567,89``."""
    return NONE if value is None else format_currency(value, "BRL", locale=LOCALE)


def short_money(value: Decimal | None) -> str:
    """``R$ 1,2 mi``, for labels in charts; whole below a thousand."""
    if value is None:
        return NONE
    amount = abs(value)
    text = (
        format_decimal(amount, "#,##0", locale=LOCALE)
        if amount < 1000
        else format_compact_decimal(amount, fraction_digits=1, locale=LOCALE)
    )
    return f"{'-' if value < 0 else ''}R${SPACE}{text}"


def percent(fraction: Decimal | None) -> str:
    """``12,3 %`` of 0.123."""
    return NONE if fraction is None else f"{decimal(fraction * 100)}{SPACE}%"


def integer(value: int | Decimal | None) -> str:
    """``1.234``."""
    return NONE if value is None else format_decimal(value, "#,##0", locale=LOCALE)


def quantity(value: int | Decimal | None) -> str:
    """``1.234``, or ``1,5`` of what is sold by weight."""
    return NONE if value is None else format_decimal(value, "#,##0.####", locale=LOCALE)


def decimal(value: Decimal | None) -> str:
    """``1.234,5``."""
    return NONE if value is None else format_decimal(value, "#,##0.0", locale=LOCALE)


def ratio(value: Decimal | None) -> str:
    """``3,21``."""
    return NONE if value is None else format_decimal(value, "#,##0.00", locale=LOCALE)


def seconds(value: Decimal | None) -> str:
    """``12,3 s``."""
    return NONE if value is None else f"{decimal(value)}{SPACE}s"


def hours(value: Decimal | None) -> str:
    """``12,3 h``."""
    return NONE if value is None else f"{decimal(value)}{SPACE}h"


def day(value: date | None) -> str:
    """``31/12/2025``."""
    return NONE if value is None else format_date(value, "dd/MM/yyyy", locale=LOCALE)


def period(first: date, last: date) -> str:
    """``01/12 – 31/12/2025``, the year once where it is the same."""
    start = format_date(first, "dd/MM", locale=LOCALE) if first.year == last.year else day(first)
    return day(last) if first == last else f"{start} – {day(last)}"


def month(value: date) -> str:
    """``dez/25``."""
    return format_date(value, "MMM/yy", locale=LOCALE).replace(".", "")


def moment(value: datetime | None) -> str:
    """``31/12/2025 08:15`` in São Paulo, from UTC with or without a zone."""
    if value is None:
        return NONE
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return format_datetime(aware, "dd/MM/yyyy HH:mm", tzinfo=ZONE, locale=LOCALE)


def age(value: timedelta) -> str:
    """``há 3 horas``."""
    return format_timedelta(-value, add_direction=True, locale=LOCALE)


def flag(value: bool | None) -> str:
    """``Sim`` or ``Não``."""
    return NONE if value is None else "Sim" if value else "Não"


def plain(words: str) -> str:
    """Words that Markdown shows as they are: no link, picture, formula or icon is made of them."""
    # Of a bare address a link is made, escaped or not, unless something stands in it.
    broken = _ADDRESS.sub(f"\\g<0>{_JOINER}", words)
    return _MARKDOWN.sub(r"\\\g<0>", broken)


def option(name: str) -> str:
    """A name to choose, which Streamlit shows as Markdown and writes into the address.

    As it is, unless something would be made of it: addresses stay readable.
    """
    return plain(name) if _ACTIVE.search(name) else name


def text(value: object) -> str:
    """A name as it is; dates and truth values as Brazilians write them."""
    match value:
        case None | "":
            return NONE
        case bool():
            return flag(value)
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case _:
            return str(value)


def of_metric(metric: Metric) -> Shown:
    """How a metric's values are written."""
    if metric.format == "percentual" and metric.unit == "%":
        return lambda value: percent(None if value is None else value / 100)
    if metric.unit == "s":
        return seconds
    return {
        "moeda": money,
        "percentual": percent,
        "inteiro": integer,
        "quantidade": quantity,
        "decimal": ratio,
        "horas": hours,
    }[metric.format]
