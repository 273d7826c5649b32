"""A key in KMS that signs (ECDSA, P-256, SHA-256): its signatures, and its public half for whoever verifies them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from data_access_lib.failures import store_failures
from platform_kit.run_token import key_id_of, load_public_key, raw_signature

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class SigningKey:
    """`client` gives boto3's KMS client. Its methods raise DependencyUnavailable when KMS does not answer."""

    client: Callable[[], Any]
    arn: str

    @property
    def key_id(self) -> str:
        """How signatures name the key: the last part of its ARN."""
        return key_id_of(self.arn)

    def sign(self, message: bytes) -> bytes:
        """The raw 64-byte signature. KMS is sent the digest: of a message it takes 4 096 bytes (AWS: kms:Sign)."""
        digest = sha256(message).digest()
        with store_failures():
            answer = self.client().sign(
                KeyId=self.arn, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
            )
        return raw_signature(answer["Signature"])

    def verify(self, key_id: str, message: bytes, raw: bytes) -> bool:
        """Whether this key, under this id, made a raw signature of the message; verified here, not by KMS."""
        return key_id == self.key_id and _holds(self._public, message, raw)

    @property
    def pem(self) -> str:
        """The public half as PEM (SubjectPublicKeyInfo)."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        made: bytes = self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return made.decode()

    @cached_property
    def _public(self) -> Any:
        with store_failures():
            return load_public_key(bytes(self.client().get_public_key(KeyId=self.arn)["PublicKey"]))


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
