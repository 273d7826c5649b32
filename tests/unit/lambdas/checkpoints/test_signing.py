from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from governance.audit.checkpoint import signature_holds
from lambdas.checkpoints.signing import public_key, seal_of
from tests.audit_logs import KEY, attested, log, pem

ARN = "arn:aws:kms:us-east-1:123456789012:key/k-1"


class Kms:
    """One key, as KMS keeps it."""

    asked = 0

    def sign(self, **request: Any) -> dict[str, bytes]:
        told = (request["KeyId"], request["MessageType"], request["SigningAlgorithm"])
        assert told == (ARN, "DIGEST", "ECDSA_SHA_256")
        return {"Signature": KEY.sign(request["Message"], ec.ECDSA(Prehashed(SHA256())))}

    def get_public_key(self, **_request: Any) -> dict[str, bytes]:
        self.asked += 1
        return {"PublicKey": KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)}


def test_what_kms_signs_holds_by_its_public_key_which_is_read_once() -> None:
    kms = Kms()
    seal = seal_of(lambda: kms, ARN)
    raw = seal.sign(b"message")
    assert len(raw) == 64
    assert seal.verify("k-1", b"message", raw)
    assert not seal.verify("k-2", b"message", raw)
    assert not seal.verify("k-1", b"another", raw)
    assert not seal.verify("k-1", b"message", raw[:-1] + bytes([raw[-1] ^ 1]))
    assert kms.asked == 1


def test_the_public_key_is_handed_out_as_pem() -> None:
    assert public_key(Kms, ARN).model_dump(by_alias=True) == {
        "keyId": "k-1",
        "algorithm": "ES256",
        "pem": pem().decode(),
    }


@pytest.mark.parametrize("signature", ["", "AAAA", "A" * 86])
def test_a_signature_of_zeros_or_of_another_length_is_none(signature: str) -> None:
    from dataclasses import replace

    (point,) = attested(log(2), [2])
    assert not signature_holds(replace(point, signature=signature), seal_of(Kms, ARN).verify)
