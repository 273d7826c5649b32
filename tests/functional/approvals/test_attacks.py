"""What somebody tries so that a call is made which nobody approved, or not that one, or not once."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.functional.approvals.conftest import (
    ADMIN,
    DECIDE,
    DEV,
    GLOBEX,
    LIST,
    NOTE,
    OTHER,
    SECOND,
    SHOW,
    VIEWER,
    World,
    files_of,
)
from tests.functional.gateway.conftest import token_of
from tests.functional.moto_platform import machine, operator, table

CHANGED: dict[str, dict[str, Any]] = {
    "another text": {**NOTE, "text": "quarterly figures."},
    "another name": {**NOTE, "name": "n0te.txt"},
    "another case": {**NOTE, "name": "Note.txt"},
    "a twin letter": {**NOTE, "text": "quarterly figur\u0435s"},
    "another form of the same text": {**NOTE, "text": "quarterly figures\u0301"},
    "a mark without width": {**NOTE, "text": "quarterly\u200b figures"},
    "a space more": {**NOTE, "text": "quarterly figures "},
    "the same bytes otherwise": {**{k: v for k, v in NOTE.items() if k != "text"}, "data": "cXVhcnRlcmx5IGZpZ3VyZXM="},
}


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gave, all begun together."""
    given: list[Any] = []
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        barrier.wait()
        given.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return given


def approved(world: World, run: Mapping[str, Any]) -> str:
    approval_id = world.held(run)
    assert world.decide(approval_id).json["status"] == "approved"
    return approval_id


@pytest.mark.parametrize("how", sorted(CHANGED))
def test_what_was_changed_afterwards_is_asked_for_anew_and_the_grant_is_void(world: World, how: str) -> None:
    run = world.gateway.start()
    first = approved(world, run)
    second = world.held(run, **CHANGED[how])
    assert second != first
    assert files_of() == []
    assert world.show(first)["status"] == "void"
    assert world.held(run) not in {first, second}, "what is void is not picked up again"
    assert world.decide(first, ADMIN).json["code"] == "APPROVAL_OVER", "nor decided again"


def test_a_grant_is_used_once(world: World) -> None:
    run = world.gateway.start()
    first = approved(world, run)
    assert world.call(run)["isError"] is False
    again = world.held(run)
    assert again != first
    assert len(files_of()) == 1


def test_two_calls_at_once_cannot_use_one_grant_twice(world: World) -> None:
    run = world.gateway.start()
    approved(world, run)
    results = at_once(*(lambda: world.call(run) for _ in range(4)))
    assert sorted(result["isError"] for result in results) == [False, True, True, True]
    assert len(files_of()) == 1


def test_the_grant_of_one_run_is_no_other_runs(world: World) -> None:
    mine, another, theirs = world.gateway.start(), world.gateway.start(), world.gateway.start("globex")
    first = approved(world, mine)
    assert len({first, world.held(another), world.held(theirs)}) == 3
    for run in (another, theirs):
        assert world.waited(run, first).status == 404
    assert files_of() == []


def test_an_id_that_an_agent_names_gives_it_nothing(world: World) -> None:
    run = world.gateway.start()
    forged = "apr_" + "0" * 32
    for named in (forged, "apr_x", "..", "*"):
        assert world.waited(run, named).status == 404
    call = {"name": "files.write", "arguments": NOTE, "approvalId": forged, "_meta": {"approvalId": forged}}
    told = world.gateway.rpc(run, "tools/call", call).json["result"]
    assert told["structuredContent"]["code"] == "NEEDS_APPROVAL"
    bad = world.call(run, **{**NOTE, "approvalId": forged})
    assert "Bad arguments" in bad["content"][0]["text"]
    assert files_of() == []


@pytest.mark.parametrize("name", ["Files.Write", "FILES.WRITE", "files.wr\u0456te", "files.write ", "files\u2024write"])
def test_another_spelling_of_the_tool_is_no_tool(world: World, name: str) -> None:
    run = world.gateway.start()
    approved(world, run)
    answer = world.gateway.tool(run, name, **NOTE)
    assert answer.json["error"]["code"] == -32602
    assert files_of() == []


def test_whoever_started_the_run_does_not_decide(world: World) -> None:
    approval_id = world.held(world.gateway.start())
    as_admin = {**DEV, "roles": "Tenant.Admin"}
    for who in (DEV, as_admin):
        refused = world.decide(approval_id, who)
        assert (refused.status, refused.json["code"]) == (403, "SELF_APPROVAL")
        assert world.show(approval_id, who)["mayDecide"] is False
    assert world.decide(approval_id, DEV, "deny").status == 403
    assert world.show(approval_id)["votes"] == []


