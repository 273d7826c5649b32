from datetime import UTC, datetime
from typing import Any

import pytest

from governance.webhooks.gate import FAILURES, Gate, leave
from lambdas.webhooks.views import delivery_of, endpoint_of
from platform_kit.identity import Identity

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
AT = "2026-11-22T10:00:00.000Z"
RECORD: dict[str, Any] = {
    "webhookId": "whk_1",
    "url": "https://hooks.test:8443/services/T0/SECRET?key=1",
    "events": ["*"],
    "status": "active",
    "secrets": [{"secret": "whsec_a", "createdAt": 0}, {"secret": "whsec_b", "createdAt": 0, "expiresAt": 1}],
    "createdBy": "usr:1:ada",
    "createdAt": AT,
    "updatedAt": AT,
    "etag": 4,
}


def who(role: str) -> Identity:
    return Identity("usr:1:ada", "acme", frozenset({role}), "standard", "jwt")


def test_an_endpoint_is_shown_without_its_secrets() -> None:
    shown = endpoint_of(RECORD, Gate(), who("Tenant.Admin"), NOW)
    assert "whsec" not in repr(shown)
    assert (shown["version"], shown["circuit"], len(shown["secrets"])) == (4, "closed", 1)


@pytest.mark.parametrize("role", ["Tenant.Viewer", "Tenant.Developer"])
def test_others_than_administrators_see_its_host(role: str) -> None:
    shown = endpoint_of(RECORD, Gate(), who(role), NOW)
    assert shown["url"] == "https://hooks.test:8443/…"
    assert endpoint_of({**RECORD, "url": "nonsense SECRET"}, Gate(), who(role), NOW)["url"] == "…"


def test_one_that_is_spared_is_said_to_be() -> None:
    gate, now = Gate(), int(NOW.timestamp() * 1000)
    for number in range(FAILURES):
        gate = leave(gate, f"dlv_{number}", now, succeeded=False)
    assert endpoint_of(RECORD, gate, who("Tenant.Admin"), NOW)["circuit"] == "open"


def test_a_delivery_says_when_it_is_tried_next_while_it_goes_on() -> None:
    names = ("deliveryId", "webhookId", "eventId", "type", "body", "createdAt")
    record = {**dict.fromkeys(names, "x"), "round": 1, "attempt": 2, "attempts": [], "nextAt": 1_795_341_600_000}
    assert delivery_of({**record, "status": "pending"})["nextAttemptAt"] == "2026-11-22T10:00:00.000Z"
    assert "nextAttemptAt" not in delivery_of({**record, "status": "failed", "failure": "x"})
