from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto import mock_aws

from lambdas.authoriser.models import DependencyDown
from lambdas.authoriser.run_keys import RunKey
from platform_kit.run_keys import kms_public_key
from platform_kit.run_token import load_public_key
from tests.authority import RUN_KEY_ARN, RUN_KEY_ID, ec_key, rsa_key

AWS = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}


def spki(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


class Kms:
    def __init__(self, key: bytes | None) -> None:
        self.key = key
        self.asked: list[str] = []

    def __call__(self, key_arn: str) -> bytes:
        self.asked.append(key_arn)
        if self.key is None:
            raise TimeoutError
        return self.key


def test_the_key_is_asked_for_once() -> None:
    kms = Kms(spki(ec_key("run")))
    key = RunKey(RUN_KEY_ARN, kms)
    assert key.key_id == RUN_KEY_ID
    assert key.get(0) is key.get(10**6)
    assert kms.asked == [RUN_KEY_ARN]


def test_a_failure_is_not_repeated_for_five_seconds() -> None:
    kms = Kms(None)
    key = RunKey(RUN_KEY_ARN, kms)
    for now in range(10):
        with pytest.raises(DependencyDown):
            key.get(now)
    assert len(kms.asked) == 2


def test_the_key_is_found_when_kms_returns() -> None:
    kms = Kms(None)
    key = RunKey(RUN_KEY_ARN, kms)
    with pytest.raises(DependencyDown, match="TimeoutError"):
        key.get(0)
    kms.key = spki(ec_key("run"))
    assert key.get(5).public_numbers() == ec_key("run").public_key().public_numbers()


def test_a_key_of_another_kind_decides_nothing() -> None:
    with pytest.raises(DependencyDown, match="ValueError"):
        RunKey(RUN_KEY_ARN, Kms(spki(rsa_key("platform")))).get(0)


@mock_aws
def test_kms_gives_the_public_half(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }.items():
        monkeypatch.setenv(name, value)
    made = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    assert load_public_key(kms_public_key(made["KeyMetadata"]["Arn"])).curve.name == "secp256r1"
