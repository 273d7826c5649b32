"""What an agent may do only after people have decided: asked, frozen, decided, done once."""

import pytest

from tests.functional.approvals.conftest import (
    ADMIN,
    DEV,
    LIST,
    NOTE,
    OTHER,
    SECOND,
    SHOW,
    VIEWER,
    World,
    files_of,
)
from tests.functional.moto_platform import machine, person, table


def test_a_call_is_held_approved_by_another_and_made_once(world: World) -> None:
    run = world.gateway.start()
    approval_id = world.held(run)
    assert files_of() == []
    shown = world.show(approval_id)
    assert (shown["arguments"], shown["tool"], shown["risk"]) == (NOTE, "files.write", "medium")
    assert (shown["status"], shown["startedBy"], shown["mayDecide"]) == ("pending", DEV["principalId"], True)
    decided = world.decide(approval_id)
    assert (decided.status, decided.json["status"]) == (200, "approved"), decided.json
    assert world.call(run)["isError"] is False
    assert len(files_of()) == 1
    assert world.show(approval_id)["status"] == "consumed"
    assert world.chain() == [("approval.requested", approval_id, "held"), ("approval.decided", approval_id, "approved")]


def test_the_same_call_asked_again_is_the_same_approval(world: World) -> None:
    run = world.gateway.start()
    first = world.held(run)
    reordered = dict(reversed(NOTE.items()))
    assert [world.held(run), world.held(run, **reordered)] == [first, first]
    assert world.listed() == [first]
    assert len([event for event in world.gateway.events(run) if event["event"] == "approval"]) == 1


def test_a_run_waits_in_slices_and_learns_what_was_decided(world: World) -> None:
    run = world.gateway.start()
    approval_id = world.held(run)
    waiting = world.waited(run, approval_id, waitSeconds=0)
    assert (waiting.status, waiting.json["status"]) == (200, "pending")
    world.decide(approval_id, decision="deny")
    told = world.waited(run, approval_id, waitSeconds=25)
    assert (told.json["status"], told.json["reason"]) == ("denied", "looked at it")
    refused = world.call(run)["structuredContent"]
    assert (refused["code"], refused["approvalId"]) == ("APPROVAL_DENIED", approval_id)
    assert world.listed(status="denied") == [approval_id]


@pytest.mark.parametrize("seconds", [26, -1, 1.5, "5", None, True])
def test_a_slice_is_a_whole_number_of_at_most_25_seconds(world: World, seconds: object) -> None:
    run = world.gateway.start()
    assert world.waited(run, world.held(run), waitSeconds=seconds).status == 400


def test_nobody_in_time_means_no(world: World) -> None:
    run = world.gateway.start()
    approval_id = world.held(run)
    world.clock.advance(minutes=59)
    assert world.listed(status="pending") == [approval_id]
    world.clock.advance(minutes=1)
    assert (world.listed(status="pending"), world.listed(status="expired")) == ([], [approval_id])
    assert world.show(approval_id)["mayDecide"] is False
    late = world.decide(approval_id)
    assert (late.status, late.json["code"]) == (409, "APPROVAL_OVER")
    assert world.call(run)["structuredContent"]["code"] == "APPROVAL_EXPIRED"
    assert world.listed(status="expired") == [approval_id]
    assert files_of() == []


def test_what_was_granted_is_good_for_an_hour_too(world: World) -> None:
    run = world.gateway.start()
    approval_id = world.held(run)
    world.decide(approval_id)
    world.clock.advance(hours=1)
    assert world.call(run)["structuredContent"]["code"] == "APPROVAL_EXPIRED"
    assert files_of() == []


def test_who_may_decide_is_said_by_risk(world: World) -> None:
    world.gateway.override({"tools": [{"name": "files.write", "risk": "high"}]})
    run = world.gateway.start()
    approval_id = world.held(run)
    refused = world.decide(approval_id, OTHER)
    assert (refused.status, refused.json["code"]) == (403, "FORBIDDEN")
    assert "Tenant.Admin" in refused.json["detail"]
    assert world.show(approval_id, OTHER)["mayDecide"] is False
    assert world.decide(approval_id, ADMIN).json["status"] == "approved"


def test_a_critical_call_takes_two_people_and_one_denial_ends_it(world: World) -> None:
    world.gateway.override({"tools": [{"name": "files.write", "risk": "critical"}]})
    run = world.gateway.start()
    approval_id = world.held(run)
    first = world.decide(approval_id, ADMIN).json
    assert (first["status"], first["approvals"], first["quorum"]) == ("pending", 1, 2)
    assert world.decide(approval_id, ADMIN).json["approvals"] == 1, "the same person counts once"
    assert world.held(run) == approval_id, "one of two lets nothing happen"
    assert world.decide(approval_id, SECOND).json["status"] == "approved"
    assert world.call(run)["isError"] is False
    other = world.held(run, **{**NOTE, "name": "other.txt"})
    world.decide(other, ADMIN)
    assert world.decide(other, SECOND, "deny").json["status"] == "denied"


def test_a_decision_stands(world: World) -> None:
    run = world.gateway.start()
    approval_id = world.held(run)
    assert world.decide(approval_id).json["version"] == 2
    again = world.decide(approval_id)
    assert (again.status, again.json["version"]) == (200, 2)
    for who, decision in ((OTHER, "deny"), (ADMIN, "approve"), (ADMIN, "deny")):
        late = world.decide(approval_id, who, decision)
        assert (late.status, late.json["code"]) == (409, "APPROVAL_DECIDED")


