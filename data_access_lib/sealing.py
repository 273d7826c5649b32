"""Sealed values: AES-256-GCM under a tenant's data key, bound to the place where they are kept.

    sealed = version (1 byte) | data key's number (4) | salt (16) | nonce (12) | ciphertext and tag (16 more than plain)

Each value has a key of its own, derived from the data key and the salt (HKDF-SHA-256, RFC 5869), so that random
96-bit nonces never meet: NIST SP 800-38D allows 2³² messages a key, and a derived key seals one. What bounds a data key
is that two salts are alike by chance: below 2⁻³² for 2⁴⁸ values, which 10 000 a second reach in 890 years.
The header and the place are authenticated: a value that was moved, cut, or given another number does not open.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data_access_lib.errors import ContentUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEY_BYTES: Final = 32
VERSION: Final = 1
_HEADER: Final = struct.Struct(">BI")
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_FIXED: Final = _HEADER.size + _SALT_BYTES + _NONCE_BYTES
OVERHEAD: Final = _FIXED + _TAG_BYTES
"""How many bytes a sealed value is longer than the plain one."""
_PURPOSE: Final = b"ambit/content/1"


class DataKey:
    """One data key of one tenant. Safe to share between threads; `repr` shows no key."""

    def __init__(self, tenant: str, number: int, secret: bytes, *, random: Callable[[int], bytes] = os.urandom) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError("a data key has 256 bits")
        self.number = number
        self._tenant = tenant
        self._secret = secret
        self._random = random

    def seal(self, plain: bytes, place: Sequence[str]) -> bytes:
        """The plain bytes, readable with this data key at this place only."""
        salt, nonce = self._random(_SALT_BYTES), self._random(_NONCE_BYTES)
        header = _HEADER.pack(VERSION, self.number)
        return header + salt + nonce + self._cipher(salt).encrypt(nonce, plain, self._bound(header, place))

    def open(self, sealed: bytes, place: Sequence[str]) -> bytes:
        """What was sealed; ContentUnreadable when it was sealed otherwise, elsewhere, or changed since."""
        if number_of(sealed) != self.number:
            raise ContentUnreadable
        header = sealed[: _HEADER.size]
        salt, nonce = sealed[_HEADER.size : _FIXED - _NONCE_BYTES], sealed[_FIXED - _NONCE_BYTES : _FIXED]
        try:
            return self._cipher(salt).decrypt(nonce, sealed[_FIXED:], self._bound(header, place))
        except InvalidTag:
            raise ContentUnreadable from None

    def derive(self, purpose: bytes) -> bytes:
        """A secret of 256 bits for another purpose than sealing; it tells nothing of this key (RFC 5869)."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"ambit/derived/1/" + purpose).derive(self._secret)

    def _cipher(self, salt: bytes) -> AESGCM:
        return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=salt, info=_PURPOSE).derive(self._secret))

    def _bound(self, header: bytes, place: Sequence[str]) -> bytes:
        """What is authenticated beside the text: each part with its length, so that no two places read alike."""
        parts = [header, self._tenant.encode(), *(part.encode() for part in place)]
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def number_of(sealed: bytes) -> int:
    """The number of the data key that sealed a value; ContentUnreadable when it is no sealed value."""
    if len(sealed) < OVERHEAD or sealed[0] != VERSION:
        raise ContentUnreadable
    _, number = _HEADER.unpack_from(sealed)
    return int(number)
