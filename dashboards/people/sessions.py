"""A login that lasts: a signed cookie that scripts cannot read, for as long as a day's work."""

import hashlib
import secrets
from collections.abc import Mapping
from functools import cache

from itsdangerous import BadSignature, URLSafeTimedSerializer

from dashboards.people.users import User

COOKIE = "dw_sessao"
SECONDS = 12 * 3600
"""How long a login lasts."""


class Sessions:
    """Signs and reads the cookie.

    Without a secret of the settings, one of this process: a restart asks everyone to log in again.
    """

    def __init__(self, secret: str = "") -> None:
        self._signer = URLSafeTimedSerializer(secret or secrets.token_hex(32), salt=COOKIE)

    def open(self, name: str, user: User) -> str:
        """The cookie of a user who has proved the password."""
        return self._signer.dumps([name, _mark(user), secrets.token_hex(8)])

    def user(self, cookie: str | None, users: Mapping[str, User]) -> str | None:
        """Whose cookie it is; nobody's once it is old, forged, or the password is another one."""
        if not cookie:
            return None
        try:
            name, mark, _ = self._signer.loads(cookie, max_age=SECONDS)
        except (BadSignature, ValueError, TypeError):
            return None
        user = users.get(name) if isinstance(name, str) else None
        return name if user is not None and mark == _mark(user) else None


@cache
def of(secret: str) -> Sessions:
    """The sessions of this process: the door opens them, the pages read them."""
    return Sessions(secret)


def _mark(user: User) -> str:
    """What changes with the password, and does not tell it."""
    return hashlib.sha256((user.password or "").encode()).hexdigest()[:16]
