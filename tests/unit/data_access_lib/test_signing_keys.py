from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from data_access_lib.signing_keys import SigningKey
from platform_kit.errors import DependencyUnavailable
from scripts.ambit_cli.public_keys import verifier
from tests import moto_keys

moto_keys.install()


@pytest.fixture
def key(aws: dict[str, Any]) -> SigningKey:
    arn = aws["kms"].create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    return SigningKey(lambda: aws["kms"], arn)


@pytest.mark.parametrize("message", [b"", b"short", b"longer than KMS takes" * 1000])
def test_a_message_of_any_length_is_signed_and_holds_by_the_public_half(key: SigningKey, message: bytes) -> None:
    raw = key.sign(message)
    assert len(raw) == 64
    assert key.verify(key.key_id, message, raw)
    assert verifier([key.pem.encode()])("any", message, raw)


def test_another_message_signature_or_key_id_does_not_hold(key: SigningKey) -> None:
    raw = key.sign(b"this")
    assert not key.verify(key.key_id, b"that", raw)
    assert not key.verify("another", b"this", raw)
    assert not key.verify(key.key_id, b"this", raw[::-1])


def test_no_answer_is_a_dependency_that_is_down() -> None:
    def down() -> Any:
        raise EndpointConnectionError(endpoint_url="https://kms.test")

    with pytest.raises(DependencyUnavailable):
        SigningKey(down, "arn:aws:kms:us-east-1:1:key/x").sign(b"this")
