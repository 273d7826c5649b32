import hashlib
import json
from dataclasses import asdict, replace
from typing import Any, cast

import pytest

from data_access_lib.inventory import KINDS
from lambdas.lifecycle.certificate import Facts, certify, written
from lambdas.lifecycle.deletion import DeletionCursor
from lambdas.lifecycle.models import PlatformRecords
from tests.stores import START
from tests.unit.lambdas.tenants.tenants_fakes import FakeTenants

NOBODY = cast("Any", None)
OPERATION = {"operationId": "opn_" + "0" * 32, "requestedBy": "usr:1:ops", "createdAt": "2026-03-04T05:00:00.000Z"}


class Kept:
    """A platform that remembers in which order it was told what."""

    def __init__(self) -> None:
        self.tenants = FakeTenants()
        self.tenants.put(status="deleting", adminEmail="a@b.example", usageKey="hush", suspensionReason="unpaid")
        self.log: list[tuple[str, Any]] = []

    def append(self, draft: Any) -> None:
        self.log.append(("audit", draft))

    def keep(self, key: str, body: bytes) -> None:
        self.log.append((key, body))


KEY = {"arn": "arn:1", "state": "PendingDeletion", "deletedAt": "2026-03-11T05:06:07.890Z"}


def facts(kept: Kept, *held: dict[str, str]) -> Facts:
    cursor = DeletionCursor(phase="certify", closed_at="c", items={"RUN": 2}, versions=3, runs=1, sweep={"found": 0})
    cursor = replace(cursor, data_keys=2 * len(held), shredded={"at": "s", "keys": list(held)})
    return Facts(OPERATION, kept.tenants.get("acme"), asdict(cursor), START)


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_it_says_what_is_kept_why_and_until_when(kept: Kept) -> None:
    told = {entry["what"].partition(":")[0]: entry for entry in written(facts(kept))["kept"]}
    assert {kind.name for kind in KINDS if kind.kept} < told.keys()
    assert (told["AUDIT"]["until"], told["SECURITY"]["until"]) == ("2036-03-04", "2027-04-08")
    assert written(facts(kept))["backups"]["until"] == "2026-04-08"


def test_it_says_which_keys_are_gone_and_when_and_what_that_makes_of_backups(kept: Kept) -> None:
    told = written(facts(kept, KEY))
    keys = {name: value for name, value in told["keys"].items() if name != "what"}
    assert keys == {"shreddedAt": "s", "kms": [KEY], "dataKeysErased": 2}
    assert "cannot be read" in told["backups"]["sealed"]


def test_it_does_not_say_that_what_was_never_sealed_cannot_be_read(kept: Kept) -> None:
    told = written(facts(kept))
    assert (told["keys"]["kms"], told["keys"]["dataKeysErased"]) == ([], 0)
    assert "cannot be read" not in told["backups"]["sealed"]
    assert "no key of its own" in told["backups"]["sealed"]


def test_it_is_stored_audited_and_then_the_record_becomes_a_tombstone(kept: Kept) -> None:
    platform = PlatformRecords(cast("Any", kept.tenants), NOBODY, NOBODY, cast("Any", kept), kept.keep, NOBODY, NOBODY)
    result = certify(facts(kept), platform)
    (place, body), (_, draft) = kept.log
    assert place == result["certificate"] == f"certificates/acme/{OPERATION['operationId']}.json"
    assert hashlib.sha256(body).hexdigest() == result["sha256"] == draft.detail["sha256"]
    assert json.loads(result["document"]) == json.loads(body)
    assert (draft.action, draft.target) == ("tenant.deleted", "acme")
    record = kept.tenants.records["acme"]
    assert record["status"] == "deleted"
    assert record.keys() == {
        *("tenantId", "name", "status", "tier", "residency", "createdAt", "updatedAt", "deletedAt", "etag"),
    }
    assert record["name"] == "acme"
