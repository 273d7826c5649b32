"""From an issuer's JSON Web Key Set (RFC 7517) to the keys that may verify its tokens. What is doubtful is left out."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from platform_kit.jws import TokenRefused, decode_segment

MAX_KEYS: Final = 64
_KEY_TYPES: Final = {"RS256": "RSA", "ES256": "EC"}
_CURVE: Final = "P-256"
_COORDINATE_BYTES: Final = 32
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

    A JSON object in it that names a member twice counts as absent.
    """
    try:
        value = json.loads(document.decode("utf-8"), object_pairs_hook=_unambiguous)
    except (ValueError, RecursionError):
        raise BadKeySet("not JSON") from None
    return usable_keys(value)


def usable_keys(key_set: object) -> Keys:
    """As `read_key_set`, of a document that is parsed already.

    Left out: keys without `kid`, or whose `kid` stands there twice; symmetric and private keys; keys for encryption or
    for another algorithm; RSA outside 2048 to 8192 bits; curves other than P-256; numbers in any spelling but the one
    of RFC 7518 §6 (minimal big-endian octets, whole coordinates, canonical base64url).
    """
    entries = _entries(key_set)
    times = Counter(entry["kid"] for entry in entries if isinstance(entry.get("kid"), str))
    usable: dict[tuple[str, str], Any] = {}
    for entry in entries:
        kid = entry.get("kid")
        algorithm = _algorithm(entry)
        if isinstance(kid, str) and len(kid) <= _MOST_KEY_ID and times[kid] == 1 and algorithm:
            usable.update(_prepared(kid, algorithm, entry))
    return usable


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any] | None:
    members = dict(pairs)
    return members if len(members) == len(pairs) else None


def _entries(key_set: object) -> list[dict[str, Any]]:
    entries = key_set.get("keys") if isinstance(key_set, dict) else None
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
        members = _elliptic(entry) if algorithm == "ES256" else _rsa(entry)
        key = jwt.get_algorithm_by_name(algorithm).from_jwk({"kty": entry["kty"], **members})
    except (jwt.PyJWTError, TokenRefused, ValueError, TypeError, KeyError):
        return {}
    return {(kid, algorithm): key}


def _elliptic(entry: Mapping[str, Any]) -> dict[str, str]:
    if entry["crv"] != _CURVE or {len(decode_segment(entry[name])) for name in ("x", "y")} != {_COORDINATE_BYTES}:
        raise ValueError("another curve, or no whole coordinates")
    return {name: entry[name] for name in ("crv", "x", "y")}


def _rsa(entry: Mapping[str, Any]) -> dict[str, str]:
    modulus, exponent = decode_segment(entry["n"]), decode_segment(entry["e"])
    if modulus[:1] == b"\0" or exponent[:1] == b"\0" or len(exponent) > _MOST_EXPONENT_BYTES:
        raise ValueError("not minimal, or an exponent too large")
    n, e = (int.from_bytes(number, "big") for number in (modulus, exponent))
    if n.bit_length() not in _RSA_BITS or e < _LEAST_EXPONENT or not n & e & 1:
        raise ValueError("too small, too large or even")
    return {name: entry[name] for name in ("n", "e")}
