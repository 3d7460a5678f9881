"""Keys that say nothing: keyed hashes of identifiers, and encryption of what must be kept but not read.

ID numbers can be enumerated, so a plain hash of one is the number itself to anybody with a laptop; hence HMAC-SHA256
with a secret (architecture 2), and AES-SIV (RFC 5297) where the same bytes must come out of the same input twice.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from hub.domain.claim import Kind

# The fictional city's secret is public on purpose: its persons do not exist, and replay must give the same bytes
# everywhere. Any other city must bring its own (HUB_SECRET_FILE); configuration refuses to start without.
FICTIONAL_SECRET = b"resident-hub fictional city 4298: not a secret"

_PREFIX: dict[str, str] = {
    "resident": "r-",
    "unit": "u-",
    "aid": "ga-",
    "rental": "gp-",
    "lease": "gl-",
    "household": "gh-",
    "children": "gc-",
    "address": "gd-",
    "record": "s-",
    "event": "e-",
    "alert": "a-",
}


class Keyring:
    """Derives every key of one installation from one secret."""

    def __init__(self, secret: bytes = FICTIONAL_SECRET) -> None:
        self._mac = hmac.new(secret, digestmod=hashlib.sha256)
        self._box = AESSIV(hashlib.sha512(b"quarantine" + secret).digest())
        self._cached = lru_cache(maxsize=262_144)(self._derive)

    def _derive(self, kind: str, parts: tuple[str, ...]) -> str:
        mac = self._mac.copy()
        # Length-prefixed parts: ("ab", "c") and ("a", "bc") must not meet.
        mac.update("".join(f"{len(part)}:{part}" for part in (kind, *parts)).encode())
        return mac.hexdigest()[:32]

    def subject(self, kind: Kind, *parts: str) -> str:
        """The key of a subject: its kind and 128 bits that only the secret's holder can recompute."""
        return _PREFIX[kind] + self._cached(kind, parts)

    def fingerprint(self, rule_id: str, subject: str, parts: tuple[str, ...]) -> str:
        return self._derive("fingerprint", (rule_id, subject, *parts))

    def alert_id(self, fingerprint: str, case: int) -> str:
        return "al-" + self._derive("alert", (fingerprint, str(case)))

    def seal(self, data: bytes) -> bytes:
        """Encrypt a refused payload. The same input gives the same bytes, so a repeated refusal is one record."""
        return self._box.encrypt(data, None) if data else b""

    def unseal(self, data: bytes) -> bytes:
        """Raises cryptography.exceptions.InvalidTag if the data were not sealed with this secret."""
        return self._box.decrypt(data, None) if data else b""


def kind_of(subject_key: str) -> Kind:
    """The kind a subject key was made for."""
    prefix = subject_key[: subject_key.index("-") + 1]
    for kind, known in _PREFIX.items():
        if known == prefix:
            return kind  # type: ignore[return-value]
    raise ValueError("not a subject key")
