import pytest

from data_access_lib.errors import RunClosed
from enforcement.errors import ToolFailed
from lambdas.gateway.tool_calls import call_tool
from platform_kit.errors import NotFound
from tests.unit.lambdas.gateway.gateway_fakes import FILE_ID, World, asked, in_force, world

READ = asked("files.read", fileId=FILE_ID)


def given() -> World:
    found = world(files=[FILE_ID])
    found.upload()
    return found


def call(found: World) -> None:
    call_tool(found.desk, in_force().of(found.desk), READ)


def statuses(found: World) -> list[str]:
    return [str(draft.payload.get("status", draft.event)) for draft in found.runs.log.drafts]


def test_a_call_is_recorded_before_and_after_and_counted_once() -> None:
    found = given()
    call(found)
    assert statuses(found) == ["call", "succeeded"]
    assert found.runs.log.added == {"toolCalls": 1, "toolCalls.files.read": 1}
    first, last = found.runs.log.drafts
    assert first.payload["callId"] == last.payload["callId"]
    assert last.payload["durationMs"] >= 0


def test_nothing_is_done_when_the_intent_cannot_be_recorded() -> None:
    found = given()
    found.runs.log.closed_after = 0
    found.objects.broken = True
    with pytest.raises(RunClosed):
        call(found)


def test_a_tool_that_cannot_leaves_its_code_in_the_log() -> None:
    found = world(files=[FILE_ID])
    with pytest.raises(NotFound):
        call(found)
    assert found.runs.log.drafts[-1].payload["code"] == "NOT_FOUND"


def test_a_tool_that_breaks_is_recorded_and_tells_nothing_internal() -> None:
    found = given()
    found.objects.broken = True
    with pytest.raises(ToolFailed) as failed:
        call(found)
    assert "secret internals" not in failed.value.detail
    assert statuses(found) == ["call", "failed"]


def test_a_run_that_ends_during_the_call_takes_no_result() -> None:
    found = given()
    found.runs.log.closed_after = 1
    with pytest.raises(RunClosed):
        call(found)
