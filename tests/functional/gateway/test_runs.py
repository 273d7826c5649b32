import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from platform_kit import run_token
from tests.functional.gateway.conftest import World
from tests.functional.moto_platform import TENANT_BUCKET, event, person

ROUTES = ("token", "heartbeat", "events", "complete")
EVENT = {"stream": "assistant", "event": "finding", "payload": {"text": "x"}}
BODIES: dict[str, dict[str, Any]] = {
    "token": {},
    "heartbeat": {},
    "events": {"events": [EVENT]},
    "complete": {"status": "succeeded", "output": 1},
}
TERMINAL = ("succeeded", "failed", "halted", "cancelled", "timed_out")


def start_async(world: World, **fields: Any) -> dict[str, Any]:
    return world.start(mode="async", taskToken="token-1", **fields)


def test_a_running_run_gets_a_fresh_token_with_the_same_binding(world: World) -> None:
    run = world.start()
    answer = world.ask("token", run, {})
    assert answer.status == 200
    der = boto3.client("kms").get_public_key(KeyId=world.key_arn)["PublicKey"]
    now = datetime.now(UTC)
    claims = run_token.verify(answer.json["token"], run_token.load_public_key(der), now)
    assert (claims.tenant, claims.run, claims.agent) == ("acme", run["runId"], "echo-agent")
    assert (claims.version, claims.session, claims.mode) == (run["versionId"], run["sessionId"], "sync")
    assert claims.principal == run["principalId"]
    assert answer.json["expiresAt"] == claims.expires_at
    assert 0 < claims.expires_at - now.timestamp() <= 300


@pytest.mark.parametrize("status", TERMINAL)
def test_a_run_that_has_ended_gets_no_token(status: str, world: World) -> None:
    run = world.start()
    world.end(run, status)
    answer = world.ask("token", run, {})
    assert answer.status == 409
    assert status in answer.json["detail"]


@pytest.mark.parametrize("status", ["queued", "paused", "awaiting_approval"])
def test_a_run_that_stands_still_gets_no_token(status: str, world: World) -> None:
    assert world.ask("token", world.start(status=status), {}).status == 409


def test_a_heartbeat_keeps_the_run_alive_and_its_workflow_waiting(world: World) -> None:
    run = start_async(world)
    answer = world.ask("heartbeat", run, {"progress": {"percent": 12.5, "message": "reading"}})
    assert answer.json == {"status": "running", "cancelled": False}
    record = world.record(run)
    assert record["progress"] == {"percent": 12.5, "message": "reading", "at": record["heartbeatAt"]}
    beaten = datetime.fromisoformat(record["heartbeatAt"]).timestamp()
    assert record["leaseUntil"] == int(beaten) + 150
    assert world.workflow.heard == [("heartbeat", {"taskToken": "token-1"})]


def test_a_heartbeat_of_a_job_led_by_the_platform_leaves_its_lease(world: World) -> None:
    run = start_async(world, agentMode="sync", leaseUntil=4_000_000_000)
    assert world.ask("heartbeat", run, {}).status == 200
    record = world.record(run)
    assert record["leaseUntil"] == 4_000_000_000
    assert "heartbeatAt" in record


def test_a_heartbeat_without_progress_keeps_the_last_one(world: World) -> None:
    run = world.start()
    world.ask("heartbeat", run, {"progress": {"percent": 50}})
    world.ask("heartbeat", run, {})
    record = world.record(run)
    assert record["progress"]["percent"] == 50
    assert "leaseUntil" not in record


@pytest.mark.parametrize("status", TERMINAL)
def test_a_heartbeat_of_an_ended_run_says_how_it_ended(status: str, world: World) -> None:
    run = start_async(world)
    world.end(run, status)
    answer = world.ask("heartbeat", run, {})
    assert (answer.status, answer.json) == (200, {"status": status, "cancelled": status == "cancelled"})
    assert world.workflow.heard == []


def test_a_heartbeat_survives_a_workflow_that_is_gone(world: World) -> None:
    run = start_async(world)
    world.workflow.waiting.clear()
    assert world.ask("heartbeat", run, {}).status == 200


def test_events_are_appended_in_order_and_carry_their_type(world: World) -> None:
    run = world.start()
    wanted = [{"stream": "assistant", "event": f"step{n}", "payload": {"n": n, "type": "forged"}} for n in range(3)]
    answer = world.ask("events", run, {"events": wanted})
    assert (answer.status, answer.json) == (200, {"lastSeq": 4})
    events = world.events(run)
    assert [item["seq"] for item in events] == [1, 2, 3, 4]
    assert [item["payload"]["type"] for item in events] == ["started", "step0", "step1", "step2"]
    assert {item["sessionId"] for item in events} == {run["sessionId"]}


def test_a_hundred_events_go_at_once(world: World) -> None:
    run = world.start()
    assert world.ask("events", run, {"events": [EVENT] * 100}).json == {"lastSeq": 101}


@pytest.mark.parametrize("status", TERMINAL)
def test_nothing_is_appended_after_the_end(status: str, world: World) -> None:
    run = world.start()
    world.end(run, status)
    assert world.ask("events", run, BODIES["events"]).status == 409
    assert len(world.events(run)) == 2


