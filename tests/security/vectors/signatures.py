"""Signatures that are none: damaged, cut, stretched, somebody else's, or over something else."""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from platform_kit.run_token import raw_signature
from tests.authority import Sign, b64, ec_key, es256, rs256, rsa_key
from tests.security.vectors.base import ES, RS, SIGNERS, Case, Cases, Signer, claims, named, token_case

Change = Callable[[bytes], bytes]
_RSA_PLACES: Final = (0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 191, 192, 223, 254, 255)
_EC_PLACES: Final = (0, 1, 7, 8, 15, 16, 30, 31, 32, 33, 39, 47, 48, 55, 62, 63)


def changed(signer: Signer, change: Change, reason: str = "bad_signature") -> Case:
    """An honest token whose signature was changed."""
    return token_case(lambda: signer.token(sign=lambda message: change(signer.sign(message))), reason)


def signed_by(signer: Signer, make_sign: Callable[[], Sign], reason: str = "bad_signature") -> Case:
    """An honest header and payload under another signature."""
    return token_case(lambda: signer.token(sign=make_sign()), reason)


def _flipped(place: int, bit: int) -> Change:
    def change(signature: bytes) -> bytes:
        return signature[:place] + bytes([signature[place] ^ bit]) + signature[place + 1 :]

    return change


def _flips(places: tuple[int, ...]) -> dict[str, Change]:
    return {f"byte {place} changed": _flipped(place, 1 << place % 8) for place in places}


_LENGTHS: Final[dict[str, Change]] = {
    **{f"{n} bytes cut from the end": lambda s, n=n: s[:-n] for n in (1, 2, 8, 31, 32, 33)},  # type: ignore[misc] # a default
    **{f"{n} bytes cut from the start": lambda s, n=n: s[n:] for n in (1, 2, 32)},  # type: ignore[misc] # a default
    "cut to its first byte": lambda s: s[:1],
    "cut to half": lambda s: s[: len(s) // 2],
    "a zero byte appended": lambda s: s + b"\0",
    "a byte 255 appended": lambda s: s + b"\xff",
    "sixteen zero bytes appended": lambda s: s + bytes(16),
    "a newline appended": lambda s: s + b"\n",
    "a zero byte put in front": lambda s: b"\0" + s,
    "a zero byte put into the middle": lambda s: s[: len(s) // 2] + b"\0" + s[len(s) // 2 :],
    "twice": lambda s: s + s,
    "one byte": lambda _s: b"\x01",
}
_CONTENTS: Final[dict[str, Change]] = {
    "all zero": lambda s: bytes(len(s)),
    "all ones": lambda s: b"\xff" * len(s),
    "the number one": lambda s: bytes(len(s) - 1) + b"\x01",
    "backwards": lambda s: s[::-1],
    "its halves swapped": lambda s: s[len(s) // 2 :] + s[: len(s) // 2],
    "its complement": lambda s: bytes(byte ^ 255 for byte in s),
    "its hexadecimal text": lambda s: s.hex().encode(),
    "its base64 text": lambda s: b64(s).encode(),
    "rotated by one byte": lambda s: s[1:] + s[:1],
}


def _spliced(signer: Signer, part: int, other: str) -> str:
    parts = signer.token().split(".")
    parts[part] = other.split(".")[part]
    return ".".join(parts)


def _elsewhere(signer: Signer) -> Cases:
    """An honest signature of this signer, over other bytes than those of the token."""
    sign = signer.sign
    return {
        "of another payload": token_case(
            lambda: _spliced(signer, 1, signer.token(payload=claims(sub="admin"))), "bad_signature"
        ),
        "of another header": token_case(
            lambda: _spliced(signer, 0, signer.token(header=signer.header(typ="at+jwt"))), "bad_signature"
        ),
        "of the payload alone": signed_by(signer, lambda: lambda m: sign(m.split(b".")[1])),
        "of the header alone": signed_by(signer, lambda: lambda m: sign(m.split(b".")[0])),
        "of the message without its dot": signed_by(signer, lambda: lambda m: sign(m.replace(b".", b""))),
        "of the message with a dot after it": signed_by(signer, lambda: lambda m: sign(m + b".")),
        "of the message in lower case": signed_by(signer, lambda: lambda m: sign(m.lower())),
        "of nothing": signed_by(signer, lambda: lambda _m: sign(b"")),
    }


def _general(signer: Signer) -> Cases:
    places = _RSA_PLACES if signer is RS else _EC_PLACES
    changes = {**_flips(places), **_LENGTHS, **_CONTENTS}
    return {
        **{name: changed(signer, change) for name, change in changes.items()},
        "empty": changed(signer, lambda _s: b"", "malformed"),
        **_elsewhere(signer),
    }


def _digest_of_another_size(hash_: hashes.HashAlgorithm) -> Callable[[], Sign]:
    return lambda: lambda message: raw_signature(ec_key("issuer").sign(message, ec.ECDSA(hash_)))


_OTHERS: Final[Cases] = {
    "RS256: of another key": signed_by(RS, lambda: rs256(rsa_key("stranger"))),
    "RS256: of another key of 3072 bits": signed_by(RS, lambda: rs256(rsa_key("large", 3072))),
    "RS256: by the elliptic key": signed_by(RS, lambda: ES.sign),
    "ES256: of another key": signed_by(ES, lambda: es256(ec_key("stranger"))),
    "ES256: by the RSA key": signed_by(ES, lambda: RS.sign),
    "ES256: over SHA-384": signed_by(ES, _digest_of_another_size(hashes.SHA384())),
    "ES256: over SHA-512": signed_by(ES, _digest_of_another_size(hashes.SHA512())),
    "ES256: over SHA-224": signed_by(ES, _digest_of_another_size(hashes.SHA224())),
    "ES256: over SHA3-256": signed_by(ES, _digest_of_another_size(hashes.SHA3_256())),
}

CASES: Final[Cases] = {**{k: v for s in SIGNERS for k, v in named(s.alg, _general(s)).items()}, **_OTHERS}
