"""Another override held against what runs have asked for, and beside what is in force: attacks first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from lambdas.gateway import handler as gateway_handler
from tests.functional.gateway.conftest import World as Gateway
from tests.functional.gateway.conftest import gateway_on_moto
from tests.functional.moto_platform import Answer, machine
from tests.functional.policies.conftest import ADMIN, GLOBEX, PUT, READ_ONLY, SHOW, VIEWER, World, publish

AGENT: Final = "echo-agent"
SIMULATE: Final = "POST /v1/policy/simulate"
CEDAR: Final = "GET /v1/policy/cedar"
NOTE: Final = {"name": "a.txt", "contentType": "text/plain", "text": "quarterly figures"}
BOUNDED: Final = {"name": "files.write", "constraints": [{"argument": "/text", "maxLength": 3}]}


@dataclass
class Both:
    """The gateway that decides, and the API that asks what would have been."""

    gateway: Gateway
    policies: World

    def write(self, run: dict[str, Any], **changes: Any) -> bool:
        """Whether a file could be written."""
        result = self.gateway.tool(run, "files.write", **{**NOTE, **changes}).json["result"]
        return result["isError"] is False

    def simulate(self, override: object, who: Any = ADMIN, **more: Any) -> Answer:
        return self.policies.ask(SIMULATE, who, body={"agent": AGENT, "override": override, **more})

    def told(self, run: dict[str, Any], name: str) -> list[dict[str, Any]]:
        return [event["payload"] for event in self.gateway.events(run) if event["event"] == name]


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    from lambdas.policies import handler

    with gateway_on_moto(monkeypatch) as gateway:
        for function in (handler.build, handler._dynamodb, handler._secrets):
            function.cache_clear()  # type: ignore[attr-defined]  # functools.cache
        publish({"tools": ["files.read", "files.write"]}, AGENT)
        yield Both(gateway, World())
        handler.build.cache_clear()


def test_another_tenants_runs_are_no_part_of_a_simulation(both: Both) -> None:
    assert both.write(both.gateway.start())
    found = both.simulate(READ_ONLY, GLOBEX)
    assert (found.status, found.json["total"], found.json["runs"], found.json["changes"]) == (200, 0, 0, [])
    assert both.simulate(READ_ONLY, GLOBEX, tenantId="acme").status == 400


def test_only_who_may_change_policies_simulates(both: Both) -> None:
    reader, other = machine("acme", "policies:read"), machine("acme", "policies:write", agents="other-agent")
    assert both.simulate({}, VIEWER).status == both.simulate({}, reader).status == 403
    assert both.simulate({}, other).status == 422


def test_a_machine_sees_the_runs_of_its_environment_alone(both: Both) -> None:
    for environment in ("prod", "staging"):
        both.write(both.gateway.start(environment=environment))
    key = machine("acme", "policies:write", agents=AGENT)
    assert both.simulate({}).json["runs"] == 2
    assert both.simulate({}, key).json["runs"] == 1


@pytest.mark.parametrize("override", [{"autonomyTier": 5}, {"tools": [{"name": "*"}]}], ids=["tier", "tools"])
def test_what_would_widen_is_neither_simulated_nor_put_in_shadow(both: Both, override: dict[str, Any]) -> None:
    assert both.simulate(override).status == 422
    policy = both.policies.create(agent=AGENT)
    body, headers = {"override": {}, "shadow": override}, {"If-Match": '"1"'}
    put = both.policies.ask(PUT, path={"id": policy["policyId"]}, body=body, headers=headers)
    assert put.status == 422
    assert put.json["errors"][0]["pointer"].startswith("/shadow/")
    assert both.policies.ask(SHOW, path={"id": policy["policyId"]}).json["version"] == 1


@pytest.mark.parametrize("runs", [0, 101, "5", True])
def test_no_more_than_a_hundred_runs_are_asked_for(both: Both, runs: object) -> None:
    assert both.simulate({}, runs=runs).status == 400


def test_what_is_in_shadow_never_allows_and_never_denies(both: Both) -> None:
    run = both.gateway.start()
    both.policies.create(agent=AGENT, override=READ_ONLY, shadow={})
    assert not both.write(run)
    [refused] = both.told(run, "policy")
    assert (refused["decision"], refused["shadow"]) == ("DENY", {"decision": "ALLOW", "ruleId": "allow-granted"})
    gateway_handler.build.cache_clear()
    both.policies.put(both.policies.ask("GET /v1/policies").json["items"][0]["policyId"], 1, {})
    policy_id = both.policies.ask("GET /v1/policies").json["items"][0]["policyId"]
    body = {"override": {}, "shadow": {"tools": []}}
    both.policies.ask(PUT, path={"id": policy_id}, body=body, headers={"If-Match": '"2"'})
    assert both.write(run)
    [call] = both.told(run, "call")
    assert call["shadow"] == {"decision": "DENY", "ruleId": "deny-not-granted"}
    assert call["policy"]["version"] == 3


def test_what_differs_in_shadow_is_counted(both: Both, capsys: pytest.CaptureFixture[str]) -> None:
    run = both.gateway.start()
    both.policies.create(agent=AGENT, override={}, shadow=READ_ONLY)
    assert both.write(run)
    assert '"PolicyShadowDiffers"' in (out := capsys.readouterr().out)
    assert '"direction":"stricter"' in out.replace(" ", "")


def test_a_version_without_a_shadow_ends_it(both: Both) -> None:
    policy = both.policies.create(agent=AGENT, override={}, shadow=READ_ONLY)
    assert policy["shadow"] == READ_ONLY
    ended = both.policies.put(policy["policyId"], 1, READ_ONLY)
    assert "shadow" not in ended.json
    run = both.gateway.start()
    assert not both.write(run)
    assert "shadow" not in both.told(run, "policy")[0]
    first = both.policies.ask(SHOW, path={"id": policy["policyId"]}, query={"version": "1"}).json
    assert (first["override"], first["shadow"]) == ({}, READ_ONLY)


def test_a_shadow_that_makes_no_sense_stops_nothing(
    both: Both,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    from data_access_lib.repositories.policies import Policies

    bound = [{"policyId": "pol_1", "version": 1, "override": {}, "shadow": {"no": "such key"}}]
    monkeypatch.setattr(Policies, "in_force", lambda *_: bound)
    assert both.write(both.gateway.start())
    out = capsys.readouterr().out
    assert '"PolicyShadowFailed"' in out
    assert "policy in shadow failed" in caplog.text


def test_every_call_of_the_latest_runs_is_decided_again(both: Both) -> None:
    old, new = both.gateway.start(), both.gateway.start()
    assert both.write(old)
    assert both.write(new)
    both.gateway.override({"tools": [{"name": "files.read"}]})
    gateway_handler.build.cache_clear()
    assert not both.write(new)
    found = both.simulate(READ_ONLY).json
    assert {name: found[name] for name in ("runs", "total", "changed", "undecidable")} == {
        "runs": 2,
        "total": 3,
        "changed": 2,
        "undecidable": 0,
    }
    assert {"from": "ALLOW", "to": "DENY", "count": 2} in found["counts"]
    first = found["changes"][0]
    assert (first["runId"], first["tool"], first["direction"]) == (new["runId"], "files.write", "stricter")
    assert (first["before"]["ruleId"], first["after"]["ruleId"]) == ("allow-granted", "deny-not-granted")
    assert both.simulate(READ_ONLY, runs=1).json["total"] == 2
    assert both.simulate({}).json["counts"][-1] == {"from": "DENY", "to": "ALLOW", "count": 1}


def test_what_a_run_had_used_is_what_it_is_decided_on_again(both: Both) -> None:
    run = both.gateway.start()
    for _ in range(3):
        assert both.write(run)
    found = both.simulate({"tools": [{"name": "files.write", "maxCallsPerRun": 2}]}).json
    assert [change["after"]["ruleId"] for change in found["changes"]] == ["deny-call-limit"]
    assert "2 times" in found["changes"][0]["after"]["explanation"]


def test_a_constraint_on_what_the_log_does_not_tell_is_not_guessed(both: Both) -> None:
    both.write(both.gateway.start())
    unknown = both.simulate({"tools": [BOUNDED]}).json
    assert (unknown["total"], unknown["undecidable"], unknown["changes"]) == (0, 1, [])
    known = {"name": "files.write", "constraints": [{"argument": "/name", "prefix": "reports-"}]}
    assert both.simulate({"tools": [known]}).json["changed"] == 1


def test_a_call_that_was_held_and_then_made_counts_once(both: Both) -> None:
    both.gateway.override({"autonomyTier": 0})
    run = both.gateway.start()
    assert not both.write(run)
    [held] = both.told(run, "approval")
    assert held["basis"]["calls"] == 0
    found = both.simulate({}).json
    assert found["counts"] == [{"from": "NEEDS_APPROVAL", "to": "ALLOW", "count": 1}]


def test_what_is_in_force_is_taken_along_in_cedar(both: Both) -> None:
    both.policies.create(agent=AGENT, override={"autonomyTier": 1})
    found = both.policies.ask(CEDAR, VIEWER, query={"agent": AGENT})
    assert found.status == 200
    assert "forbid" in found.json["policies"]
    [agent] = [one for one in json.loads(found.json["entities"]) if one["uid"]["type"] == "Ambit::Agent"]
    assert agent["attrs"]["autonomyTier"] == 1
    for query, status in (({}, 400), ({"agent": "../x"}, 400), ({"agent": "no-such-one"}, 422)):
        assert both.policies.ask(CEDAR, query=query).status == status
