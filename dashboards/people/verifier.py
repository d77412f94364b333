"""Passwords proved at a pace that the machine can bear, and guessing at one that nobody can.

argon2 takes 64 MiB and a tenth of a second a proof: one runs at a time, few wait, and who was wrong
more than a few times waits longer each time, by address and by the name that was tried.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from math import inf
from threading import BoundedSemaphore, Lock

from core import record
from dashboards.people.users import User, verified

FREE = 3
"""Wrong passwords that cost nothing: people mistype."""
WAITING = 8
"""Proofs that may wait for their turn; each takes a tenth of a second."""
KNOWN = 10_000
"""Addresses and names whose failures are remembered."""
# A name's own person must not be shut out for long by somebody else's guesses.
LONGEST = {"address": 900.0, "user": 30.0}
"""Seconds that the next try may have to wait, at the most."""


class TooManyError(Exception):
    """No proof now; ``seconds`` tells when to try again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again in {seconds:.0f} s")
        self.seconds = max(1, round(seconds))


class Verifier:
    """Proves passwords; safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._turn = BoundedSemaphore(1)
        self._waiting = 0
        # What failed how often, and until when it waits.
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._told = -inf

    def prove(self, users: Mapping[str, User], name: str, password: str, address: str) -> bool:
        """Whether the password is this user's. Raises TooManyError instead of trying."""
        keys = [("address", address), ("user", name)]
        with self._lock:
            now = self._clock()
            until = max(self._failures.get(key, (0, 0.0))[1] for key in keys)
            if until > now:
                self._tell_refused(users, name, address, now)
                raise TooManyError(until - now)
            if self._waiting >= WAITING:
                raise TooManyError(1)
            self._waiting += 1
        try:
            with self._turn:
                proved = verified(users, name, password)
        finally:
            with self._lock:
                self._waiting -= 1
        self._learn(keys, proved)
        # Of a name that is nobody's only that: people type their password there.
        known = name if name in users else None
        record.write("login" if proved else "login_failed", user=known, address=address)
        return proved

    def _tell_refused(self, users: Mapping[str, User], name: str, address: str, now: float) -> None:
        """Record a try that was refused; one a second is enough to know that there are many."""
        if now - self._told >= 1:
            self._told = now
            known = name if name in users else None
            record.write("login_refused", user=known, address=address)

    def _learn(self, keys: list[tuple[str, str]], proved: bool) -> None:
        with self._lock:
            for key in keys:
                count = 0 if proved else self._failures.pop(key, (0, 0.0))[0] + 1
                if not count:
                    self._failures.pop(key, None)
                    continue
                wait = min(2.0 ** (count - FREE), LONGEST[key[0]]) if count > FREE else 0.0
                self._failures[key] = (count, self._clock() + wait)
            while len(self._failures) > KNOWN:
                self._failures.popitem(last=False)
