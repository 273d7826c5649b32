import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from governance.public_keys import MOST_PEM, NoKey, holds, public_key
from tests.audit_logs import KEY, OTHER_KEY, signer
from tests.tool_packs import pem_of

PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
RSA = rsa.generate_private_key(65537, 2048).public_key()
SECP112R1 = "MDIwEAYHKoZIzj0CAQYFK4EEAAYDHgAEAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=="
WRONG = {
    "nothing": "",
    "words": "a key",
    "a private key": PRIVATE,
    "another curve": pem_of(ec.generate_private_key(ec.SECP384R1())),
    "another kind": RSA.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    "a curve that nobody supports": f"-----BEGIN PUBLIC KEY-----\n{SECP112R1}\n-----END PUBLIC KEY-----\n",
    "too long": pem_of(KEY) + "\n" * MOST_PEM,
    "another alphabet": pem_of(KEY).replace("A", "\u0410"),
}


@pytest.mark.parametrize("what", WRONG)
def test_nothing_else_is_a_key(what: str) -> None:
    with pytest.raises(NoKey):
        public_key(WRONG[what])


def test_a_key_is_known_by_what_it_is_however_it_is_spelled() -> None:
    pem = pem_of(KEY)
    assert public_key(pem) == public_key(f"\n{pem}\n") == public_key(pem.replace("\n", "\r\n"))
    assert public_key(pem).key_id != public_key(pem_of(OTHER_KEY)).key_id
    assert public_key(pem).pem == pem


def test_only_its_own_signature_of_the_very_message_holds() -> None:
    raw = signer(KEY)(b"message")
    assert holds(pem_of(KEY), b"message", raw)
    assert not holds(pem_of(OTHER_KEY), b"message", raw)
    assert not holds(pem_of(KEY), b"massage", raw)
    assert not holds(pem_of(KEY), b"message", bytes(64))
