"""Policies as a tenant's people write, read and ask them: attacks first."""

import json
from typing import Any

import pytest

from tests.functional.moto_platform import machine, person, table
from tests.functional.policies.conftest import (
    ADMIN,
    AGENT,
    CREATE,
    DEVELOPER,
    EVALUATE,
    GLOBEX,
    LIST,
    PUT,
    READ_ONLY,
    SHOW,
    VIEWER,
    World,
    publish,
)

ABSENT = "pol_" + "0" * 32


@pytest.mark.parametrize(
    ("override", "pointers"),
    [
        ({"autonomyTier": 3, "maxCostPerRun": "2"}, ["/override/autonomyTier", "/override/maxCostPerRun"]),
        ({"tools": [{"name": "files.read"}, {"name": "shell.run"}]}, ["/override/tools/1/name"]),
        ({"tools": [{"name": "*"}]}, ["/override/tools/0/name"]),
        ({"tools": [{"name": "files.read", "maxCallsPerRun": 201}]}, ["/override/tools/0/maxCallsPerRun"]),
        ({"egress": ["evil.example"]}, ["/override/egress/0"]),
        ({"sideEffectsWhenTainted": "allow"}, ["/override/sideEffectsWhenTainted"]),
    ],
)
def test_an_override_that_widens_is_refused_and_every_pointer_named(
    world: World, override: dict[str, Any], pointers: list[str]
) -> None:
    made = world.ask(CREATE, body={"name": "p", "agent": AGENT, "override": override})
    assert (made.status, [error["pointer"] for error in made.json["errors"]]) == (422, pointers)
    policy = world.create()
    changed = world.put(policy["policyId"], 1, override)
    assert (changed.status, [error["pointer"] for error in changed.json["errors"]]) == (422, pointers)
    assert world.ask(SHOW, path={"id": policy["policyId"]}).json["version"] == 1


def test_another_tenants_policy_is_not_there_and_has_no_effect(world: World) -> None:
    theirs = world.create(GLOBEX, override={"tools": []})["policyId"]
    for answer in (
        world.ask(SHOW, path={"id": theirs}),
        world.put(theirs, 1, {}),
        world.evaluate(policyId=theirs),
        world.ask(SHOW, path={"id": ABSENT}),
    ):
        assert answer.status == 404
    assert world.ask(LIST).json["items"] == []
    assert world.evaluate(agent=AGENT).json["decision"] == "ALLOW"
    assert world.evaluate(who=GLOBEX, agent=AGENT).json["ruleId"] == "deny-not-granted"


@pytest.mark.parametrize("who", [DEVELOPER, VIEWER], ids=["developer", "viewer"])
def test_only_administrators_write(world: World, who: dict[str, str]) -> None:
    policy_id = world.create()["policyId"]
    assert world.ask(CREATE, who, body={"name": "p", "override": {}}).status == 403
    assert world.put(policy_id, 1, {}, who).status == 403
    assert world.ask(LIST, who).status == world.ask(SHOW, who, path={"id": policy_id}).status == 200


def test_a_machine_for_one_agent_meets_no_other_policy(world: World) -> None:
    publish({"tools": ["files.read"]}, "echo-agent")
    mine, theirs = world.create(agent="echo-agent")["policyId"], world.create()["policyId"]
    key = machine("acme", "policies:read", "policies:write", agents="echo-agent")
    assert [item["policyId"] for item in world.ask(LIST, key).json["items"]] == [mine]
    assert world.ask(SHOW, key, path={"id": theirs}).status == 404
    assert world.put(theirs, 1, {}, key).status == 404
    assert world.ask(CREATE, key, body={"name": "p", "override": {}}).status == 422
    assert world.evaluate(who=key, agent=AGENT).status == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"override": {}}, "/name"),
        ({"name": "p"}, "/override"),
        ({"name": "p", "override": {"tool": []}}, "/override/tool"),
        ({"name": "p", "override": {"autonomyTier": True}}, "/override/autonomyTier"),
        ({"name": "p", "override": {"tools": [{"name": "Files.Read"}]}}, "/override/tools/0/name"),
        ({"name": "p", "override": {}, "agent": "../x"}, "/agent"),
        ({"name": "p", "override": {}, "tenantId": "globex"}, "/tenantId"),
    ],
)
def test_a_body_that_makes_no_sense_is_named(world: World, body: dict[str, Any], pointer: str) -> None:
    answer = world.ask(CREATE, body=body)
    assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, [pointer])