@pytest.mark.parametrize(
    ("kind", "owner", "place"),
    [
        ("key", "key_" + "1" * 32, {"pk": "TENANT#acme#APIKEY", "keyId": "key_" + "1" * 32}),
        ("aws", "awc_" + "1" * 32, {"pk": "TENANT#acme#AWSCALLER", "callerId": "awc_" + "1" * 32}),
    ],
)
def test_whoever_made_the_credential_that_started_it_does_not_decide(
    world: World, kind: str, owner: str, place: dict[str, str]
) -> None:
    table("control").put_item(Item={**place, "sk": owner, "createdBy": ADMIN["principalId"], "name": "x"})
    approval_id = world.held(world.gateway.start(principalId=f"{kind}:{owner}"))
    refused = world.decide(approval_id, ADMIN)
    assert (refused.status, refused.json["code"]) == (403, "SELF_APPROVAL")
    assert world.decide(approval_id, OTHER).status == 200


def test_machines_agents_viewers_and_operators_decide_nothing(world: World) -> None:
    run = world.gateway.start()
    approval_id = world.held(run)
    for who in (
        VIEWER,
        machine("acme", "approvals:read", "policies:write", "approvals:write"),
        {**machine("acme", "approvals:read"), "roles": "Tenant.Admin"},
        token_of(run),
        {**token_of(run), "roles": "Tenant.Admin"},
        operator("Platform.Admin"),
    ):
        assert world.decide(approval_id, who).status == 403, who
    assert world.show(approval_id)["status"] == "pending"


def test_another_tenant_sees_and_decides_nothing(world: World) -> None:
    approval_id = world.held(world.gateway.start())
    assert world.ask(SHOW, GLOBEX, path={"id": approval_id}).status == 404
    assert world.decide(approval_id, GLOBEX).status == 404
    assert world.ask(LIST, GLOBEX, query={"status": "pending"}).json["items"] == []
    cursor = world.ask(LIST, query={"limit": "1"}).json.get("nextCursor", "x")
    assert world.ask(LIST, GLOBEX, query={"cursor": cursor}).status == 400
    headers = {"x-tenant-id": "acme", "x-ambit-tenant": "acme"}
    assert world.ask(SHOW, GLOBEX, path={"id": approval_id}, headers=headers).status == 404


def test_two_people_at_once_are_both_counted(world: World) -> None:
    world.gateway.override({"tools": [{"name": "files.write", "risk": "critical"}]})
    approval_id = world.held(world.gateway.start())
    answers = at_once(lambda: world.decide(approval_id, ADMIN), lambda: world.decide(approval_id, SECOND))
    assert [answer.status for answer in answers] == [200, 200]
    found = world.show(approval_id)
    assert (found["status"], len(found["votes"])) == ("approved", 2)
    assert [entry[0] for entry in world.chain()] == ["approval.requested", "approval.decided", "approval.decided"]


def test_of_two_who_disagree_at_once_one_is_told_that_it_is_decided(world: World) -> None:
    approval_id = world.held(world.gateway.start())
    answers = at_once(lambda: world.decide(approval_id, ADMIN), lambda: world.decide(approval_id, OTHER, "deny"))
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert len(world.show(approval_id)["votes"]) == 1


def test_the_same_call_asked_at_once_is_one_approval(world: World) -> None:
    run = world.gateway.start()
    held = at_once(*(lambda: world.held(run) for _ in range(4)))
    assert len(set(held)) == 1
    assert world.listed() == [held[0]]


def test_an_agent_cannot_write_that_it_was_approved(world: World) -> None:
    run = world.gateway.start()
    approval_id = world.held(run)
    payload = {"approvalId": approval_id, "status": "approved"}
    said = world.gateway.ask("events", run, {"events": [{"stream": "tool", "event": "approval", "payload": payload}]})
    assert said.status == 400
    assert world.ask(DECIDE, token_of(run), path={"id": approval_id}, body={}).status == 403


def test_what_would_fool_a_readers_eye_is_written_out(world: World) -> None:
    run = world.gateway.start()
    text = "pay \u202e001\u202c to bob\u200b\x9b2J"
    shown = world.show(world.held(run, **{**NOTE, "text": text}))
    assert shown["arguments"]["text"] == text
    assert "\\u202e001\\u202c to bob\\u200b\\u009b2J" in shown["argumentsText"]
    assert shown["argumentsText"].replace("\n", "").isprintable()


def test_a_policy_that_now_denies_is_stronger_than_a_grant(world: World) -> None:
    run = world.gateway.start(agent="analyst-agent")
    approved(world, run)
    world.gateway.override({"tools": [{"name": "files.read"}]}, agent="analyst-agent")
    from lambdas.gateway import handler

    handler.build.cache_clear()  # what is in force is kept for 15 s
    assert world.call(run)["structuredContent"]["code"] == "POLICY_DENIED"
    assert files_of() == []