def test_a_repeated_request_gets_its_answer_again(world: World) -> None:
    approval_id = world.held(world.gateway.start())
    headers = {"Idempotency-Key": "once"}
    first, second = (world.decide(approval_id, headers=headers) for _ in range(2))
    assert second.json == first.json
    assert second.headers["idempotency-replayed"] == "true"
    assert world.decide(approval_id, decision="deny", headers=headers).json["code"] == "IDEMPOTENCY_MISMATCH"
    assert len(world.chain()) == 2


def test_a_run_that_has_ended_needs_no_decision(world: World) -> None:
    run = world.gateway.start()
    approval_id = world.held(run)
    world.gateway.end(run, "cancelled")
    late = world.decide(approval_id)
    assert (late.status, late.json["code"]) == (409, "APPROVAL_OVER")
    assert world.show(approval_id)["status"] == "void"
    assert world.waited(run, approval_id).status == 409


def test_people_look_and_machines_with_the_scope_look_at_what_is_theirs(world: World) -> None:
    approval_id = world.held(world.gateway.start(environment="prod"))
    assert world.listed(VIEWER) == [approval_id]
    assert world.show(approval_id, VIEWER)["mayDecide"] is False
    for key, found in (
        (machine("acme", "approvals:read"), [approval_id]),
        (machine("acme", "approvals:read", agents="analyst-agent"), []),
        (machine("acme", "approvals:read", environment="dev"), []),
        (machine("acme", "approvals:read", domains="hr"), []),
    ):
        assert world.listed(key) == found
        assert world.ask(SHOW, key, path={"id": approval_id}).status == (200 if found else 404)
    assert world.ask(LIST, machine("acme", "runs:read")).status == 403


def test_a_list_is_read_page_by_page_newest_first(world: World) -> None:
    run = world.gateway.start()
    made = [world.held(run, **{**NOTE, "name": f"{number}.txt"}) for number in range(3)]
    first = world.ask(LIST, query={"limit": "2", "status": "pending"}).json
    rest = world.ask(LIST, query={"limit": "2", "status": "pending", "cursor": first["nextCursor"]}).json
    assert [item["approvalId"] for item in first["items"] + rest["items"]] == made[::-1]
    assert "arguments" not in first["items"][0]
    assert world.ask(LIST, query={"cursor": first["nextCursor"]}).status == 400, "a cursor is of one list"
    assert world.ask(LIST, query={"status": "open"}).status == 400


def test_a_run_may_have_twenty_calls_waiting_and_no_more(world: World) -> None:
    run = world.gateway.start()
    first = min(world.held(run, **{**NOTE, "name": f"{number}.txt"}) for number in range(20))
    refused = world.call(run, **{**NOTE, "name": "20.txt"})
    assert refused["isError"] is True
    assert "20 calls" in refused["content"][0]["text"]
    world.decide(first)
    assert world.call(run, **{**NOTE, "name": "0.txt"})["isError"] is False
    assert world.held(run, **{**NOTE, "name": "20.txt"})


def test_what_nobody_could_read_is_not_asked_for(world: World) -> None:
    refused = world.call(world.gateway.start(), **{**NOTE, "text": "x" * 262_144})
    assert "262144 bytes" in refused["content"][0]["text"]
    assert world.listed() == []


def test_the_log_of_the_run_tells_what_was_asked_and_decided(world: World) -> None:
    run = world.gateway.start()
    approval_id = world.held(run)
    world.decide(approval_id)
    world.call(run)
    told = [event["payload"] for event in world.gateway.events(run) if event["event"] == "approval"]
    assert [(one["approvalId"], one["status"]) for one in told] == [(approval_id, "pending"), (approval_id, "approved")]
    (call,) = [event["payload"] for event in world.gateway.events(run) if event["event"] == "call"]
    assert call["approvalId"] == approval_id


def test_a_decision_is_refused_on_what_was_not_looked_at(world: World) -> None:
    approval_id = world.held(world.gateway.start())
    for parts in ({"body": {"digest": "0" * 64}}, {"headers": {"If-Match": '"7"'}}):
        assert world.decide(approval_id, **parts).status == 412
    digest = world.show(approval_id)["digest"]
    assert world.decide(approval_id, body={"digest": digest}, headers={"If-Match": '"1"'}).status == 200


def test_arguments_lie_apart_from_what_is_listed(world: World) -> None:
    world.held(world.gateway.start())
    items = [item for item in table("runs").scan()["Items"] if "#APPROVAL#apr_" in item["pk"]]
    assert sorted(item["sk"] for item in items) == ["ARGUMENTS", "META"]
    (frozen,) = [item for item in items if item["sk"] == "ARGUMENTS"]
    assert "gsi1pk" not in frozen
    assert all("ttl" in item for item in items)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "two\nlines", None])
def test_a_decision_says_why(world: World, reason: object) -> None:
    approval_id = world.held(world.gateway.start())
    assert world.decide(approval_id, body={"reason": reason}).status == 400


def test_a_person_of_another_tenant_is_nobody_here(world: World) -> None:
    approval_id = world.held(world.gateway.start())
    stranger = person("globex", "Tenant.Admin", "gus")
    assert world.ask(SHOW, stranger, path={"id": approval_id}).status == 404
    assert world.decide(approval_id, stranger).status == 404
    assert world.listed(stranger) == []
