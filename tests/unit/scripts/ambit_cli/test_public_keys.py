import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scripts.ambit_cli.public_keys import verifier
from tests.audit_logs import KEY, OTHER_KEY, pem
from tests.evidence_bundles import signed_by


def test_only_keys_on_the_right_curve_are_taken() -> None:
    with pytest.raises(ValueError, match="P-256"):
        verifier([pem(ec.generate_private_key(ec.SECP384R1()))])
    with pytest.raises(ValueError, match=r".+"):
        verifier([b"no key"])


def test_any_of_the_keys_may_have_signed() -> None:
    verify, raw = verifier([pem(KEY), pem(OTHER_KEY)]), signed_by(OTHER_KEY)(b"message")
    assert verify("whatever it is called", b"message", raw)
    assert not verify("", b"another message", raw)
    assert not verifier([pem(KEY)])("", b"message", raw)
