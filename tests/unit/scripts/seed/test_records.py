from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from governance.flags import CAPABILITIES, evaluate
from lambdas.authoriser.records import issuer_from, tenant_from
from scripts.seed.records import flag_record, issuer_record, platform_record, switch_on

ISS = "http://127.0.0.1:8090/oidc"


def test_the_authoriser_reads_the_platforms_record() -> None:
    tenant = tenant_from(platform_record("key", "agents-key"))
    assert (tenant.tenant_id, tenant.status) == ("platform", "active")
    assert (tenant.usage_key, tenant.agents_usage_key) == ("key", "agents-key")


def test_only_the_platforms_issuer_may_vouch_for_platform_roles() -> None:
    ours, theirs = (issuer_from(issuer_record(ISS, "j", bound), "ambit-api") for bound in ("platform", "globex"))
    assert ours.allow_platform_roles
    assert "Platform.Operator" in ours.allowed_roles
    assert not theirs.allow_platform_roles
    assert not any(role.startswith("Platform.") for role in theirs.allowed_roles)
    assert theirs.bound_to == "globex"
    assert theirs.active


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_fresh_platform_has_every_capability_for_everybody(name: str) -> None:
    assert evaluate(flag_record(name, "d"), "acme", "basic", "echo-agent")


class FlagTable:
    """A table that takes an item only once."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

        class Taken(Exception):
            pass

        self.meta = SimpleNamespace(
            client=SimpleNamespace(exceptions=SimpleNamespace(ConditionalCheckFailedException=Taken))
        )

    def put_item(self, *, Item: dict[str, Any], ConditionExpression: str) -> None:  # noqa: N803 - boto3's names
        assert ConditionExpression == "attribute_not_exists(pk)"
        if Item["sk"] in self.items:
            raise self.meta.client.exceptions.ConditionalCheckFailedException
        self.items[Item["sk"]] = Item


def test_seeding_again_leaves_what_an_operator_has_set() -> None:
    table = FlagTable()
    table.items["agents.invoke"] = {"enabled": False}
    switch_on(table)
    assert set(table.items) == set(CAPABILITIES)
    assert table.items["agents.invoke"] == {"enabled": False}
