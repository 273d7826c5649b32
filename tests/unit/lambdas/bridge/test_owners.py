"""Who a schedule runs as, by what the records say when its time comes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.bridge.owners import MayNot, Owners

NOW = datetime(2026, 3, 4, tzinfo=UTC)
LATER, BEFORE = "2026-03-05T00:00:00.000Z", "2026-03-03T00:00:00.000Z"
LIVE = [{"expiresAt": NOW.timestamp() + 60}]
KEY = {"status": "active", "secrets": LIVE, "scopes": ["agents:invoke"], "agents": ["echo-agent"], "environment": "dev"}


class Records:
    """One record, whoever is asked for."""

    def __init__(self, record: Any) -> None:
        self.record = record

    def of_principal(self, _: str) -> Any:
        return self.record

    find = of_principal


def who(principal: str, record: Any, **vouched: Any) -> Any:
    told = {"credential": "jwt", "roles": ["Tenant.Developer"], "until": LATER, "member": False, **vouched}
    records: Any = Records(record)
    return Owners(records, records).of({"principalId": principal, "vouched": told}, "acme", "basic", NOW)


def member(status: str, *roles: str) -> dict[str, Any]:
    return {"status": status, "roles": list(roles)}


def test_a_member_has_the_roles_of_the_record_and_for_a_while_those_of_the_token() -> None:
    assert who("usr:1:a", member("active", "Tenant.Admin"), until=BEFORE).roles == {"Tenant.Admin"}
    assert who("usr:1:a", member("active", "Tenant.Admin")).roles == {"Tenant.Admin", "Tenant.Developer"}
    assert who("usr:1:a", None).roles == {"Tenant.Developer"}


@pytest.mark.parametrize(
    ("record", "vouched"),
    [
        (member("disabled", "Tenant.Admin"), {}),
        (member("active", "Tenant.Viewer"), {"until": BEFORE}),
        (None, {"member": True}),
        (None, {"until": BEFORE}),
        (None, {"roles": ["Tenant.Viewer"]}),
        (None, {"roles": ["Platform.Admin"]}),
    ],
)
def test_who_may_not_run_agents_now_runs_none(record: Any, vouched: dict[str, Any]) -> None:
    with pytest.raises(MayNot):
        who("usr:1:a", record, **vouched)


def test_a_key_has_what_its_record_says() -> None:
    found = who("key:key_1", {**KEY, "ratePerSecond": 3, "domains": ["hr"]})
    assert (found.credential, found.agents, found.domains, found.environment) == ("key", {"echo-agent"}, {"hr"}, "dev")
    assert (found.rate_per_second, found.roles) == (3, frozenset())


@pytest.mark.parametrize(
    "change", [{"status": "revoked"}, {"secrets": [{"expiresAt": 1}]}, {"secrets": []}, {"scopes": ["runs:read"]}]
)
def test_a_key_that_ended_or_lost_its_scope_runs_nothing(change: dict[str, Any]) -> None:
    with pytest.raises(MayNot):
        who("key:key_1", {**KEY, **change})
    with pytest.raises(MayNot):
        who("key:key_1", None)
