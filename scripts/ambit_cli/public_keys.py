"""Public keys in files: what signatures are held against offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def verifier(pems: Sequence[bytes]) -> Callable[[str, bytes, bytes], bool]:
    """Whether one of these public keys (PEM, P-256) made a raw signature; ValueError for what is no such key."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    loaded = [load_pem_public_key(pem) for pem in pems]
    keys = [key for key in loaded if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)]
    if len(keys) < len(loaded):
        raise ValueError("a key is not on P-256")
    return lambda _key_id, message, raw: any(_made(key, message, raw) for key in keys)


def _made(key: Any, message: bytes, raw: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    half = len(raw) // 2
    der = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    try:
        key.verify(der, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