def test_an_async_success_is_kept_and_wakes_the_workflow(world: World) -> None:
    run = start_async(world)
    answer = world.ask("complete", run, {"status": "succeeded", "output": {"answer": [1, None, "x"]}})
    assert (answer.status, answer.json) == (200, {"status": "succeeded"})
    record = world.record(run)
    assert (record["pendingStatus"], record["pendingOutput"]) == ("succeeded", {"answer": [1, None, "x"]})
    assert record["status"] == "running"
    [(what, told)] = world.workflow.heard
    assert (what, told["taskToken"], json.loads(told["output"])["next"]) == ("success", "token-1", "settle")


def test_a_large_output_goes_to_the_tenants_bucket(world: World) -> None:
    run = start_async(world)
    world.ask("complete", run, {"status": "succeeded", "output": "x" * 150_000})
    record = world.record(run)
    assert record["pendingOutputKey"] == f"tenants/acme/runs/{run['runId']}/output.json"
    assert "pendingOutput" not in record
    body = boto3.client("s3").get_object(Bucket=TENANT_BUCKET, Key=record["pendingOutputKey"])["Body"].read()
    assert body == b'"' + b"x" * 150_000 + b'"'


def test_an_async_failure_is_kept_and_fails_the_task(world: World) -> None:
    run = start_async(world)
    error = {"code": "BAD_DATA", "message": "no columns"}
    assert world.ask("complete", run, {"status": "failed", "error": error}).status == 200
    assert world.record(run)["pendingError"] == error
    expected = {"taskToken": "token-1", "error": "BAD_DATA", "cause": "no columns"}
    assert world.workflow.heard == [("failure", expected)]


def test_completing_twice_alike_is_one_completion(world: World) -> None:
    run = start_async(world)
    for output in (1, 2):
        assert world.ask("complete", run, {"status": "succeeded", "output": output}).status == 200
    assert world.record(run)["pendingOutput"] == 1
    assert [what for what, _ in world.workflow.heard] == ["success"]


def test_a_completion_is_not_turned_into_its_opposite(world: World) -> None:
    run = start_async(world)
    world.ask("complete", run, {"status": "succeeded", "output": 1})
    error = {"code": "LATE", "message": "changed my mind"}
    assert world.ask("complete", run, {"status": "failed", "error": error}).status == 409
    assert "pendingError" not in world.record(run)


@pytest.mark.parametrize("status", TERMINAL)
def test_completing_an_ended_run_is_a_conflict(status: str, world: World) -> None:
    run = start_async(world)
    world.end(run, status)
    assert world.ask("complete", run, BODIES["complete"]).status == 409
    assert world.workflow.heard == []


def test_a_run_that_answers_its_call_is_not_completed_here(world: World) -> None:
    answer = world.ask("complete", world.start(), BODIES["complete"])
    assert (answer.status, answer.json["code"]) == (409, "MODE_MISMATCH")


def test_without_a_workflow_that_waits_the_agent_is_told_to_try_again(world: World) -> None:
    answer = world.ask("complete", world.start(mode="async"), BODIES["complete"])
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("what", ROUTES)
def test_a_token_of_another_tenant_reaches_nothing(what: str, world: World) -> None:
    run = start_async(world)
    foreign = {**run, "tenant": "globex"}
    assert world.ask(what, foreign, BODIES[what]).status == 404
    assert len(world.events(run)) == 1
    assert "heartbeatAt" not in world.record(run)


@pytest.mark.parametrize("what", [*ROUTES, "mcp"])
@pytest.mark.parametrize("role", ["Tenant.Admin", "Platform.Admin"])
def test_people_do_not_get_in(what: str, role: str, world: World) -> None:
    tenant = "" if role.startswith("Platform") else "acme"
    request = event(f"POST /v1/gateway/{what}", body={}, authorizer=person(tenant, role))
    assert world.handle(request, None)["statusCode"] == 403


BAD = [
    ("token", {"runId": "run_1"}, "/runId"),
    ("heartbeat", {"progress": {"percent": 101}}, "/progress/percent"),
    ("heartbeat", {"progress": {"percent": -1}}, "/progress/percent"),
    ("heartbeat", {"progress": {"message": "x" * 501}}, "/progress/message"),
    ("heartbeat", {"tenantId": "globex"}, "/tenantId"),
    ("events", {"events": []}, "/events"),
    ("events", {"events": [EVENT] * 101}, "/events"),
    ("events", {"events": [{**EVENT, "stream": "lifecycle"}]}, "/events/0/stream"),
    ("events", {"events": [{**EVENT, "event": "a b"}]}, "/events/0/event"),
    ("events", {"events": [{**EVENT, "payload": "x"}]}, "/events/0/payload"),
    ("events", {"events": [{**EVENT, "seq": 1}]}, "/events/0/seq"),
    ("complete", {"status": "running"}, "/status"),
    ("complete", {"status": "failed"}, ""),
    ("complete", {"status": "succeeded", "error": {"code": "X", "message": "y"}}, ""),
    ("complete", {"status": "failed", "error": {"code": "lower", "message": "y"}}, "/error/code"),
    ("complete", {"status": "failed", "error": {"code": "X", "message": ""}}, "/error/message"),
]


@pytest.mark.parametrize(("what", "body", "pointer"), BAD)
def test_a_bad_field_is_named(what: str, body: object, pointer: str, world: World) -> None:
    answer = world.ask(what, start_async(world), body)
    assert answer.status == 400, answer.json
    assert pointer in [item["pointer"] for item in answer.json["errors"]]


def test_an_event_that_is_too_large_is_refused(world: World) -> None:
    run = world.start()
    answer = world.ask("events", run, {"events": [{**EVENT, "payload": {"text": "x" * 300_001}}]})
    assert answer.status == 413
    assert len(world.events(run)) == 1
