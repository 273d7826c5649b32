from typing import Any

import pytest

from lambdas.members.views import invite_reply, member_reply, state_of

NOW = "2026-03-04T05:06:07.890Z"
LATER = "2026-03-04T05:06:07.891Z"
INVITE: dict[str, Any] = {
    "inviteId": "inv_1",
    "email": "a@b.test",
    "roles": ["Tenant.Viewer"],
    "tokenDigest": "digest",
    "createdBy": "usr:1:ada",
    "createdAt": "2026-03-01T00:00:00.000Z",
    "expiresAt": LATER,
    "status": "open",
}


@pytest.mark.parametrize(
    ("status", "expires", "state"),
    [
        ("open", LATER, "open"),
        ("open", NOW, "expired"),
        ("accepted", NOW, "accepted"),
        ("withdrawn", NOW, "withdrawn"),
    ],
)
def test_an_open_invite_whose_time_is_over_has_expired(status: str, expires: str, state: str) -> None:
    assert state_of({"status": status, "expiresAt": expires}, NOW) == state


def test_an_invite_is_shown_without_its_tokens_hash() -> None:
    shown = invite_reply(INVITE, NOW).model_dump(by_alias=True, exclude_none=True)
    assert "digest" not in str(shown)
    assert shown == {k: v for k, v in INVITE.items() if k not in {"tokenDigest", "status"}} | {"state": "open"}


def test_a_member_is_shown_whole() -> None:
    record = {"userId": "usr_1", "principalId": "usr:1:bob", "email": "a@b.test", "roles": ["Tenant.Admin"]}
    record |= {"status": "active", "invitedBy": "usr:1:ada", "createdAt": "x", "updatedAt": "y"}
    assert member_reply({**record, "etag": 3}).model_dump(by_alias=True) == record
