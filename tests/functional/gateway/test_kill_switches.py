"""A running agent's next call ends when an operator stops its tenant, itself or the platform; a tool ends alone."""

from typing import Any

import pytest

from lambdas.gateway import handler
from tests.functional.gateway.conftest import World
from tests.functional.moto_platform import put_switch, table

CALLS = {
    "token": {},
    "heartbeat": {},
    "events": {"events": [{"stream": "assistant", "event": "delta", "payload": {"text": "x"}}]},
    "complete": {"status": "succeeded", "output": 1},
    "mcp": {"jsonrpc": "2.0", "id": 1, "method": "ping"},
}
STOPS = [("platform", "platform"), ("tenant", "acme"), ("agent", "echo-agent")]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("scope", "target"), STOPS)
def test_every_call_of_a_stopped_run_is_refused(world: World, scope: str, target: str, call: str) -> None:
    run = world.start(mode="async")
    put_switch(scope, target)
    before = world.record(run)
    answer = world.ask(call, run, CALLS[call])
    assert (answer.status, answer.json["code"]) == (403, "KILL_SWITCH")
    assert world.record(run) == before
    assert world.workflow.heard == []


@pytest.mark.parametrize("call", CALLS)
def test_a_run_is_stopped_by_itself(world: World, call: str) -> None:
    run, other = world.start(mode="async"), world.start(mode="async")
    put_switch("run", f"acme/{run['runId']}")
    assert world.ask(call, run, CALLS[call]).json["code"] == "KILL_SWITCH"
    if call == "heartbeat":
        assert world.ask(call, other, {}).status == 200


@pytest.mark.parametrize(("scope", "target"), [("tenant", "globex"), ("agent", "echo"), ("tool", "files.read")])
def test_other_runs_go_on(world: World, scope: str, target: str) -> None:
    put_switch(scope, target)
    assert world.ask("heartbeat", world.start(), {}).status == 200


def test_a_stopped_tool_is_refused_and_leaves_no_trace_in_the_run(world: World) -> None:
    file_id = world.file(b"0123456789")
    run = world.start(files=[{"fileId": file_id}])
    put_switch("tool", "files.read")
    answer = world.tool(run, "files.read", fileId=file_id)
    assert (answer.status, answer.json["error"]["data"]) == (403, {"code": "KILL_SWITCH"})
    assert (world.record(run)["toolCalls"], len(world.events(run))) == (0, 1)


def test_other_tools_of_the_run_go_on(world: World) -> None:
    put_switch("tool", "files.read")
    answer = world.tool(world.start(), "files.write", name="a.txt", contentType="text/plain", text="x")
    assert (answer.status, answer.json["result"]["isError"]) == (200, False)


def test_flags_do_not_stop_what_runs(world: World) -> None:
    """The platform of this test has no flag at all."""
    assert world.ask("heartbeat", world.start(), {}).status == 200


def test_a_gateway_that_cannot_read_the_switches_refuses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        from data_access_lib.errors import StoreUnavailable

        raise StoreUnavailable

    monkeypatch.setattr(handler.build().controls, "_reader", broken)
    answer = world.ask("heartbeat", world.start(), {})
    assert (answer.status, answer.json["code"]) == (503, "DEPENDENCY_UNAVAILABLE")


def test_a_cleared_switch_lets_the_run_go_on(world: World) -> None:
    run = world.start()
    put_switch("tenant", "acme")
    assert world.ask("heartbeat", run, {}).status == 403
    [item] = [i for i in table("control").scan()["Items"] if i["pk"].endswith("KILLSWITCH")]
    table("control").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    handler.build.cache_clear()
    assert world.ask("heartbeat", run, {}).status == 200
