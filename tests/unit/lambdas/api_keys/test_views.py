from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.api_keys.views import key_reply

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = int(NOW.timestamp())


def secret(prefix: str, ends: int) -> dict[str, Any]:
    return {"digest": "a" * 64, "prefix": prefix, "createdAt": SECOND - 9, "expiresAt": SECOND + ends}


def record(**changes: Any) -> dict[str, Any]:
    plain = {"keyId": "key_1", "status": "active", "expiresAt": SECOND + 60, "etag": 3}
    return {**plain, "secrets": [secret("amb_new0", 60), secret("amb_old0", 5), secret("amb_gone", 0)], **changes}


def test_a_key_is_shown_with_the_secrets_that_may_still_be_used() -> None:
    shown = key_reply(record(), NOW)
    assert [one["prefix"] for one in shown["secrets"]] == ["amb_new0", "amb_old0"]
    assert (shown["expiresAt"], shown["status"]) == ("2026-01-01T00:01:00.000Z", "active")
    assert shown["secrets"][1]["expiresAt"] == "2026-01-01T00:00:05.000Z"
    assert "etag" not in shown
    assert "a" * 64 not in str(shown)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, "active"), ({"expiresAt": SECOND}, "expired"), ({"status": "revoked", "expiresAt": SECOND}, "revoked")],
)
def test_a_status_is_that_of_the_moment(changes: dict[str, Any], status: str) -> None:
    assert key_reply(record(**changes), NOW)["status"] == status


def test_a_revoked_key_has_no_secrets() -> None:
    assert key_reply(record(status="revoked"), NOW)["secrets"] == []
