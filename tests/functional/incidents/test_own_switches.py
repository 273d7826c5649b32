"""A tenant's administrators stop what is their own; what is others' they neither stop nor let go on."""

import json
from typing import Any

import pytest

from tests.functional.incidents.conftest import ADMIN, GLOBEX, OPERATOR, VIEWER, World
from tests.functional.moto_platform import Answer, machine, person, put_switch, table

LIST = "GET /v1/tenant/kill-switches"
SET = "POST /v1/tenant/kill-switches"
CLEAR = "DELETE /v1/tenant/kill-switches/{id}"
RUN = "run_" + "0" * 32
DEVELOPER = person("acme", "Tenant.Developer", "dev")
HEARTBEAT = "heartbeat"


def stop(world: World, scope: str, target: str | None = None, who: Any = ADMIN, **headers: str) -> Answer:
    body = {"scope": scope, "reason": "runs away", **({} if target is None else {"target": target})}
    return world.ask(SET, who, body=body, headers=headers)


def clear(world: World, switch_id: str, who: Any = ADMIN) -> Answer:
    return world.ask(CLEAR, who, path={"id": switch_id})


def stored() -> list[tuple[str, str, str]]:
    """Partition, scope and target of every switch there is."""
    items = [item for item in table("control").scan()["Items"] if str(item["pk"]).endswith("#KILLSWITCH")]
    return [(str(item["pk"]), str(item["scope"]), str(item["target"])) for item in items]


def beats(world: World, run: dict[str, Any]) -> int:
    """How the gateway answers a run's next call, when it has read the switches anew."""
    from lambdas.gateway import handler

    handler.build.cache_clear()
    return world.gateway.ask(HEARTBEAT, run, {}).status


# Attacks


@pytest.mark.parametrize(
    "body",
    [
        {"scope": "platform"},
        {"scope": "platform", "target": "platform"},
        {"scope": "tool", "target": "files.read"},
        {"scope": "tenant", "target": "globex"},
        {"scope": "tenant", "target": "acme"},
        {"scope": "tenant", "target": "platform"},
        {"scope": "galaxy", "target": "x"},
        {"scope": "agent"},
        {"scope": "run"},
        {"scope": "agent", "target": "echo-agent", "tenantId": "globex"},
        {"scope": "agent", "target": "echo-agent", "owner": "platform"},
    ],
    ids=json.dumps,
)
def test_what_no_tenant_may_stop_is_400_and_nothing_is_written(world: World, body: dict[str, Any]) -> None:
    answer = world.ask(SET, body={**body, "reason": "r"})
    assert answer.status == 400
    assert (stored(), world.chain()) == ([], [])


def test_another_tenants_run_cannot_be_stopped_by_any_name(world: World) -> None:
    foreign = world.gateway.start("globex")
    for target in (foreign["runId"], f"globex/{foreign['runId']}", "../globex", RUN, f"acme/{RUN}", "run_#"):
        answer = stop(world, "run", target)
        assert answer.status == 422, target
        assert answer.json["errors"][0]["pointer"] == "/target"
    assert stored() == []
    assert beats(world, foreign) == 200


@pytest.mark.parametrize("target", ["no-such-agent", "globex/echo-agent", "TENANT#globex", "*", "Echo-Agent"])
def test_an_agent_that_there_is_not_cannot_be_stopped(world: World, target: str) -> None:
    assert stop(world, "agent", target).status == 422
    assert stored() == []


@pytest.mark.parametrize(("scope", "target"), [("agent", "echo-agent"), ("tenant", None)])
def test_a_tenants_switch_leaves_every_other_tenants_runs_alone(world: World, scope: str, target: str | None) -> None:
    own, foreign = world.gateway.start(), world.gateway.start("globex")
    assert stop(world, scope, target).status == 201
    assert (beats(world, own), beats(world, foreign)) == (403, 200)


@pytest.mark.parametrize(("scope", "target"), [("tenant", "acme"), ("agent", "echo-agent"), ("platform", "platform")])
def test_what_operators_have_stopped_no_tenant_lets_go_on(world: World, scope: str, target: str) -> None:
    run, switch_id = world.gateway.start(), put_switch(scope, target)
    assert world.ask(LIST).json["items"] == []
    refused = clear(world, switch_id)
    assert refused.status == 404
    assert "operators" in refused.json["detail"]
    assert [partition for partition, _, _ in stored()] == ["TENANT#platform#KILLSWITCH"]
    assert beats(world, run) == 403


def test_an_operators_switch_stands_when_the_tenants_own_on_the_same_is_cleared(world: World) -> None:
    run = world.gateway.start()
    put_switch("agent", "echo-agent")
    own = stop(world, "agent", "echo-agent").json["switchId"]
    assert clear(world, own).status == 204
    assert beats(world, run) == 403


