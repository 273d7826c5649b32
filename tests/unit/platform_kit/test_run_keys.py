import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from platform_kit.run_keys import RunKey, RunKeyUnavailable
from tests.authority import RUN_KEY_ARN, RUN_KEY_ID, ec_key


class Kms:
    def __init__(self) -> None:
        self.asked = 0
        self.down = False

    def __call__(self, key_arn: str) -> bytes:
        self.asked += 1
        if self.down:
            raise TimeoutError(key_arn)
        return bytes(ec_key("run").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def test_a_key_is_asked_for_once_and_known_by_its_id() -> None:
    kms = Kms()
    key = RunKey(RUN_KEY_ARN, kms)
    assert key.get(0) is key.get(10**6)
    assert (key.key_id, kms.asked) == (RUN_KEY_ID, 1)


def test_a_failure_is_told_without_its_text_and_not_repeated_for_five_seconds() -> None:
    kms = Kms()
    kms.down = True
    key = RunKey(RUN_KEY_ARN, kms)
    with pytest.raises(RunKeyUnavailable, match=r"^run token key: TimeoutError$"):
        key.get(0)
    kms.down = False
    with pytest.raises(RunKeyUnavailable, match=r"^run token key$"):
        key.get(4)
    assert key.get(5) is not None
    assert kms.asked == 2
