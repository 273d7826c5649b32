"""The key that signs checkpoints: in KMS, and used by this function's role alone."""

from collections.abc import Callable
from functools import cache
from typing import Any

from data_access_lib.failures import store_failures
from lambdas.checkpoints.models import AuditKeyReply
from lambdas.checkpoints.notary import Seal
from platform_kit.run_token import key_id_of, kms_signer, load_public_key


def seal_of(client: Callable[[], Any], key_arn: str) -> Seal:
    """Signs by KMS, verifies here with the public key."""

    def sign(message: bytes) -> bytes:
        with store_failures():
            return kms_signer(client(), key_arn)(message)

    @cache
    def key() -> Any:
        return load_public_key(_public_der(client(), key_arn))

    def verify(key_id: str, message: bytes, raw: bytes) -> bool:
        return key_id == key_id_of(key_arn) and _holds(key(), message, raw)

    return Seal(key_id_of(key_arn), sign, verify)


def public_key(client: Callable[[], Any], key_arn: str) -> AuditKeyReply:
    """The key's public half, for whoever verifies."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    loaded = load_public_key(_public_der(client(), key_arn))
    pem: bytes = loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return AuditKeyReply(key_id=key_id_of(key_arn), pem=pem.decode())


def _public_der(client: Any, key_arn: str) -> bytes:
    with store_failures():
        return bytes(client.get_public_key(KeyId=key_arn)["PublicKey"])


def _holds(key: Any, message: bytes, raw: bytes) -> bool:
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
