"""What a database says when it refuses: its message in one line, without values, and what to do."""

import errno
import os
import re

from core.errors import cause, first_line
from core.secrets import mask

# Drivers put one message after the other: [state] [vendor][driver][server]text (number) (call).
_NEXT = re.compile(r"; (?=\[[0-9A-Z]{5}\])")
_PARTS = re.compile(
    r"(?:\[[^\]]*\]\s*)*(?P<text>.*?)\s*(?:\((?P<number>-?\d+)\))?\s*(?:\(SQL\w+\))?", re.DOTALL
)
# Quotes after one of these words hold a name or code; all others may hold the value of a row.
_NAMED = (
    "table|column|object|database|schema|index|constraint|name|user|login|role|view|procedure|"
    "function|type|relation|near|lib|driver|file|option|principal|server|collation"
)
_NAME = re.compile(rf"\b(?:{_NAMED})\s+(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
# Not the apostrophe of a word.
_QUOTE = re.compile(r"(?<!\w)[\"']")
_KEY_VALUE = re.compile(r"\bvalue is \(.*\)", re.DOTALL)
# Says no more than the message before it.
_TERMINATED = "3621"

_CUT = "cut or convert it under `columns:` of the mapping, then load again"
_AGAIN = "run it again"
_RIGHTS = "give the login its rights again by `python -m docker.bootstrap` (docs/SQLSERVER.md)"
_ROOM = "make room on the server, then run it again"
_MEMORY = "give the server more memory, then run it again"
_REMEDIES = {
    "208": "the table or view is gone: build it anew by `dw build --full-refresh`",
    "229": _RIGHTS,
    "230": _RIGHTS,
    "262": _RIGHTS,
    "701": _MEMORY,
    "916": _RIGHTS,
    "1101": _ROOM,
    "1105": _ROOM,
    "1205": _AGAIN,
    "1222": _AGAIN,
    "2628": _CUT,
    "4060": "create the database by `python -m docker.bootstrap`, or set DW_SQLSERVER_DATABASE",
    "8114": _CUT,
    "8115": _CUT,
    "8152": _CUT,
    "9002": _ROOM,
    "18456": "check the login's name and password",
}
_DISK = "make room on the disk of DW_DATA_DIR, then run it again"
_ACCESS = "give the user that runs this the right to read and write there"
_SYSTEM = {
    errno.ENOSPC: _DISK,
    errno.EDQUOT: _DISK,
    errno.EACCES: _ACCESS,
    errno.EPERM: _ACCESS,
    errno.EROFS: "the disk is read only: name another folder by DW_DATA_DIR",
}
# Drivers' classes of what has nothing to do with the rows.
_PASSING = {"OperationalError", "IOException", "OutOfMemoryException", "InterruptException"}


def database_error(error: BaseException | None) -> BaseException | None:
    """The error of a database's driver in the chain that led to ``error``, itself included.

    Drivers name the base class of their errors ``Error``, as PEP 249 has them do.
    """
    while error is not None:
        if any(kind.__name__ == "Error" for kind in type(error).__mro__):
            return error
        error = error.__cause__ or error.__context__
    return None


def said(error: BaseException) -> str:
    """What a driver's error says: each message once, with its number, without values of rows."""
    # Drivers of ODBC give the state first, and again in the text.
    text = str(error.args[-1]) if error.args else ""
    if not text.startswith("["):
        # What follows, such as a detail, or the statement, is about values.
        return without_values(first_line(Exception(text or error)))
    text = mask(text)
    found = [_PARTS.fullmatch(part) for part in _NEXT.split(text)]
    messages = [
        without_values(" ".join(m["text"].split())) + (f" ({m['number']})" if m["number"] else "")
        for m in found
        if m is not None and m["number"] != _TERMINATED
    ]
    return "; ".join(dict.fromkeys(messages)) or first_line(error)


def behind(error: BaseException) -> BaseException:
    """What dlt's own errors are wrapped around: they tell of its steps, not of the cause."""
    while type(error).__module__.partition(".")[0] == "dlt" and error.__cause__ is not None:
        error = error.__cause__
    return error


def remedy(error: BaseException) -> str:
    """What to do about an error of a driver or the system; empty where it does not say."""
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0, "")
    # The embedded warehouse says what its system said.
    for code, what in _SYSTEM.items():
        if os.strerror(code) in str(error):
            return what
    if "database is locked" in str(error):
        return "wait until the program that writes to it has ended, or raise DW_CONNECT_SECONDS"
    numbers = re.findall(r"\((\d+)\)", said(error))
    return next((_REMEDIES[n] for n in reversed(numbers) if n in _REMEDIES), "")


def told(error: BaseException) -> str:
    """What went wrong first, in one line, and what to do; of a database's error what it said."""
    refused = database_error(error)
    if refused is None:
        error = behind(error)
        return "; ".join(filter(None, [first_line(error), remedy(error)]))
    return "; ".join(filter(None, [said(refused), remedy(refused)]))


def without_values(message: str) -> str:
    """A message without what it quotes, unless that is the name of something."""
    message = _KEY_VALUE.sub("value is …", message)
    start = 0
    while quote := _QUOTE.search(message, start):
        name = _NAME.search(message, start)
        if name is None or name.start(1) != quote.start():
            # To the last quote: a value may hold quotes of its own.
            last = max(message.rfind("'"), message.rfind('"'))
            return f"{message[: quote.start()]}…{message[max(last, quote.start()) + 1 :]}"
        start = name.end()
    return message


def may_pass(error: BaseException) -> bool:
    """Whether the same may succeed later: a connection, room, memory or a right was lacking."""
    refused = database_error(error)
    if refused is None:
        return cause(error, OSError) is not None
    if {kind.__name__ for kind in type(refused).__mro__} & _PASSING:
        return True
    return remedy(refused) in (_AGAIN, _ROOM, _MEMORY, _RIGHTS)
