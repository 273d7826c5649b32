"""Encryption of what leaves the function: AES-256-GCM, one derived key a purpose, bound to where it is stored."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES: Final = 12  # NIST SP 800-38D: 96 random bits, far below 2³² messages a key
_KEY_BYTES: Final = 32


class CannotUnseal(Exception):
    """Not sealed by this key for this place, or changed since."""


class Sealer:
    """Seals and unseals bytes. `purpose` separates keys: what was sealed for one is noise to another."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"ambit/bff/{purpose}".encode()).derive(secret)
        self._cipher = AESGCM(derived)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Nonce and ciphertext; `place` must be given again to unseal."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """What was sealed; CannotUnseal for anything else."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise CannotUnseal from None
