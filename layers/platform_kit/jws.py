"""Signed tokens, read strictly: the form of a compact JWS (RFC 7515) before anybody looks at what it says.

PyJWT checks the signature. Everything a lenient reader forgives is refused before that: loose base64url, duplicate or
unknown members, keys carried in the header, critical extensions, unsigned tokens (RFC 8725, JWT best practices).
Nothing heavy is imported at module level, because the authoriser's cold start pays for every import.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from platform_kit.errors import Unauthenticated

MAX_TOKEN_BYTES: Final = 8192
_MOST_CONTAINERS: Final = 128
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-]+")
_KEY_ID: Final = re.compile(r"[A-Za-z0-9._~=:+@-]{1,128}")  # no slash, quote, space or control character
_CARRIED_KEYS: Final = frozenset({"jwk", "jku", "x5u", "x5c"})
_KNOWN_HEADERS: Final = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})


class TokenRefused(Unauthenticated):
    """The token is no identity. `reason` is one of a small fixed set of words, safe for logs and metrics."""

    def __init__(self, reason: str) -> None:
        super().__init__("The token is not valid.")
        self.reason = reason


class UnverifiedToken(NamedTuple):
    """A well-formed token whose signature nobody has checked yet: good for choosing the key, for nothing else."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def key_id(self) -> str:
        """Which key is said to have signed it; TokenRefused when absent or not of the permitted form."""
        value = self.header.get("kid")
        if not isinstance(value, str) or not _KEY_ID.fullmatch(value):
            raise TokenRefused("bad_kid")
        return value


def parse(text: str) -> UnverifiedToken:
    """Take a compact JWS apart: at most 8 KiB, three canonical base64url segments, two JSON objects."""
    if not isinstance(text, str):
        raise TokenRefused("malformed")
    if len(text) > MAX_TOKEN_BYTES:
        raise TokenRefused("too_large")
    segments = text.split(".")
    if len(segments) != 3 or not all(map(_SEGMENT.fullmatch, segments)):  # noqa: PLR2004 - header, payload, signature
        raise TokenRefused("malformed")
    header, payload, _signature = map(decode_segment, segments)
    return UnverifiedToken(text, strict_object(header), strict_object(payload))


def decode_segment(segment: str) -> bytes:
    """Unpadded base64url (RFC 7515 §2) in its one canonical spelling; TokenRefused otherwise."""
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except (binascii.Error, ValueError):
        raise TokenRefused("malformed") from None
    if encode_segment(decoded) != segment:
        raise TokenRefused("malformed")
    return decoded


def encode_segment(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def strict_object(data: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8, not deeply nested, without duplicate members, NaN or Infinity; TokenRefused otherwise."""
    if (
        data.count(b"[") + data.count(b"{") > _MOST_CONTAINERS
    ):  # a bound on the depth too, and cheaper than measuring it
        raise TokenRefused("malformed")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise TokenRefused("malformed") from None
    if not isinstance(value, dict):
        raise TokenRefused("malformed")
    return value


def check_header(header: Mapping[str, Any], *, algorithms: tuple[str, ...], types: tuple[str, ...]) -> str:
    """The token's algorithm, when it is one of `algorithms`, `typ` one of `types` and no other header is unexpected."""
    if not _CARRIED_KEYS.isdisjoint(header):
        raise TokenRefused("carried_key")
    if "crit" in header:
        raise TokenRefused("critical_extension")
    if not _KNOWN_HEADERS.issuperset(header):
        raise TokenRefused("unknown_header")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise TokenRefused("bad_algorithm")
    if header.get("typ") not in types:
        raise TokenRefused("bad_type")
    return algorithm


def verify_signature(token: UnverifiedToken, key: Any, algorithm: str) -> None:
    """Check the signature with a public key of the `cryptography` package; TokenRefused when it does not hold."""
    import jwt  # 30 to 70 ms to import: not before the first token

    try:
        jwt.PyJWS(algorithms=[algorithm]).decode_complete(token.text, key, algorithms=[algorithm])
    except (jwt.PyJWTError, TypeError, ValueError):
        raise TokenRefused("bad_signature") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate member")
    return result


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
