"""Rules of the service that need no table."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from data_access_lib.errors import StaleVersion
from governance.approvals import Status
from lambdas.approvals.models import Decide
from lambdas.approvals.service import _as_seen, _concerns, _draft, _interested
from platform_kit.identity import Identity

RECORD = {"approvalId": "apr_1", "etag": 2, "digest": "d" * 64, "agent": "echo-agent", "environment": "prod"}
RECORD |= {"kind": "tool", "domain": "general", "startedBy": "usr:1:ada"}


@dataclass
class Book:
    found: dict[str, Any] | None

    def find(self, _owner_id: str) -> dict[str, Any] | None:
        return self.found


def interested(started_by: str, found: dict[str, Any] | None) -> list[str]:
    chamber = SimpleNamespace(keys=Book(found), callers=Book(found))
    return [*_interested(cast("Any", chamber), started_by)]


def test_for_a_machine_its_maker_is_interested_too() -> None:
    made = {"createdBy": "usr:1:bob"}
    assert interested("key:key_1", made) == ["key:key_1", "usr:1:bob"]
    assert interested("aws:awc_1", made) == ["aws:awc_1", "usr:1:bob"]
    assert interested("usr:1:ada", made) == ["usr:1:ada"]
    assert interested("key:key_1", None) == ["key:key_1"]


@pytest.mark.parametrize(("digest", "seen"), [("e" * 64, None), (None, 1), (None, 3), ("d" * 64, 1)])
def test_what_was_not_looked_at_is_not_decided(digest: str | None, seen: int | None) -> None:
    wanted = Decide(decision="approve", reason="x", digest=digest)
    with pytest.raises(StaleVersion):
        _as_seen(RECORD, wanted, seen)
    _as_seen(RECORD, Decide(decision="approve", reason="x", digest="d" * 64), 2)


def test_people_see_all_and_machines_what_they_are_for() -> None:
    person = Identity("usr:1:ada", "acme", frozenset({"Tenant.Viewer"}), "basic", "jwt", environment="dev")
    machine = Identity("key:1", "acme", frozenset(), "basic", "key", agents=frozenset({"other"}))
    assert [_concerns(who, RECORD) for who in (person, machine)] == [True, False]


def test_the_audit_has_the_decision_and_its_reason() -> None:
    draft = _draft(RECORD, Decide(decision="deny", reason="not now"), "Tenant.Admin", Status.DENIED)
    assert (draft.action, draft.target, draft.decision) == ("approval.decided", "apr_1", "denied")
    assert draft.detail["reason"] == "not now"
    assert "arguments" not in draft.detail
