"""The text of an API key: recognisable when it leaks, and refused without a look-up when it was mistyped or made up.

    amb_<43 base62 characters: 32 random bytes>_<6 base62 characters: CRC-32 of the 43>

The checksum is no protection against forgery; the 256 random bits are. It lets a scanner tell a key from a look-alike,
and the authoriser refuse garbage at the cost of nothing. Only the SHA-256 of a key is ever stored.
"""

import hashlib
import re
import zlib
from typing import Final

PREFIX: Final = "amb_"
PATTERN: Final = r"amb_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}"
"""What a scanner for leaked secrets looks for."""
SHOWN: Final = 8
"""How many first characters of a key its record keeps, so that people can tell keys apart."""
_SECRET_BYTES: Final = 32
_BODY: Final = 43
_CHECKSUM: Final = 6
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KEY: Final = re.compile(PATTERN)


def mint() -> str:
    """A fresh key, from the system's random source."""
    import secrets

    body = _base62(int.from_bytes(secrets.token_bytes(_SECRET_BYTES)), _BODY)
    return f"{PREFIX}{body}_{checksum(body)}"


def well_formed(text: str) -> bool:
    """Whether this has a key's shape and its checksum holds; says nothing about whether there is such a key."""
    if not _KEY.fullmatch(text):
        return False
    body, _, check = text.removeprefix(PREFIX).partition("_")
    return checksum(body) == check


def checksum(body: str) -> str:
    """The last six characters of the key with this body."""
    return _base62(zlib.crc32(body.encode()), _CHECKSUM)


def digest(text: str) -> str:
    """What is stored of a key: its SHA-256 in hex. The key is random, so it needs no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def shown(text: str) -> str:
    """The part of a key that people may see again."""
    return text[:SHOWN]


def _base62(value: int, width: int) -> str:
    digits = []
    for _ in range(width):
        value, rest = divmod(value, 62)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))
