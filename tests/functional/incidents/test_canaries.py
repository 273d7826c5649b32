"""Canaries of instances: who may set them, what each change demands and leaves behind, and what is shown."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from data_access_lib.repositories.records import to_json
from tests.functional.incidents.conftest import ADMIN, GLOBEX, VIEWER, World
from tests.functional.moto_platform import Answer, machine, table
from tests.version_records import version_item

SHOW: Final = "GET /v1/instances/{agent}/canary"
PUT: Final = "PUT /v1/instances/{agent}/canary"
DELETE: Final = "DELETE /v1/instances/{agent}/canary"
AGENT: Final = "echo-agent"
FIRST, SECOND, DRAFT = ("ver_" + digit * 32 for digit in "123")


@pytest.fixture(autouse=True)
def released(world: World) -> None:
    """An agent with two approved versions and a draft, which two tenants have used."""
    template = {"name": AGENT, "mode": "sync", "tierMinimum": "basic", "etag": 1}
    put_template(**template, approvedVersionId=FIRST, secondVersionId=SECOND)
    approved = {"status": "approved", "approvedAt": "2026-03-04T00:00:00.000Z"}
    for version_id, state in ((FIRST, approved), (SECOND, approved), (DRAFT, {"status": "draft"})):
        table("control").put_item(Item=version_item(AGENT, version_id, **state))
    for tenant in ("acme", "globex"):
        record = {"agent": AGENT, "instanceId": "ins_1", "environment": "prod", "status": "active", "etag": 1}
        table("control").put_item(Item={"pk": f"TENANT#{tenant}#INSTANCE", "sk": AGENT, **record})


def put_template(**fields: object) -> None:
    table("control").put_item(Item={"pk": "TENANT#platform#TEMPLATE", "sk": AGENT, **fields})


def show(world: World, who: Mapping[str, str] = ADMIN) -> Answer:
    return world.ask(SHOW, who, path={"agent": AGENT})


def put(
    world: World, percent: float = 5, who: Mapping[str, str] = ADMIN, etag: str | None = None, **more: Any
) -> Answer:
    headers = {"If-Match": etag if etag is not None else show(world).headers["etag"]}
    body = {"percent": percent, "reason": "tried", **more}
    return world.ask(PUT, who, path={"agent": AGENT}, body=body, headers=headers)


def stop(world: World, who: Mapping[str, str] = ADMIN) -> Answer:
    return world.ask(DELETE, who, path={"agent": AGENT}, headers={"If-Match": show(world).headers["etag"]})


def test_an_instance_begins_without_a_canary(world: World) -> None:
    assert show(world).json == {"agent": AGENT, "status": "none"}


def test_a_canary_is_started_changed_and_ended_and_each_is_audited(world: World) -> None:
    started = put(world, 12.34)
    assert started.status == 200, started.json
    assert (started.json["status"], started.json["percent"], started.json["verdict"]) == ("on", 12.34, "as_well")
    assert (started.json["stable"]["versionId"], started.json["candidate"]["versionId"]) == (FIRST, SECOND)
    changed = put(world, 50).json
    assert (changed["canaryId"], changed["percent"]) == (started.json["canaryId"], 50)
    done = stop(world).json
    assert (done["status"], done["percent"], done["endedBy"]) == ("ended", 0, changed["startedBy"])
    again = put(world).json
    assert again["canaryId"] != started.json["canaryId"], "a new one is a new one: its sessions are drawn anew"
    assert [entry for entry in world.chain() if entry[0].startswith("canary.")] == [
        ("canary.started", AGENT),
        ("canary.changed", AGENT),
        ("canary.stopped", AGENT),
        ("canary.started", AGENT),
    ]


@pytest.mark.parametrize("percent", [0, -1, 100.01, 0.001, 1.234, "many", None, 1e309])
def test_a_share_that_is_none_is_refused(world: World, percent: Any) -> None:
    assert put(world, percent).status == 400


@pytest.mark.parametrize(
    ("version", "why"), [(FIRST, "two versions"), (DRAFT, "not approved"), ("ver_" + "9" * 32, "not approved")]
)
def test_both_versions_are_approved_and_two(world: World, version: str, why: str) -> None:
    answer = put(world, versionId=version)
    assert answer.status == 409
    assert why in answer.json["detail"]
    assert show(world).json["status"] == "none"


def test_without_a_second_approved_version_there_is_nothing_to_try(world: World) -> None:
    put_template(name=AGENT, approvedVersionId=FIRST, etag=1)
    answer = put(world)
    assert answer.status == 409
    assert "--second" in answer.json["detail"]


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(world: World) -> None:
    etag = show(world).headers["etag"]
    assert put(world, etag=etag).status == 200
    assert put(world, 10, etag=etag).status == 412
    assert world.ask(DELETE, path={"agent": AGENT}, headers={"If-Match": etag}).status == 412
    assert world.ask(DELETE, path={"agent": AGENT}).status == 428
    assert show(world).json["percent"] == 5


def test_what_is_not_on_cannot_be_ended(world: World) -> None:
    assert stop(world).status == 409


def test_viewers_and_machines_look_and_administrators_in_person_change(world: World) -> None:
    assert show(world, VIEWER).status == 200
    assert show(world, machine("acme", "incidents:read")).status == 200
    for who in (VIEWER, machine("acme", "incidents:write"), machine("acme", "agents:invoke")):
        assert put(world, who=who).status == 403
        assert stop(world, who).status == 403


def test_a_machine_that_is_for_another_agent_does_not_see_it(world: World) -> None:
    other = machine("acme", "incidents:read", agents="agent-b")
    assert show(world, other).status == 404


def test_each_tenant_has_its_own(world: World) -> None:
    put(world)
    assert show(world, GLOBEX).json["status"] == "none"
    assert world.ask(DELETE, GLOBEX, path={"agent": AGENT}, headers={"If-Match": '"2"'}).status in (409, 412)
    assert show(world).json["status"] == "on"


def test_what_was_seen_of_both_versions_is_shown_with_a_verdict(world: World) -> None:
    canary_id = put(world).json["canaryId"]
    place = {"pk": "TENANT#acme#CANARY", "sk": canary_id}
    seen = {"stable.runs": 40, "stable.failed": 1, "stable.ms.20": 40, "candidate.runs": 10, "candidate.failed": 6}
    table("ops").put_item(Item={**place, **seen, "candidate.blocked": 1, "candidate.ms.30": 10})
    found = show(world).json
    assert found["verdict"] == "error_rate"
    assert found["candidate"] == {
        "versionId": SECOND,
        "runs": 10,
        "failed": 6,
        "blocked": 1,
        "failureRate": 0.6,
        "blockRate": 0.1,
        "p95Ms": 181.0,
    }
    assert (found["stable"]["failureRate"], found["stable"]["p95Ms"]) == (0.025, 32.0)


def test_a_candidate_that_is_approved_again_begins_a_canary_anew(world: World) -> None:
    first = put(world, 50).json
    again = version_item(AGENT, SECOND, status="approved", approvedAt="2026-03-05T00:00:00.000Z")
    table("control").put_item(Item=again)
    assert show(world).json["status"] == "void"
    begun = put(world, 1).json
    assert (begun["status"], begun["canaryId"] != first["canaryId"]) == ("on", True)
    assert put(world, 2).json["canaryId"] == begun["canaryId"]


@pytest.mark.parametrize("what", ["candidate rolled back", "another default", "candidate tampered"])
def test_a_canary_that_gets_no_session_any_more_says_so(world: World, what: str) -> None:
    put(world)
    if what == "another default":
        put_template(name=AGENT, approvedVersionId=SECOND, etag=2)
    elif what == "candidate tampered":
        table("control").put_item(Item={**version_item(AGENT, SECOND), "manifest": to_json({"tools": ["files.write"]})})
    else:
        table("control").put_item(Item=version_item(AGENT, SECOND, status="rolled_back"))
    assert show(world).json["status"] == "void"