def test_an_agent_that_is_not_there_is_named(world: World) -> None:
    answer = world.ask(CREATE, body={"name": "p", "agent": "no-such-one", "override": {}})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/agent")


def test_an_override_that_is_too_large_is_refused(world: World) -> None:
    grants = [{"name": f"files.x{n}", "constraints": [{"argument": "/a", "prefix": "p" * 250}]} for n in range(300)]
    assert world.ask(CREATE, body={"name": "p", "override": {"tools": grants}}).status == 413


def test_every_version_stays_readable_as_it_was(world: World) -> None:
    policy = world.create()
    assert world.ask(SHOW, VIEWER, path={"id": policy["policyId"]}).headers["etag"] == '"1"'
    changed = world.put(policy["policyId"], 1, {"autonomyTier": 0})
    assert (changed.status, changed.headers["etag"], changed.json["version"]) == (200, '"2"', 2)
    first, newest = (
        world.ask(SHOW, VIEWER, path={"id": policy["policyId"]}, query=query).json for query in ({"version": "1"}, None)
    )
    assert (first["override"], first["version"]) == (READ_ONLY, 1)
    assert (newest["override"], newest["version"], newest["name"]) == ({"autonomyTier": 0}, 2, "p")
    for number, status in (("3", 404), ("0", 400), ("x", 400), ("²", 400), ("9" * 30, 400)):
        shown = world.ask(SHOW, path={"id": policy["policyId"]}, query={"version": number})
        assert shown.status == status, number


def test_a_change_names_the_version_it_saw(world: World) -> None:
    policy_id = world.create()["policyId"]
    assert world.ask(PUT, path={"id": policy_id}, body={"override": {}}).status == 428
    assert world.put(policy_id, 1, {}).status == 200
    assert world.put(policy_id, 1, {}).status == 412


def test_one_policy_binds_an_agent_and_one_all_of_them(world: World) -> None:
    world.create()
    assert world.ask(CREATE, body={"name": "p", "agent": AGENT, "override": {}}).status == 409
    whole = {"name": "all", "override": {"autonomyTier": 0}}
    assert [world.ask(CREATE, body=whole).status for _ in range(2)] == [201, 409]
    items = world.ask(LIST).json["items"]
    assert [(item["name"], item.get("agent"), "override" in item) for item in items] == [
        ("all", None, False),
        ("p", AGENT, False),
    ]


def test_a_list_goes_on_where_a_page_ended_and_only_there(world: World) -> None:
    made = [world.create()["policyId"], world.create(agent=None)["policyId"]]
    first = world.ask(LIST, query={"limit": "1"}).json
    rest = world.ask(LIST, query={"limit": "1", "cursor": first["nextCursor"]}).json
    assert [item["policyId"] for item in first["items"] + rest["items"]] == made[::-1]
    assert world.ask(LIST, GLOBEX, query={"cursor": first["nextCursor"]}).status == 400


def test_a_repeated_request_makes_one_policy(world: World) -> None:
    body, key = {"name": "p", "agent": AGENT, "override": READ_ONLY}, {"Idempotency-Key": "k"}
    first, again = (world.ask(CREATE, body=body, headers=key) for _ in range(2))
    assert (again.status, again.json, again.headers["idempotency-replayed"]) == (201, first.json, "true")
    assert again.headers["location"] == f"/v1/policies/{first.json['policyId']}"
    assert world.ask(CREATE, body={**body, "name": "q"}, headers=key).status == 409