def test_another_tenants_switch_is_neither_seen_nor_cleared(world: World) -> None:
    run = world.gateway.start()
    switch_id = stop(world, "agent", "echo-agent").json["switchId"]
    assert world.ask(LIST, GLOBEX).json["items"] == []
    assert clear(world, switch_id, GLOBEX).status == 404
    assert len(stored()) == 1
    assert beats(world, run) == 403


@pytest.mark.parametrize("switch_id", ["", "ksw_1", "ksw_" + "0" * 32, "TENANT#platform#KILLSWITCH", "run_" + "0" * 32])
def test_an_id_that_no_switch_of_the_tenants_has_is_404(world: World, switch_id: str) -> None:
    assert clear(world, switch_id).status == 404
    assert world.chain() == []


@pytest.mark.parametrize("who", [VIEWER, DEVELOPER, OPERATOR, machine("acme", "incidents:write")])
def test_only_an_administrator_in_person_stops_and_clears(world: World, who: dict[str, str]) -> None:
    switch_id = stop(world, "tenant").json["switchId"]
    assert stop(world, "agent", "echo-agent", who).status == 403
    assert clear(world, switch_id, who).status == 403
    assert len(stored()) == 1


# What it does


@pytest.mark.parametrize("scope", ["run", "agent", "tenant"])
def test_a_switch_is_set_obeyed_listed_cleared_and_audited(world: World, scope: str) -> None:
    run = world.gateway.start()
    target = {"run": run["runId"], "agent": "echo-agent", "tenant": None}[scope]
    made = stop(world, scope, target)
    assert (made.status, made.json["target"]) == (201, target or "acme")
    assert made.json["createdBy"] == ADMIN["principalId"]
    assert world.ask(LIST, VIEWER).json["items"] == [made.json]
    assert stored()[0][0] == "TENANT#acme#KILLSWITCH"
    assert beats(world, run) == 403
    assert clear(world, made.json["switchId"]).status == 204
    assert beats(world, run) == 200
    assert world.ask(LIST).json["items"] == []
    told = [entry for entry in world.chain() if entry[0].startswith("kill_switch.")]
    assert told == [(f"kill_switch.{what}", made.json["switchId"]) for what in ("set", "cleared")]
    assert not any(action.startswith("kill_switch") for action, _ in world.chain("platform"))


def test_a_stopped_run_stops_and_its_neighbour_goes_on(world: World) -> None:
    run, other = world.gateway.start(), world.gateway.start()
    stop(world, "run", run["runId"])
    assert (beats(world, run), beats(world, other)) == (403, 200)


def test_the_refusal_says_who_stopped_it(world: World) -> None:
    run = world.gateway.start()
    stop(world, "tenant")
    refused = world.gateway.ask(HEARTBEAT, run, {})
    assert refused.json["code"] == "KILL_SWITCH"
    assert "your tenant's administrators" in refused.json["detail"]


def test_a_run_that_has_ended_is_not_stopped_but_said_to_have_ended(world: World) -> None:
    run = world.halt()
    assert stop(world, "run", run["runId"]).status == 409
    assert stored() == []


def test_a_repeated_request_sets_one_switch(world: World) -> None:
    first = stop(world, "tenant", **{"idempotency-key": "k-1"})
    again = stop(world, "tenant", **{"idempotency-key": "k-1"})
    assert again.json == first.json
    assert again.headers["idempotency-replayed"] == "true"
    assert len(stored()) == 1


def test_a_cleared_switch_is_cleared_once(world: World) -> None:
    switch_id = stop(world, "tenant").json["switchId"]
    assert [clear(world, switch_id).status for _ in range(2)] == [204, 404]


def test_a_tenant_cannot_set_more_than_its_runs_can_read(world: World) -> None:
    for _ in range(50):
        put_switch("agent", "agent-b", "acme")
    assert stop(world, "agent", "echo-agent").status == 409
    assert stop(world, "agent", "echo-agent", GLOBEX).status == 201


def test_switches_are_listed_newest_first_in_pages_of_the_tenants_own(world: World) -> None:
    made = [stop(world, "agent", agent).json["switchId"] for agent in ("echo-agent", "agent-b", "agent-c")]
    first = world.ask(LIST, query={"limit": "2"}).json
    rest = world.ask(LIST, query={"limit": "2", "cursor": first["nextCursor"]}).json
    assert [item["switchId"] for item in (*first["items"], *rest["items"])] == made[::-1]
    assert world.ask(LIST, GLOBEX, query={"cursor": first["nextCursor"]}).status == 400


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\x00b"])
def test_a_reason_is_needed(world: World, reason: str) -> None:
    assert world.ask(SET, body={"scope": "tenant", "reason": reason}).status == 400
