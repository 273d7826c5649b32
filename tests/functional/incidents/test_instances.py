"""Instances: what may become of one, what it means to whoever runs it, several at once."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from governance.holds import INSTANCE_MOVES
from tests.functional.incidents.conftest import ADMIN, GLOBEX, OPERATOR, VIEWER, World, use
from tests.functional.moto_platform import Answer, machine

LIST: Final = "GET /v1/instances"
SHOW: Final = "GET /v1/instances/{agent}"
PATCH: Final = "PATCH /v1/instances/{agent}"
BULK: Final = "POST /v1/instances/bulk"
ECHO: Final = {"agent": "echo-agent"}


@pytest.fixture(autouse=True)
def used(world: World) -> None:
    use()


def show(world: World, agent: str = "echo-agent", who: Mapping[str, str] = ADMIN) -> Answer:
    return world.ask(SHOW, who, path={"agent": agent})


def become(world: World, status: str, agent: str = "echo-agent", who: Mapping[str, str] = ADMIN) -> Answer:
    etag = show(world, agent).headers["etag"]
    body = {"status": status, "reason": "tried"}
    return world.ask(PATCH, who, path={"agent": agent}, body=body, headers={"If-Match": etag})


def brought_to(world: World, state: str) -> None:
    if state == "halted":
        for _ in range(3):
            world.halt()
    elif state != "active":
        assert become(world, state).status == 200


@pytest.mark.parametrize("old", INSTANCE_MOVES)
def test_an_instance_becomes_what_its_row_says_and_nothing_else(world: World, old: str) -> None:
    for new in ("active", "read_only", "draining", "paused", "quarantined"):
        if show(world).json["status"] != "active":
            assert become(world, "active").status == 200
        brought_to(world, old)
        if old == "draining":  # a run goes on, or it would be paused by now
            world.going()
        assert show(world).json["transitions"] == list(INSTANCE_MOVES[old])
        answer = become(world, new)
        assert answer.status == (200 if new in INSTANCE_MOVES[old] else 409), (old, new, answer.json)
        if answer.status == 409:
            assert all(state in answer.json["detail"] for state in INSTANCE_MOVES[old])


def test_a_read_only_agent_reads_and_changes_nothing(world: World) -> None:
    become(world, "read_only")
    run = world.gateway.start(manifest={"tools": ["files.read", "files.write"]})
    file_id = world.gateway.file(b"0123456789")
    write = {"name": "a.txt", "contentType": "text/plain", "text": "x"}
    world.gateway.tool(run, "files.read", fileId=file_id)
    refused = world.gateway.tool(run, "files.write", **write)
    assert "AGENT_READ_ONLY" in str(refused.json)
    codes = [event["payload"].get("code") for event in world.gateway.events(run) if event["event"] == "policy"]
    assert codes == ["AGENT_READ_ONLY"]
    assert world.gateway.record(run)["status"] == "running"
    become(world, "active")
    assert "AGENT_READ_ONLY" not in str(world.gateway.tool(run, "files.write", **write).json)


def test_draining_lets_runs_end_and_is_then_paused(world: World) -> None:
    run = world.going()
    drained = become(world, "draining").json
    assert (drained["status"], drained["running"], drained["ended"]) == ("draining", 1, 0)
    assert world.gateway.record(run)["status"] == "running"
    world.gateway.end(run, "succeeded")
    assert (show(world).json["status"], show(world).json["running"]) == ("paused", 0)


def test_quarantine_ends_what_runs_of_the_tenants_own_agent(world: World) -> None:
    mine, other_agents, others = world.going(), world.going("agent-b"), world.gateway.start("globex")
    answer = become(world, "quarantined").json
    assert (answer["status"], answer["ended"], answer["running"]) == ("quarantined", 1, 0)
    states = [world.gateway.record(run)["status"] for run in (mine, other_agents, others)]
    assert states == ["cancelled", "running", "running"]
    assert ("agent.quarantined", "echo-agent") in world.chain()


def test_an_instance_and_its_hold_are_one_truth(world: World) -> None:
    become(world, "paused")
    assert world.ask("GET /v1/agents/{agent}/hold", path=ECHO).json["state"] == "paused"
    world.ask("POST /v1/agents/{agent}/reset", path=ECHO, body={"reason": "done"})
    assert show(world).json["status"] == "active"


def test_a_change_needs_the_version_that_was_seen(world: World) -> None:
    body = {"status": "paused", "reason": "x"}
    assert world.ask(PATCH, path=ECHO, body=body).status == 428
    assert world.ask(PATCH, path=ECHO, body=body, headers={"If-Match": '"7"'}).status == 412
    assert world.ask(PATCH, path={"agent": "agent-c"}, body=body, headers={"If-Match": '"0"'}).status == 404
    for wrong in ({"status": "halted", "reason": "x"}, {"status": "paused"}, {**body, "tenant": "globex"}):
        assert world.ask(PATCH, path=ECHO, body=wrong, headers={"If-Match": '"0"'}).status == 400


def test_instances_are_listed_by_agent_a_page_at_a_time(world: World) -> None:
    become(world, "paused", "agent-b")
    found = world.ask(LIST, VIEWER).json["items"]
    assert [(item["agent"], item["status"]) for item in found] == [("agent-b", "paused"), ("echo-agent", "active")]
    first = world.ask(LIST, query={"limit": "1"}).json
    rest = world.ask(LIST, query={"limit": "1", "cursor": first["nextCursor"]}).json
    assert [item["agent"] for item in first["items"] + rest["items"]] == ["agent-b", "echo-agent"]
    assert world.ask(LIST, GLOBEX, query={"cursor": first["nextCursor"]}).status == 400


def test_a_machine_sees_its_own_agents_instances(world: World) -> None:
    narrow = machine("acme", "incidents:read", agents="echo-agent")
    assert [item["agent"] for item in world.ask(LIST, narrow).json["items"]] == ["echo-agent"]
    assert show(world, "agent-b", narrow).status == 404
    elsewhere = machine("acme", "incidents:read", domains="finance")
    assert world.ask(LIST, elsewhere).json["items"] == []


def test_another_tenants_instance_is_not_touched(world: World) -> None:
    become(world, "quarantined")
    assert show(world, who=GLOBEX).json["status"] == "active"
    assert show(world, "agent-b", GLOBEX).status == 404


def test_of_several_each_is_done_or_told_why_not(world: World) -> None:
    become(world, "quarantined", "agent-b")
    body = {"agents": ["echo-agent", "agent-b", "nobody", "echo-agent"], "status": "paused", "reason": "sweep"}
    answer = world.ask(BULK, body=body)
    assert (answer.status, answer.json["done"], answer.json["failed"]) == (200, 1, 2)
    told = [(item["agent"], item["done"], item.get("code")) for item in answer.json["items"]]
    assert told == [("echo-agent", True, None), ("agent-b", False, "CONFLICT"), ("nobody", False, "NOT_FOUND")]
    assert show(world).json["status"] == "paused"


@pytest.mark.parametrize("agents", [[], ["x"] * 51, "echo-agent", [""]])
def test_a_bulk_change_is_of_one_to_fifty(world: World, agents: Any) -> None:
    assert world.ask(BULK, body={"agents": agents, "status": "paused", "reason": "x"}).status == 400


def test_changes_are_an_administrators_in_person(world: World) -> None:
    body = {"agents": ["echo-agent"], "status": "paused", "reason": "x"}
    for who in (VIEWER, machine("acme", "incidents:write"), OPERATOR):
        assert world.ask(BULK, who, body=body).status == 403
    assert show(world).json["status"] == "active"


def test_what_is_told_of_a_quarantined_agent_ends_its_runs_and_of_any_other_nothing(world: World) -> None:
    mine, other, others = world.going(), world.going("agent-b"), world.gateway.start("globex")
    become(world, "read_only")
    told = [("acme", "echo-agent"), ("acme", "agent-b"), ("acme", "nobody"), ("globex", "echo-agent")]
    assert [world.tell(*one) for one in told] == [0, 0, 0, 0]
    world.quarantine_silently("echo-agent")
    assert [world.tell(*one) for one in told] == [1, 0, 0, 0]
    states = [world.gateway.record(run)["status"] for run in (mine, other, others)]
    assert states == ["cancelled", "running", "running"]
    assert world.tell("acme", "echo-agent") == 0


@pytest.mark.parametrize(
    "body", ["", "{}", '{"tenantId": "platform", "agent": "echo-agent"}', '{"agent": "echo-agent"}']
)
def test_a_message_that_means_nothing_is_not_taken_for_done(world: World, body: str) -> None:
    """It comes again, and is kept apart in the end."""
    with pytest.raises(Exception, match=r"Quarantined|tenant|identifier|reserved"):
        world.take(body)
