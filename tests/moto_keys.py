"""What makes moto's KMS sign digests, as KMS does: by itself it hashes them a second time."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from moto.kms.responses import KmsResponse

MOST_RAW_BYTES: Final = 4096
"""KMS signs no longer message (AWS: kms:Sign)."""


@cache
def install() -> None:
    """Sign what is a digest as it is, and refuse messages that KMS would refuse."""
    raw = KmsResponse.sign

    def sign(self: KmsResponse) -> Any:
        message: bytes = self._get_param("Message")
        if self._get_param("MessageType") != "DIGEST":
            assert len(message) <= MOST_RAW_BYTES, "KMS would refuse a message of this length"
            return raw(self)
        key = self.kms_backend.describe_key(self._get_param("KeyId"))
        signature = key.private_key.private_key.sign(message, ECDSA(Prehashed(SHA256())))  # type: ignore[attr-defined]
        named = {"KeyId": key.arn, "SigningAlgorithm": self._get_param("SigningAlgorithm")}
        return json.dumps({**named, "Signature": base64.b64encode(signature).decode()})

    KmsResponse.sign = sign  # type: ignore[method-assign]