def test_each_change_stands_in_the_audit_chain(world: World) -> None:
    policy_id = world.create()["policyId"]
    world.put(policy_id, 1, {})
    assert world.chain() == [("policy.created", policy_id), ("policy.updated", policy_id)]


def test_a_call_is_judged_as_the_agent_stands(world: World) -> None:
    before = world.evaluate(agent=AGENT).json
    assert before == {
        "decision": "ALLOW",
        "riskLevel": "medium",
        "requiredApprovals": [],
        "ruleId": "allow-granted",
        "explanation": before["explanation"],
        "policies": [],
    }
    policy_id = world.create()["policyId"]
    after = world.evaluate(agent=AGENT).json
    assert (after["decision"], after["ruleId"]) == ("DENY", "deny-not-granted")
    assert after["policies"] == [{"policyId": policy_id, "version": 1}]
    assert "files.write" in after["explanation"]


def test_a_former_version_can_be_asked(world: World) -> None:
    policy_id = world.create()["policyId"]
    world.put(policy_id, 1, {})
    assert world.evaluate(policyId=policy_id).json["decision"] == "ALLOW"
    assert world.evaluate(policyId=policy_id, version=1).json["decision"] == "DENY"


def test_what_asks_says_whose_approval_is_needed(world: World) -> None:
    world.create(override={"autonomyTier": 0})
    found = world.evaluate(agent=AGENT).json
    assert (found["decision"], found["requiredApprovals"]) == ("NEEDS_APPROVAL", ["Tenant.Developer"])


@pytest.mark.parametrize(
    ("context", "rule"),
    [
        ({"costUsage": "1.00"}, "deny-cost"),
        ({"costUsage": {"amount": "0.999999"}}, "allow-granted"),
        ({"callsSoFar": 200}, "deny-call-limit"),
        ({"tool": "Files.Write"}, "deny-unknown-tool"),
        ({"tool": "files.wr\u0131te"}, "deny-unknown-tool"),
        ({"params": {"n": 2**70}}, "deny-malformed"),
    ],
)
def test_what_the_run_has_used_counts(world: World, context: dict[str, Any], rule: str) -> None:
    assert world.evaluate(agent=AGENT, context=context).json["ruleId"] == rule


def test_the_policy_for_all_agents_holds_beside_an_agents_own(world: World) -> None:
    everybody = world.create(agent=None, override={"dataScopes": ["files.read"]})["policyId"]
    own = world.create(override={"autonomyTier": 1})["policyId"]
    found = world.evaluate(agent=AGENT).json
    assert found["ruleId"] == "deny-data-scope"
    assert [item["policyId"] for item in found["policies"]] == [everybody, own]
    assert world.evaluate(policyId=everybody).json["ruleId"] == "deny-data-scope"


def test_a_question_about_nothing_or_about_two_things_is_refused(world: World) -> None:
    assert world.ask(EVALUATE, body={"context": {"tool": "files.read"}}).status == 400
    assert world.ask(EVALUATE, body={"agent": AGENT, "version": 1, "context": {"tool": "files.read"}}).status == 400
    publish({"tools": ["files.read"]}, "echo-agent")
    other = world.create()["policyId"]
    assert world.evaluate(policyId=other, agent="echo-agent").status == 422


def test_a_manifest_that_makes_no_sense_allows_nothing(world: World) -> None:
    publish({"policy": "anything", "tools": ["files.read"]})
    assert world.evaluate(agent=AGENT).status == 503
    assert world.ask(CREATE, body={"name": "p", "agent": AGENT, "override": {}}).status == 503


def test_the_tier_is_the_callers_own(world: World) -> None:
    assert world.evaluate(who=person("acme", tier="basic"), agent=AGENT).json["decision"] == "ALLOW"


def test_what_is_kept_is_readable_by_its_tenant_alone(world: World) -> None:
    world.create()
    owners = {
        item["pk"].split("#")[1]
        for item in table("control").scan()["Items"]
        if "override" in json.dumps({name: str(value) for name, value in item.items()})
    }
    assert owners == {"acme"}
    assert ADMIN["tenantId"] == "acme"
