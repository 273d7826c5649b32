import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from governance.dsse import IN_TOTO, NotSigned, opened, pae, sealed
from tests.audit_logs import KEY, OTHER_KEY, pem
from tests.evidence_bundles import KEY_ID, TRUSTED, signed_by

PAYLOAD = b'{"a":1}'
SEALED = sealed(PAYLOAD, signed_by(KEY), KEY_ID)


def test_what_was_sealed_is_opened() -> None:
    assert opened(SEALED, TRUSTED) == PAYLOAD


def test_the_encoding_is_that_of_the_specification() -> None:
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_another_s_reader_verifies_it() -> None:
    key = SSlibKey(KEY_ID, "ecdsa", "ecdsa-sha2-nistp256", {"public": pem(KEY).decode()})
    read = Envelope.from_dict(json.loads(json.dumps(SEALED)))
    assert set(read.verify([key], 1)) == {KEY_ID}
    assert read.payload == PAYLOAD


def change(**parts: Any) -> dict[str, Any]:
    return {**SEALED, **parts}


def signature(**parts: Any) -> dict[str, Any]:
    return change(signatures=[{**SEALED["signatures"][0], **parts}])


RAW = base64.b64decode(SEALED["signatures"][0]["sig"])
HOSTILE = {
    "no object": [],
    "another field": change(more=1),
    "a field less": {"payload": SEALED["payload"], "payloadType": IN_TOTO},
    "another type": change(payloadType="application/json"),
    "another payload": change(payload=base64.b64encode(b'{"a":2}').decode()),
    "payload in another alphabet": change(payload=base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode()),
    "payload with a second spelling": change(payload=base64.b64encode(PAYLOAD).decode().replace("=", "") + "=\n"),
    "payload of another kind": change(payload=5),
    "no signatures": change(signatures=[]),
    "signatures no list": change(signatures={}),
    "many signatures": change(signatures=SEALED["signatures"] * 9),
    "a signature that is none": change(signatures=["x"]),
    "a signature with more": signature(cert="x"),
    "a key id of another kind": signature(keyid=1),
    "an empty signature": signature(sig=""),
    "half a signature": signature(sig=base64.b64encode(RAW[:-1]).decode()),
    "a longer signature": signature(sig=base64.b64encode(RAW + b"\0").decode()),
    "a raw signature": signature(sig=base64.b64encode(signed_by(KEY)(pae(IN_TOTO, PAYLOAD))).decode()),
    "a signature of the bare payload": signature(sig=base64.b64encode(KEY.sign(PAYLOAD, ECDSA(SHA256()))).decode()),
    "another's signature": sealed(PAYLOAD, signed_by(OTHER_KEY), KEY_ID),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_nothing_else_is_opened(what: str) -> None:
    with pytest.raises(NotSigned):
        opened(HOSTILE[what], TRUSTED)


def test_one_trusted_signature_among_others_is_enough() -> None:
    others = sealed(PAYLOAD, signed_by(OTHER_KEY), "other")["signatures"]
    assert opened(change(signatures=[*others, *SEALED["signatures"]]), TRUSTED) == PAYLOAD
