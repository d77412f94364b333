"""Secrets stay secret: an address of a database is read strictly, and no message repeats a value.

``remember`` is told the secrets of the settings as they are read; what goes to a terminal, a log,
the audit, an alert or a page passes :func:`mask`, which knows them by value, however they are
written.
"""

import json
import re
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
# Shorter ones are parts of words: to hide them would hide what went wrong.
SHORTEST = 4
_AUTHORITY = re.compile(r"(?P<scheme>[^:/]+)://(?P<rest>.*)", re.DOTALL)
_ESCAPES = re.compile(r"%(?![0-9A-Fa-f]{2})")
_values: set[str] = set()


def check_url(url: str) -> None:
    """Refuse an address that a user or password makes ambiguous: its tail would be the host.

    Raises ValueError, without any part of it.
    """
    found = _AUTHORITY.fullmatch(url.strip())
    if found is None or found["scheme"].startswith("sqlite"):
        return
    rest = found["rest"]
    user, at, place = rest.rpartition("@")
    query = place.partition("?")[2] if at else rest.partition("?")[2]
    before = rest.partition("?")[0]
    if not at or "@" in query or (before.count("@") == 0 and "odbc_connect=" in query):
        return
    wrong = before.count("@") != 1 or re.search(r"[/?#\[\]\s]", user) or user.count(":") > 1
    if wrong or _ESCAPES.search(user):
        raise ValueError(
            "its user or password has a character that means something else in an address: write"
            " @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25, a blank as %20"
        )


def secret_parts(url: str) -> set[str]:
    """The values of an address that must be told nobody: its password, as written and as meant."""
    user = url.partition("://")[2].rpartition("@")[0]
    password = user.partition(":")[2]
    in_query = re.findall(r"(?i)(?:password|pwd|token|secret)=([^&;]+)", unquote(url))
    return {part for part in (password, unquote(password), *in_query) if part}


def remember(*secrets: str) -> None:
    """Have these values masked from now on, in each way that they may be written."""
    for secret in secrets:
        escaped = quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]
        for spelt in (secret, *escaped, json.dumps(secret)[1:-1]):
            if len(spelt) >= SHORTEST:
                _values.add(spelt)


def mask(text: str) -> str:
    """The text without the secrets that are known."""
    # The longest first: one may be part of another.
    for value in sorted(_values, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text
