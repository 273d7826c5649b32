"""RSA's own traps: encoded messages that a lenient reader of PKCS #1 v1.5 takes for `00 01 FF… 00 DigestInfo`.

The private key raises each block itself, so that nothing but the padding is wrong (RFC 8017 §9.2).
"""

import hashlib
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.authority import rsa_key
from tests.security.vectors.base import RS, Case, Cases, Signer, named, token_case

SIZE: Final = 256
INFO: Final = {
    "MD5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
    "SHA-1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "SHA-224": bytes.fromhex("302d300d06096086480165030402040500041c"),
    "SHA-256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "SHA-384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "SHA-512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
Block = Callable[[bytes], bytes]


def raised(block: bytes) -> bytes:
    """The block to the power of the private exponent: what `verify` will undo."""
    key = rsa_key("platform").private_numbers()
    return pow(int.from_bytes(block, "big"), key.d, key.public_numbers.n).to_bytes(SIZE, "big")


def padded(tail: bytes, *, first: int = 0, kind: int = 1, fill: bytes = b"\xff", end: bytes = b"\0") -> bytes:
    """`first kind fill… end tail`, as long as the modulus."""
    room = SIZE - 2 - len(end) - len(tail)
    return bytes([first, kind]) + (fill * room)[:room] + end + tail


def sha256(message: bytes) -> bytes:
    """The digest RS256 signs."""
    return hashlib.sha256(message).digest()


def honest(message: bytes) -> bytes:
    """The block RS256 makes."""
    return padded(INFO["SHA-256"] + sha256(message))


def _of(name: str) -> Block:
    return lambda m: padded(
        INFO[name] + hashlib.new(name.replace("-", "", 1).lower(), m, usedforsecurity=False).digest()
    )


def _short_padding(message: bytes) -> bytes:
    """Bleichenbacher's forgery: little padding, the digest early, whatever you like behind it."""
    body = b"\0\1" + b"\xff" * 8 + b"\0" + INFO["SHA-256"] + sha256(message)
    return body + b"\x5a" * (SIZE - len(body))


_WITHOUT_NULL: Final = bytes.fromhex("302f300b06096086480165030402010420")
_LONG_FORM: Final = bytes.fromhex("308131300d060960864801650304020105000420")
_FAR_NULL: Final = bytes.fromhex("3033300f0609608648016503040201050200000420")

BLOCKS: Final[dict[str, Block]] = {
    **{f"{name} instead": _of(name) for name in INFO if name != "SHA-256"},
    "SHA-256's name over SHA-1": lambda m: padded(
        INFO["SHA-256"] + hashlib.sha1(m, usedforsecurity=False).digest() + bytes(12)
    ),
    "SHA-1's name over SHA-256": lambda m: padded(INFO["SHA-1"] + sha256(m)),
    "no digest info": lambda m: padded(sha256(m)),
    "digest info without its NULL": lambda m: padded(_WITHOUT_NULL + sha256(m)),
    "digest info in long form": lambda m: padded(_LONG_FORM + sha256(m)),
    "digest info with parameters": lambda m: padded(_FAR_NULL + sha256(m)),
    "digest info with a byte after it": lambda m: padded(INFO["SHA-256"] + sha256(m) + b"\0"),
    "digest cut by one byte": lambda m: padded(INFO["SHA-256"] + sha256(m)[:-1]),
    "digest of zeros": lambda _m: padded(INFO["SHA-256"] + bytes(32)),
    "digest in hexadecimal": lambda m: padded(INFO["SHA-256"] + sha256(m).hex().encode()),
    "digest twice": lambda m: padded(INFO["SHA-256"] + sha256(m) * 2),
    "short padding, then rubbish": _short_padding,
    "digest at the front": lambda m: (INFO["SHA-256"] + sha256(m)).ljust(SIZE, b"\xff"),
    "block type 0": lambda m: padded(INFO["SHA-256"] + sha256(m), kind=0),
    "block type 2": lambda m: padded(INFO["SHA-256"] + sha256(m), kind=2),
    "first byte 1": lambda m: padded(INFO["SHA-256"] + sha256(m), first=1, kind=0xFF),
    "padding of zeros": lambda m: padded(INFO["SHA-256"] + sha256(m), fill=b"\0"),
    "padding of 0xFE": lambda m: padded(INFO["SHA-256"] + sha256(m), fill=b"\xfe"),
    "one padding byte wrong": lambda m: honest(m)[:9] + b"\xfe" + honest(m)[10:],
    "last padding byte wrong": lambda m: honest(m)[:203] + b"\x7f" + honest(m)[204:],
    "no end of padding": lambda m: padded(INFO["SHA-256"] + sha256(m), end=b""),
    "end of padding 0xFF": lambda m: padded(INFO["SHA-256"] + sha256(m), end=b"\xff"),
    "two ends of padding": lambda m: padded(INFO["SHA-256"] + sha256(m), end=b"\0\0"),
    "ANSI X9.31": lambda m: b"\x6b" + b"\xbb" * (SIZE - 36) + b"\xba" + sha256(m) + b"\x34\xcc",
    "zero": lambda _m: bytes(SIZE),
    "one": lambda _m: bytes(SIZE - 1) + b"\1",
}


def _pss(salt: int, hash_: hashes.HashAlgorithm | None = None) -> Case:
    chosen = hash_ or hashes.SHA256()
    pad = padding.PSS(padding.MGF1(chosen), salt)
    return token_case(lambda: RS.token(sign=lambda m: rsa_key("platform").sign(m, pad, chosen)), "bad_signature")


def _plus_modulus(message: bytes) -> bytes:
    """The honest signature's other name: itself plus the modulus, one bit longer at times."""
    n = rsa_key("platform").public_key().public_numbers().n
    value = int.from_bytes(RS.sign(message), "big") + n
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _number(change: Callable[[int, int], int]) -> Case:
    def sign(message: bytes) -> bytes:
        n = rsa_key("platform").public_key().public_numbers().n
        return change(int.from_bytes(RS.sign(message), "big"), n).to_bytes(SIZE, "big")

    return token_case(lambda: RS.token(sign=sign), "bad_signature")


def honest_case(signer: Signer = RS) -> Case:
    """The same construction with nothing wrong: proof that the blocks are refused for what is wrong in them."""
    return token_case(lambda: signer.token(sign=lambda m: raised(honest(m))), None)


CASES: Final[Cases] = {
    **named(
        "PKCS #1",
        {
            name: token_case(lambda block=block: RS.token(sign=lambda m: raised(block(m))), "bad_signature")  # type: ignore[misc] # a default
            for name, block in BLOCKS.items()
        },
    ),
    **{f"PSS: salt of {salt} bytes under RS256": _pss(salt) for salt in (0, 20, 32, 222)},
    "PSS: SHA-384 under RS256": _pss(48, hashes.SHA384()),
    "RSA number: plus the modulus": token_case(lambda: RS.token(sign=_plus_modulus), "bad_signature"),
    "RSA number: n - signature": _number(lambda s, n: n - s),
    "RSA number: n": _number(lambda _s, n: n),
    "RSA number: n - 1": _number(lambda _s, n: n - 1),
    "RSA number: n + 1": _number(lambda _s, n: n + 1),
    "RSA number: squared": _number(lambda s, n: s * s % n),
    "RSA number: not raised at all": token_case(lambda: RS.token(sign=honest), "bad_signature"),
}
