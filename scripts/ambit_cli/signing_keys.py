"""Private keys in files: what publishers of tool packs sign with, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from governance.dsse import Sign

_HALF: Final = 32


def made() -> tuple[bytes, bytes]:
    """A new key on P-256: the private one (PKCS #8) and the public one (SubjectPublicKeyInfo), in PEM."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), _public(key)


def signer(pem: bytes) -> tuple[Sign, str]:
    """What signs with a private key, and the key's id; ValueError for what is no private key on P-256."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from governance.public_keys import public_key

    try:
        key = load_pem_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm):
        raise ValueError("the key is encrypted, or of a kind that nobody knows") from None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ValueError("the key is not on P-256")  # noqa: TRY004 - a wrong value, as of any other file
    key_id = public_key(_public(key).decode()).key_id  # refuses other curves

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ECDSA(SHA256())))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")

    return sign, key_id


def _public(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
