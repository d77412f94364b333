"""Keyed pseudonyms: what stands for a key that says who a person is, for whoever lacks the secret.

HMAC-SHA-256 (RFC 2104) under a secret of each installation, so that nobody can find a key by
hashing all documents there are. Equal on every engine, since the loader makes them, and in every
rebuild, as long as the secret stays.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.errors import UsageError
from core.settings import Settings

FILE = "pseudonym.key"
# Pseudonyms are natural numbers of 19 digits, which a surrogate key takes as they are, and below
# 2 ** 63: a source's own keys are hardly so long.
_FIRST, _COUNT = 10**18, 8 * 10**18
_SHORTEST = 32


@dataclass(frozen=True)
class Pseudonyms:
    """What an installation's secret makes of keys."""

    secret: bytes

    @property
    def fingerprint(self) -> str:
        """Tells one secret from another, and says nothing of it."""
        return self._digest("fingerprint", "")[:16]

    def of(self, entity: str, key: str) -> str:
        """What stands for a key of an entity: 19 digits."""
        number = int(self._digest(f"key of {entity}", key), 16)
        return str(_FIRST + number % _COUNT)

    def mark(self, customer: str) -> str:
        """What the list of erasures has for a customer, by the key that has landed."""
        return self._digest("erased", customer)

    def _digest(self, purpose: str, text: str) -> str:
        message = f"{purpose}\0{text}".encode()
        return hmac.digest(self.secret, message, hashlib.sha256).hex()


def pseudonyms(settings: Settings) -> Pseudonyms:
    """Those of the installation: of DW_PSEUDONYM_KEY, else of a secret that is made once.

    Raises UsageError for one that is too short to be a secret.
    """
    given = settings.pseudonym_key.get_secret_value()
    secret = given.encode() if given else _kept(settings.data_dir / FILE)
    if len(secret) < _SHORTEST:
        raise UsageError(
            f"DW_PSEUDONYM_KEY has fewer than {_SHORTEST} characters, so that it can be guessed;"
            " take what `openssl rand -hex 32` gives"
        )
    return Pseudonyms(secret)


def _kept(path: Path) -> bytes:
    """The secret beside the warehouse, made whole when it is asked for the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # Whoever is first: a second process must not take another one.
            path.hardlink_to(made)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_bytes().strip()
