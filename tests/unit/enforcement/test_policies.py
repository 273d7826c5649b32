from dataclasses import replace
from typing import Any

import pytest

from data_access_lib.errors import StoreUnavailable
from enforcement.errors import PolicyRefused, PolicyUnavailable
from enforcement.policies import CACHE_SECONDS, Judgement, PoliciesInForce, calls_of
from governance.policy.rules import Answer
from lambdas.gateway.tool_calls import call_tool
from tests.unit.lambdas.gateway.gateway_fakes import FakeVersions, World, asked, in_force, world

WRITE = asked("files.write", name="a.txt", contentType="text/plain", text="x")


def bound(override: object) -> dict[str, Any]:
    return {"policyId": "pol_1", "version": 3, "override": override}


def answer(found: World, override: object = None) -> Answer:
    found.policies.bound = [] if override is None else [bound(override)]
    decision = in_force().of(found.desk).decide(found.desk, found.runs.record, WRITE.action)
    return decision.decision.decision


def test_what_is_in_force_is_read_once_in_fifteen_seconds() -> None:
    now, versions, found = [0.0], FakeVersions(), world()
    policies = PoliciesInForce(lambda: versions, monotonic=lambda: now[0])  # type: ignore[arg-type,return-value]  # the part that is used
    for moment in (0.0, CACHE_SECONDS - 0.1, CACHE_SECONDS):
        now[0] = moment
        policies.of(found.desk)
    assert found.policies.reads == 2


def test_of_too_many_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enforcement.policies._BOUND", 1)
    policies, one, two = in_force(), world(), world()
    two_desk = two.desk
    object.__setattr__(two_desk, "binding", type(two_desk.binding)("run_x", "other", "ver_1", "ses_1", "sync"))
    for desk in (one.desk, two_desk, one.desk):
        policies.of(desk)
    assert (one.policies.reads, two.policies.reads) == (2, 1)


def test_what_fails_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    policies, found = in_force(), world()

    def fails(_agent: str) -> Any:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(found.policies, "in_force", fails)
        with pytest.raises(PolicyUnavailable):
            policies.of(found.desk)
    assert policies.of(found.desk).policy == {}


@pytest.mark.parametrize("versions", [FakeVersions(None), FakeVersions([]), FakeVersions({"policy": "x"})])
def test_a_version_that_is_not_there_or_makes_no_sense_is_no_policy(versions: FakeVersions) -> None:
    if versions.manifest == []:
        versions.manifest = ["x"]
    with pytest.raises(PolicyUnavailable):
        in_force(versions).of(world().desk)


def test_the_narrowest_policy_is_told() -> None:
    found = world()
    found.policies.bound = [bound({}), {**bound({}), "policyId": "pol_2"}]
    policy = in_force().of(found.desk)
    decision = policy.decide(found.desk, found.runs.record, WRITE.action)
    told = policy.told(decision.decision)
    assert told.pop("explanation") == decision.decision.explanation
    assert told == {"ruleId": "allow-granted", "risk": "medium", "policyId": "pol_2", "version": 3}


def test_what_a_run_has_used_counts_against_it() -> None:
    assert answer(world()) is Answer.ALLOW
    assert answer(world(**{calls_of(WRITE.action.tool): 200})) is Answer.DENY
    assert answer(world(inputTokens=1_000_000)) is Answer.DENY
    assert answer(world(startedAt="2025-01-02T03:04:05.000Z")) is Answer.DENY
    assert answer(world(), {"maxCostPerRun": "0.00002"}) is Answer.DENY


@pytest.mark.parametrize("record", [{"priceVersion": "x"}, {"startedAt": "x"}, {"inputTokens": -1}])
def test_a_cost_that_cannot_be_told_allows_nothing(record: dict[str, Any]) -> None:
    with pytest.raises(PolicyUnavailable):
        answer(world(**record))


def test_a_tier_below_the_tools_is_denied() -> None:
    found = world()
    found.tier = "none"
    assert answer(found) is Answer.DENY


def test_an_argument_counts_as_given_only_when_it_was() -> None:
    grant = {"name": "files.write", "constraints": [{"argument": "/data", "maxLength": 5}]}
    assert answer(world(), {"tools": [grant]}) is Answer.DENY


def test_a_call_that_was_overtaken_is_decided_again_on_what_others_used(monkeypatch: pytest.MonkeyPatch) -> None:
    found = world()
    found.policies.bound = [bound({"tools": [{"name": "files.write", "maxCallsPerRun": 1}]})]
    found.runs.log.late = 1
    wrote = found.runs.record | {calls_of(WRITE.action.tool): 1}
    monkeypatch.setattr(found.runs, "get", lambda *_, **__: {**found.runs.record} if found.runs.log.late else wrote)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(PolicyRefused) as refused:
        call_tool(found.desk, in_force().of(found.desk), WRITE)
    assert refused.value.decision.rule_id == "deny-call-limit"
    assert found.objects.stored == {}
    assert [draft.event for draft in found.runs.log.drafts] == ["policy"]


def test_a_refusal_says_its_code_and_whose_approval() -> None:
    found = world()
    found.policies.bound = [bound({"autonomyTier": 0})]
    with pytest.raises(PolicyRefused) as refused:
        call_tool(found.desk, in_force().of(found.desk), WRITE)
    assert refused.value.as_dict()["code"] == "NEEDS_APPROVAL"
    assert "Tenant.Developer" in refused.value.detail


def beside(found: World, shadow: object) -> Judgement:
    found.policies.bound = [{**bound({}), "shadow": shadow}]
    return in_force().of(found.desk).decide(found.desk, found.runs.record, WRITE.action)


def test_what_is_in_shadow_is_told_where_it_differs_and_decides_nothing() -> None:
    judged = beside(world(), {"tools": []})
    assert judged.decision.decision is Answer.ALLOW
    assert judged.told()["shadow"] == {"decision": "DENY", "ruleId": "deny-not-granted"}
    assert "shadow" not in beside(world(), {}).told()
    assert "shadow" not in beside(world(), None).told()


def test_a_shadow_that_fails_differs_in_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert beside(world(), {"no": "such key"}).change is None
    found = world()
    found.policies.bound = [{**bound({}), "shadow": {"tools": []}}]
    policy = in_force().of(found.desk)
    assert policy.candidate is not None
    broken = replace(policy, candidate=replace(policy.candidate, engine=None))  # type: ignore[arg-type]  # that is the point
    judged = broken.decide(found.desk, found.runs.record, WRITE.action)
    assert (judged.decision.decision, judged.change) == (Answer.ALLOW, None)


def test_a_decision_says_what_it_was_made_on() -> None:
    found = world(**{calls_of(WRITE.action.tool): 2})
    basis = beside(found, None).basis
    assert (basis["calls"], basis["tainted"]) == (2, False)
    assert basis["cost"] > 0
