"""From an issuer's JSON Web Key Set (RFC 7517) to the keys that may verify its tokens. What is doubtful is left out."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from platform_kit.jws import TokenRefused, decode_segment

MAX_KEYS: Final = 64
_KEY_TYPES: Final = {"RS256": "RSA", "ES256": "EC"}
_CURVE: Final = "P-256"
_RSA_BITS: Final = range(2048, 8193)  # below: breakable; above: one verification costs too much
_LEAST_EXPONENT: Final = 65537
_MOST_EXPONENT_BYTES: Final = 4
_SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MOST_KEY_ID: Final = 128

Keys = Mapping[tuple[str, str], Any]
"""Public keys by (`kid`, algorithm)."""


class BadKeySet(ValueError):
    """The document is no JWK Set."""


def read_key_set(document: bytes) -> Keys:
    """The usable public keys of a JWK Set; BadKeySet when it is none.

    Left out: keys without `kid`, or whose `kid` stands there twice; symmetric and private keys; keys for encryption or
    for another algorithm; RSA outside 2048 to 8192 bits; curves other than P-256.
    """
    entries = _entries(document)
    times = Counter(entry["kid"] for entry in entries if isinstance(entry.get("kid"), str))
    usable: dict[tuple[str, str], Any] = {}
    for entry in entries:
        kid = entry.get("kid")
        algorithm = _algorithm(entry)
        if isinstance(kid, str) and len(kid) <= _MOST_KEY_ID and times[kid] == 1 and algorithm:
            usable.update(_prepared(kid, algorithm, entry))
    return usable


def _entries(document: bytes) -> list[dict[str, Any]]:
    try:
        value = json.loads(document.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadKeySet("not JSON") from None
    entries = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise BadKeySet("no list of keys, or too many")
    return [entry for entry in entries if isinstance(entry, dict)]


def _algorithm(entry: Mapping[str, Any]) -> str | None:
    """Which of our algorithms this key may verify, by `kty`, `alg`, `use` and `key_ops`; None: none of them."""
    fitting = [alg for alg, kty in _KEY_TYPES.items() if entry.get("kty") == kty and entry.get("alg", alg) == alg]
    if not fitting or not _SECRET_MEMBERS.isdisjoint(entry) or entry.get("use", "sig") != "sig":
        return None
    operations = entry.get("key_ops", ["verify"])
    return fitting[0] if operations == ["verify"] else None


def _prepared(kid: str, algorithm: str, entry: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    import jwt

    try:
        _check_strength(algorithm, entry)
        members = {name: entry[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in entry}
        key = jwt.get_algorithm_by_name(algorithm).from_jwk(members)
    except (jwt.PyJWTError, TokenRefused, ValueError, TypeError, KeyError):
        return {}
    return {(kid, algorithm): key}


def _check_strength(algorithm: str, entry: Mapping[str, Any]) -> None:
    if algorithm == "ES256":
        if entry["crv"] != _CURVE:
            raise ValueError("another curve")
        return
    modulus, exponent = decode_segment(entry["n"]), decode_segment(entry["e"])
    if int.from_bytes(modulus, "big").bit_length() not in _RSA_BITS or len(exponent) > _MOST_EXPONENT_BYTES:
        raise ValueError("modulus too small or too large")
    if int.from_bytes(exponent, "big") < _LEAST_EXPONENT:
        raise ValueError("exponent too small")
