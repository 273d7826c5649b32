"""What an agent tells of its own run is kept as guardrails let it pass: events, progress, and how it ended."""

import json
from typing import Any

import pytest

from tests.functional.gateway.conftest import World
from tests.functional.moto_platform import TENANT_BUCKET, table

KEY = "AKIAIOSFODNN7EXAMPLE"
BLOCK = {"guardrails": {"actions": {"aws_key": "block"}}}


def started(world: World) -> dict[str, Any]:
    return world.start(mode="async", taskToken="token-1")


def kept() -> str:
    return json.dumps(table("runs").scan()["Items"], default=str)


def noted(world: World, run: dict[str, Any]) -> list[dict[str, Any]]:
    return [event["payload"] for event in world.events(run) if event["event"] == "guardrails"]


def test_a_secret_in_an_output_is_masked_before_it_is_kept(world: World) -> None:
    run = started(world)

    answer = world.ask("complete", run, {"status": "succeeded", "output": {"key": KEY, "n": 1}})

    assert answer.json == {"status": "succeeded"}
    assert world.record(run)["pendingOutput"] == {"key": "[AWS_KEY]", "n": 1}
    assert KEY not in kept()
    (told,) = noted(world, run)
    assert (told["where"], told["status"], told["found"]) == ("output", "masked", {"aws_key": 1})


def test_a_large_output_is_masked_before_it_goes_to_the_bucket(world: World) -> None:
    import boto3

    run = started(world)
    world.ask("complete", run, {"status": "succeeded", "output": "word " * 250_000 + KEY})

    key = world.record(run)["pendingOutputKey"]
    stored = boto3.client("s3").get_object(Bucket=TENANT_BUCKET, Key=key)["Body"].read()
    assert (KEY.encode() in stored, b"[AWS_KEY]" in stored) == (False, True)


def test_an_output_that_is_blocked_fails_the_run_and_saying_it_twice_is_fine(world: World) -> None:
    world.override(BLOCK)
    run = started(world)
    body = {"status": "succeeded", "output": f"the key is {KEY}"}

    answers = [world.ask("complete", run, body) for _ in range(2)]

    assert [answer.json for answer in answers] == [{"status": "failed"}] * 2
    record = world.record(run)
    assert (record["pendingStatus"], record["pendingError"]["code"]) == ("failed", "GUARDRAIL_BLOCKED")
    assert "pendingOutput" not in record
    assert KEY not in kept()
    assert world.workflow.heard[0][0] == "failure"
    assert KEY not in str(world.workflow.heard)


def test_why_an_agent_failed_is_told_without_its_secrets(world: World) -> None:
    masked, stopped = started(world), started(world)
    body = {"status": "failed", "error": {"code": "BAD_KEY", "message": f"bad key {KEY}"}}
    world.ask("complete", masked, body)
    assert world.record(masked)["pendingError"] == {"code": "BAD_KEY", "message": "bad key [AWS_KEY]"}
    assert KEY not in str(world.workflow.heard)

    from lambdas.gateway import handler

    world.override(BLOCK)
    handler.build.cache_clear()  # what is in force is kept for 15 s
    world.ask("complete", stopped, body)

    assert world.record(stopped)["pendingError"]["code"] == "GUARDRAIL_BLOCKED"
    assert KEY not in kept()


def test_a_secret_in_an_event_of_the_agents_is_masked(world: World) -> None:
    run = world.start()
    events = [{"stream": "assistant", "event": "note", "payload": {"v": value}} for value in ("fine", f"a {KEY}")]

    assert world.ask("events", run, {"events": events}).status == 200

    notes = [event["payload"]["v"] for event in world.events(run) if event["event"] == "note"]
    assert notes == ["fine", "a [AWS_KEY]"]
    assert noted(world, run)[0]["where"] == "events"


def test_events_that_are_blocked_are_refused_and_none_is_written(world: World) -> None:
    world.override(BLOCK)
    run = world.start()
    events = [{"stream": "assistant", "event": "note", "payload": {"v": value}} for value in ("fine", KEY)]

    answer = world.ask("events", run, {"events": events})

    assert (answer.status, answer.json["code"]) == (403, "GUARDRAIL_BLOCKED")
    assert [event for event in world.events(run) if event["event"] == "note"] == []


@pytest.mark.parametrize(("override", "shown"), [(None, "reading [AWS_KEY]"), (BLOCK, None)], ids=["mask", "block"])
def test_a_progress_message_is_guarded_and_the_sign_of_life_counts(
    world: World, override: Any, shown: str | None
) -> None:
    if override:
        world.override(override)
    run = started(world)

    answer = world.ask("heartbeat", run, {"progress": {"percent": 5, "message": f"reading {KEY}"}})

    assert answer.json == {"status": "running", "cancelled": False}
    record = world.record(run)
    told = {"percent": 5, "at": record["heartbeatAt"], **({"message": shown} if shown else {})}
    assert record["heartbeatAt"]
    assert record["progress"] == told


def test_while_the_policy_cannot_be_read_nothing_said_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from data_access_lib.errors import StoreUnavailable
    from data_access_lib.repositories.policies import Policies

    def down(*_: Any) -> Any:
        raise StoreUnavailable

    run = started(world)
    monkeypatch.setattr(Policies, "in_force", down)

    assert world.ask("complete", run, {"status": "succeeded", "output": "plain"}).status == 503
    event = {"stream": "assistant", "event": "note", "payload": {"v": "plain"}}
    assert world.ask("events", run, {"events": [event]}).status == 503
    assert "plain" not in kept()
