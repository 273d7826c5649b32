"""Public keys that signatures are held against: ECDSA on P-256, known by what they are."""

import hashlib
from typing import Any, Final, NamedTuple

MOST_PEM: Final = 1000


class NoKey(ValueError):
    """It is no public key that signatures may be held against; the message says why."""


class PublicKey(NamedTuple):
    """`key_id` is the SHA-256 (hex) of its SubjectPublicKeyInfo in DER: nobody chooses one. `pem` is its one form."""

    key_id: str
    pem: str


def public_key(pem: str) -> PublicKey:
    """A public key in PEM; NoKey."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = _loaded(pem)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return PublicKey(hashlib.sha256(der).hexdigest(), text)


def holds(pem: str, message: bytes, raw: bytes) -> bool:
    """Whether the key made this raw 64-byte signature of a message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    half = len(raw) // 2
    der = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    try:
        _loaded(pem).verify(der, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _loaded(pem: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if "PRIVATE" in pem:
        raise NoKey("it is a private key: keep it, and give the public one")
    try:
        key = load_pem_public_key(pem.encode()) if len(pem) <= MOST_PEM else None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise NoKey("it is no public key on P-256 in PEM")
    return key
