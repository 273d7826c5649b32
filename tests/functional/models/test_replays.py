"""Models in replays: the recorded answer, to the letter, and no model asked."""

from typing import Any

import boto3
import pytest

from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.repositories.recordings import Recordings
from data_access_lib.repositories.replays import Replays
from data_access_lib.tenant import TenantContext, TenantId
from governance.replays.calls import MOST_CALLS
from model_gateway.errors import ModelUnavailable
from platform_kit.clock import SystemClock
from run_lifecycle.replaying import new_replay, plan_of
from tests.functional.gateway.conftest import Silent
from tests.functional.models.conftest import Made, ModelWorld, events_of
from tests.functional.moto_platform import TENANT_BUCKET

MANIFEST = {"tools": ["model.chat"], "policy": "balanced", "record": True}


@pytest.fixture
def recorded(world: ModelWorld) -> dict[str, Any]:
    world.provider = Made(["Hel", "lo"])
    return world.start(manifest=MANIFEST)


def replayed(run: dict[str, Any]) -> dict[str, Any]:
    """A replay of the run, as the caller of a token of its."""
    context = TenantContext(TenantId(run["tenant"]), "usr:test")
    table = TenantScopedTable(boto3.client("dynamodb"), "ambit-test-runs", context, Silent())
    bucket = TenantScopedBucket(boto3.client("s3"), TENANT_BUCKET, context, Silent())
    plan = plan_of(Recordings(table, lambda: bucket).calls(run["runId"], 1, most=MOST_CALLS))
    made = Replays(table).create(new_replay(run, run["versionId"], "usr:test", "stop", plan, SystemClock()))
    return {**run, "runId": made["replayId"], "sessionId": run["runId"]}


def test_whole_and_streamed_answers_come_back_to_the_letter_and_nobody_is_asked(
    world: ModelWorld, recorded: dict[str, Any]
) -> None:
    whole = world.ask(recorded).json()
    pieces = events_of(world.ask(recorded, "again", stream=True))
    names = world.names(recorded)
    before, log = len(world.provider.asked) if world.provider else 0, world.runs.events(recorded)
    again = replayed(recorded)
    assert world.ask(again).json() == whole
    assert events_of(world.ask(again, "again", stream=True)) == pieces
    assert world.names(again) == names
    assert world.provider is not None
    assert (len(world.provider.asked), before) == (2, 2)
    assert world.runs.events(recorded) == log


def test_an_answer_that_broke_off_breaks_off_again(world: ModelWorld, recorded: dict[str, Any]) -> None:
    world.provider = Made(["Hel"], failure=ModelUnavailable("The model does not answer."))
    pieces = events_of(world.ask(recorded, stream=True))
    refused = world.ask(recorded, "whole")
    world.provider = Made(["never said"])
    again = replayed(recorded)
    assert events_of(world.ask(again, stream=True)) == pieces
    found = world.ask(again, "whole")
    assert (found.status_code, found.json()) == (refused.status_code, refused.json())
    assert found.headers["x-should-retry"] == refused.headers["x-should-retry"]
    assert world.provider.asked == []


@pytest.mark.parametrize("stream", [False, True])
def test_another_prompt_is_answered_by_nobody(world: ModelWorld, recorded: dict[str, Any], stream: bool) -> None:  # noqa: FBT001 - a case
    world.ask(recorded)
    again = replayed(recorded)
    answer = world.ask(again, "something else", stream=stream)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "REPLAY_DIVERGED")
    assert world.provider is not None
    assert len(world.provider.asked) == 1


def test_a_run_of_a_version_that_is_not_recorded_leaves_no_calls(world: ModelWorld) -> None:
    world.provider = Made(["Hello"])
    run = world.start()
    world.ask(run)
    events_of(world.ask(run, stream=True))
    assert replayed(run)
    items = boto3.resource("dynamodb").Table("ambit-test-runs").scan()["Items"]
    assert [item for item in items if item["sk"].startswith("RECORD")] == []
