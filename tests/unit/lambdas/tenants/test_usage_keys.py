from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lambdas.tenants.usage_keys import UsageKey, UsageKeys
from platform_kit.errors import DependencyUnavailable

PLANS = {"basic": "plan-b", "standard": "plan-s", "premium": "plan-p"}


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "x")


@dataclass
class FakeApiGateway:
    """Keys by id, and which plan holds which; `pages` splits the listing; `error` is raised by everything."""

    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    plans: dict[str, set[str]] = field(default_factory=lambda: {plan: set() for plan in PLANS.values()})
    page_size: int = 100
    error: Exception | None = None
    listed: int = 0

    def get_api_keys(self, **request: Any) -> dict[str, Any]:
        self._may_fail()
        self.listed += 1
        named = [key for key in self.keys.values() if key["name"].startswith(request.get("nameQuery", ""))]
        start = int(request.get("position", 0))
        page: dict[str, Any] = {"items": named[start : start + self.page_size]}
        if start + self.page_size < len(named):
            page["position"] = str(start + self.page_size)
        return page

    def create_api_key(self, **request: Any) -> dict[str, str]:
        self._may_fail()
        key = {"id": f"k{len(self.keys)}", "name": request["name"], "value": request["value"]}
        self.keys[key["id"]] = key
        return key

    def delete_api_key(self, **request: str) -> None:
        del self.keys[request["apiKey"]]

    def create_usage_plan_key(self, **request: str) -> None:
        if any(request["keyId"] in members for members in self.plans.values()):
            raise failure("ConflictException")
        self.plans[request["usagePlanId"]].add(request["keyId"])

    def get_usage_plan_key(self, **request: str) -> dict[str, str]:
        if request["keyId"] not in self.plans[request["usagePlanId"]]:
            raise failure("NotFoundException")
        return {"id": request["keyId"]}

    def delete_usage_plan_key(self, **request: str) -> None:
        self.plans[request["usagePlanId"]].discard(request["keyId"])

    def _may_fail(self) -> None:
        if self.error:
            raise self.error


def keys_of(gateway: FakeApiGateway, most_own: int = 9_000) -> UsageKeys:
    return UsageKeys(lambda: cast("Any", gateway), PLANS, "dev", most_own=most_own)


def deployed(**fields: Any) -> FakeApiGateway:
    """An account with the keys that are deployed with the plans: one for each tier to share."""
    gateway = FakeApiGateway(**fields)
    for tier in PLANS:
        gateway.create_api_key(name=f"ambit-dev-shared-{tier}", value=f"shared-{tier}")
    return gateway


def test_a_tenant_gets_one_key_in_the_plan_of_its_tier() -> None:
    gateway = FakeApiGateway()
    key = keys_of(gateway).ensure("acme", "basic")
    assert gateway.plans == {"plan-b": {key.id}, "plan-s": set(), "plan-p": set()}
    assert gateway.keys[key.id]["name"] == "ambit-dev-tenant-acme"


def test_a_repeat_finds_the_same_key() -> None:
    gateway = FakeApiGateway()
    assert keys_of(gateway).ensure("acme", "basic") == keys_of(gateway).ensure("acme", "basic")
    assert len(gateway.keys) == 1


def test_another_tier_moves_the_key() -> None:
    gateway = FakeApiGateway()
    first = keys_of(gateway).ensure("acme", "basic")
    assert keys_of(gateway).ensure("acme", "premium") == first
    assert gateway.plans == {"plan-b": set(), "plan-s": set(), "plan-p": {first.id}}


def test_tenants_with_names_that_begin_alike_have_keys_of_their_own() -> None:
    gateway = FakeApiGateway(page_size=1)
    longer = [keys_of(gateway).ensure(f"acme-{n}", "basic") for n in range(3)]
    own = keys_of(gateway).ensure("acme", "basic")
    assert own not in longer
    assert keys_of(gateway).ensure("acme", "basic") == own
    keys_of(gateway).remove("acme")
    assert set(gateway.keys) == {key.id for key in longer}


def test_removing_leaves_nothing_and_may_be_repeated() -> None:
    gateway = FakeApiGateway()
    keys_of(gateway).ensure("acme", "standard")
    for _ in range(2):
        keys_of(gateway).remove("acme")
    assert gateway.keys == {}
    assert not any(gateway.plans.values())


def test_no_two_keys_have_the_same_value() -> None:
    gateway = FakeApiGateway()
    assert len({keys_of(gateway).ensure(f"tenant-{n}", "basic").value for n in range(20)}) == 20


@pytest.mark.parametrize(
    "error", [failure("TooManyRequestsException"), EndpointConnectionError(endpoint_url="https://x")]
)
def test_what_passes_is_worth_another_try(error: Exception) -> None:
    with pytest.raises(DependencyUnavailable):
        keys_of(FakeApiGateway(error=error)).ensure("acme", "basic")


def test_what_will_not_pass_is_not_hidden() -> None:
    with pytest.raises(ClientError):
        keys_of(FakeApiGateway(error=failure("AccessDeniedException"))).ensure("acme", "basic")


# Before the account's last key


def test_from_the_threshold_on_tenants_share_the_key_of_their_tier() -> None:
    gateway = deployed()
    keys = keys_of(gateway, most_own=5)
    modes = [keys.ensure(f"tenant-{n}", "basic").mode for n in range(5)]
    assert modes == ["own", "own", "shared", "shared", "shared"]
    assert len(gateway.keys) == 5
    assert keys.ensure("late", "premium") == UsageKey("k2", "shared-premium", "shared")
    assert gateway.plans["plan-p"] == set()


def test_who_has_a_key_keeps_it_beyond_the_threshold() -> None:
    gateway = deployed()
    own = keys_of(gateway, most_own=5).ensure("acme", "basic")
    assert keys_of(gateway, most_own=1).ensure("acme", "premium") == own
    assert gateway.plans["plan-p"] == {own.id}


def test_another_tier_is_another_shared_key() -> None:
    keys = keys_of(deployed(), most_own=3)
    assert (keys.ensure("acme", "basic").value, keys.ensure("acme", "standard").value) == (
        *("shared-basic", "shared-standard"),
    )


def test_a_key_that_became_free_may_be_the_next_tenants_own() -> None:
    gateway = deployed()
    keys = keys_of(gateway, most_own=4)
    keys.ensure("acme", "basic")
    assert keys.ensure("globex", "basic").mode == "shared"
    keys.remove("acme")
    assert keys.ensure("globex", "basic").mode == "own"


def test_removing_a_tenant_that_shares_leaves_the_shared_key() -> None:
    gateway = deployed()
    keys = keys_of(gateway, most_own=3)
    keys.ensure("acme", "basic")
    keys.remove("acme")
    assert len(gateway.keys) == 3


def test_keys_that_others_made_count_too() -> None:
    gateway = deployed()
    for number in range(4):
        gateway.create_api_key(name=f"somebody-elses-{number}", value="x")
    assert keys_of(gateway, most_own=7).ensure("acme", "basic").mode == "shared"


def test_counting_reads_no_further_than_the_threshold() -> None:
    gateway = deployed(page_size=10)
    for number in range(200):
        gateway.create_api_key(name=f"x-{number}", value="x")
    keys_of(gateway, most_own=25).ensure("acme", "basic")
    assert gateway.listed == 1 + 3 + 1  # its own key, three pages of all, the shared key


def test_without_a_deployed_shared_key_nobody_gets_somebody_elses() -> None:
    with pytest.raises(DependencyUnavailable, match="basic"):
        keys_of(FakeApiGateway(), most_own=0).ensure("acme", "basic")
