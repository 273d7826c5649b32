"""ECDSA's own traps: numbers out of range, special points, other encodings of a true signature (RFC 7518 §3.4)."""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.authority import Sign, ec_key
from tests.security.vectors.base import ES, Case, Cases, named, token_case

N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
MOST: Final = 2**256 - 1

Numbers = Callable[[int, int], tuple[int, int]]


def der(message: bytes) -> bytes:
    """The honest signature as X.509 writes it."""
    return ec_key("issuer").sign(message, ec.ECDSA(hashes.SHA256()))


def numbers(message: bytes) -> tuple[int, int]:
    """The honest signature as two numbers."""
    return decode_dss_signature(der(message))


def raw(r: int, s: int, size: int = 32) -> bytes:
    """`r || s`."""
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def asn1(r: bytes, s: bytes) -> bytes:
    """A DER sequence of two integers whose octets are given."""
    body = b"".join(b"\x02" + bytes([len(part)]) + part for part in (r, s))
    return b"\x30" + bytes([len(body)]) + body


def _x_of_key() -> int:
    return ec_key("issuer").public_key().public_numbers().x


def _numbered(change: Numbers) -> Case:
    return _signed(lambda message: raw(*change(*numbers(message))))


def _signed(sign: Sign) -> Case:
    return token_case(lambda: ES.token(sign=sign), "bad_signature")


_SPECIAL: Final = {
    "0": 0,
    "1": 1,
    "2": 2,
    "n-1": N - 1,
    "n": N,
    "n+1": N + 1,
    "p-1": P - 1,
    "p": P,
    "p+1": P + 1,
    "2^256-1": MOST,
}
_PAIRS: Final[dict[str, Numbers]] = {
    **{f"r={name}": lambda _r, s, v=value: (v, s) for name, value in _SPECIAL.items()},  # type: ignore[misc] # a default
    **{f"s={name}": lambda r, _s, v=value: (r, v) for name, value in _SPECIAL.items()},  # type: ignore[misc] # a default
    **{f"r=s={name}": lambda _r, _s, v=value: (v, v) for name, value in _SPECIAL.items()},  # type: ignore[misc] # a default
    "r=0, s=1": lambda _r, _s: (0, 1),
    "r=1, s=0": lambda _r, _s: (1, 0),
    "r=n, s=1": lambda _r, _s: (N, 1),
    "r=1, s=n": lambda _r, _s: (1, N),
    "r and s swapped": lambda r, s: (s, r),
    "r negated": lambda r, s: (N - r, s),
    "both negated": lambda r, s: (N - r, N - s),
    "r one more": lambda r, s: (r + 1, s),
    "s one less": lambda r, s: (r, s - 1),
    "s doubled": lambda r, s: (r, 2 * s % N),
    "s inverted": lambda r, s: (r, pow(s, -1, N)),
    "r and s the key's x": lambda _r, _s: (_x_of_key() % N, _x_of_key() % N),
    "r the key's x, s=1": lambda _r, _s: (_x_of_key() % N, 1),
    "r the generator's x, s=1": lambda _r, _s: (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        1,
    ),
}


def _der_parts(message: bytes) -> tuple[bytes, bytes]:
    r, s = numbers(message)
    return r.to_bytes(33, "big"), s.to_bytes(33, "big")


def _negative(message: bytes) -> bytes:
    r, s = numbers(message)
    return asn1((-r).to_bytes(33, "big", signed=True), (-s).to_bytes(33, "big", signed=True))


_ENCODINGS: Final[dict[str, Sign]] = {
    "DER": der,
    "DER of zeros": lambda _m: asn1(b"\0", b"\0"),
    "DER of negative numbers": _negative,
    "DER with leading zeros": lambda m: asn1(*_der_parts(m)),
    "DER of empty numbers": lambda _m: asn1(b"", b""),
    "DER with bytes after it": lambda m: der(m) + b"\0\0",
    "DER cut to 64 bytes": lambda m: der(m)[:64],
    "DER stretched to 128 bytes": lambda m: der(m).ljust(128, b"\0"),
    "33 bytes each": lambda m: raw(*numbers(m), size=33),
    "48 bytes each, as P-384 would": lambda m: raw(*numbers(m), size=48),
    "66 bytes each, as P-521 would": lambda m: raw(*numbers(m), size=66),
    "r alone": lambda m: raw(*numbers(m))[:32],
    "s alone": lambda m: raw(*numbers(m))[32:],
    "r alone, twice": lambda m: raw(*numbers(m))[:32] * 2,
    "little-endian": lambda m: raw(*numbers(m))[:32][::-1] + raw(*numbers(m))[32:][::-1],
    "an uncompressed point's mark in front": lambda m: b"\x04" + raw(*numbers(m)),
    "text of two decimal numbers": lambda m: ",".join(map(str, numbers(m))).encode(),
    "minimal octets with a zero between": lambda m: raw(*numbers(m))[:32] + b"\0" + raw(*numbers(m))[32:],
}

CASES: Final[Cases] = {
    **named("ECDSA numbers", {name: _numbered(change) for name, change in _PAIRS.items()}),
    **named("ECDSA encoding", {name: _signed(sign) for name, sign in _ENCODINGS.items()}),
}
