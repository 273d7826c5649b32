from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from governance.packs import Manifest
from governance.public_keys import public_key
from lambdas.tools.desk import Desk
from lambdas.tools.packs import Signers, shown, unchanged
from platform_kit.errors import Conflict, NotFound, Unprocessable
from tests.audit_logs import KEY, OTHER_KEY, signer
from tests.tool_packs import manifest, pem_of, signed

KEY_ID = public_key(pem_of(KEY)).key_id
ACTIVE = {"keyId": KEY_ID, "publisher": "acme-tools", "publicKey": pem_of(KEY), "status": "active"}
PACK = Manifest.model_validate(manifest())


@dataclass
class Publishers:
    """Keys by their ids; what is no thumbprint is not found, as by the keys of the table."""

    known: dict[str, dict[str, Any]] = field(default_factory=lambda: {KEY_ID: ACTIVE})

    def find(self, key_id: str) -> dict[str, Any] | None:
        if len(key_id) != 64:
            raise NotFound("There is no such publisher key.")
        return self.known.get(key_id)


def signers(**change: Any) -> Signers:
    publishers = Publishers({KEY_ID: {**ACTIVE, **change}})
    return Signers(Desk(*cast("Any", (None, None, publishers, None, None))))


def test_a_known_key_verifies_what_it_signed_and_is_remembered() -> None:
    by = signers()
    assert by.verify(KEY_ID, b"message", signer(KEY)(b"message"))
    assert by.key == ACTIVE
    assert not by.verify(KEY_ID, b"massage", signer(KEY)(b"message"))


@pytest.mark.parametrize("key_id", ["", "x", "0" * 64])
def test_an_unknown_key_verifies_nothing(key_id: str) -> None:
    assert not signers().verify(key_id, b"message", signer(KEY)(b"message"))


def test_a_revoked_key_verifies_nothing_and_is_named() -> None:
    by = signers(status="revoked")
    with pytest.raises(Unprocessable) as refused:
        by.open(signed(manifest(), KEY))
    assert refused.value.errors[0].pointer == "/signatures"
    assert KEY_ID in refused.value.errors[0].message


def test_a_status_that_nobody_knows_is_not_active() -> None:
    assert not signers(status="Active").verify(KEY_ID, b"message", signer(KEY)(b"message"))


def test_a_forger_who_names_a_revoked_key_does_not_learn_of_it() -> None:
    envelope = signed(manifest(), OTHER_KEY)
    envelope["signatures"][0]["keyid"] = KEY_ID
    with pytest.raises(Unprocessable) as refused:
        signers(status="revoked").open(envelope)
    assert "revoked" not in str(refused.value.errors)


HEAD = {"name": "crm", "versions": {"1.2.0": {"digest": PACK.digest}, "1.10.0": {"digest": "e" * 64}}}


def test_what_is_kept_must_be_what_was_published() -> None:
    assert unchanged(HEAD, "1.2.0", PACK) == PACK
    for head, version, found in (
        (HEAD, "1.10.0", PACK),
        (HEAD, "1.3.0", PACK),
        (HEAD, "1.2.0", None),
        ({**HEAD, "name": "other"}, "1.2.0", PACK),
    ):
        with pytest.raises(Conflict):
            unchanged(head, version, found)


def test_versions_are_shown_from_the_newest_on() -> None:
    note = {"digest": "d", "keyId": KEY_ID, "publishedAt": "2026-11-22T00:00:00.000Z"}
    versions = dict.fromkeys(("1.9.0", "1.10.0", "1.10.0-rc.1"), note)
    head = {"name": "crm", "publisher": "x", "description": "d", "newest": "1.10.0", "versions": versions}
    assert [one.version for one in shown(head).versions] == ["1.10.0", "1.10.0-rc.1", "1.9.0"]
