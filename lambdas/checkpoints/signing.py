"""The key that signs checkpoints: in KMS, and used by this function's role alone."""

from collections.abc import Callable
from typing import Any

from data_access_lib.signing_keys import SigningKey
from lambdas.checkpoints.models import AuditKeyReply
from lambdas.checkpoints.notary import Seal


def seal_of(client: Callable[[], Any], key_arn: str) -> Seal:
    """Signs by KMS, verifies here with the public key."""
    key = SigningKey(client, key_arn)
    return Seal(key.key_id, key.sign, key.verify)


def public_key(client: Callable[[], Any], key_arn: str) -> AuditKeyReply:
    """The key's public half, for whoever verifies."""
    key = SigningKey(client, key_arn)
    return AuditKeyReply(key_id=key.key_id, pem=key.pem)
