from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from ambit_agent import ApprovalRefusedError, Gateway, GatewayError, Invocation, RunEndedError

from tests.unit.agents.gateway_server import FakeGateway

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[FakeGateway]:
    gateway = FakeGateway()
    yield gateway
    gateway.close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def way(server: FakeGateway, waits: list[float]) -> Iterator[Gateway]:
    with Gateway(Invocation.parse(server.payload()), sleep=waits.append) as gateway:
        yield gateway


def test_every_call_carries_the_run_token(server: FakeGateway, way: Gateway) -> None:
    way.heartbeat(50, "half")
    assert server.calls == [("/heartbeat", {"progress": {"percent": 50, "message": "half"}}, "token-0")]


def test_a_token_is_refreshed_before_it_expires(server: FakeGateway) -> None:
    invocation = Invocation.parse(server.payload(runTokenExpiresAt=time.time() + 60))
    with Gateway(invocation) as way:
        way.heartbeat()
        way.heartbeat()
    assert server.paths() == ["/token", "/heartbeat", "/heartbeat"]
    assert [token for _, _, token in server.calls] == ["token-0", "token-1", "token-1"]


def test_a_token_refused_early_is_refreshed_once_and_the_call_repeated(server: FakeGateway, way: Gateway) -> None:
    server.refusals = [(401, {"code": "UNAUTHENTICATED"})]
    assert way.heartbeat().status == "running"
    assert server.paths() == ["/heartbeat", "/token", "/heartbeat"]


def test_a_run_that_is_over_is_told_apart_from_a_failure(server: FakeGateway, way: Gateway) -> None:
    server.refusals = [(409, {"code": "RUN_ENDED", "detail": "cancelled"})]
    with pytest.raises(RunEndedError, match="RUN_ENDED: cancelled"):
        way.heartbeat()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_gateway_is_asked_again_later(
    server: FakeGateway, way: Gateway, waits: list[float], status: int
) -> None:
    server.refusals = [(status, {}), (status, {})]
    assert way.heartbeat().cancelled is False
    assert waits == [0.2, 1.0]


def test_a_gateway_that_stays_down_is_an_error_with_its_status(server: FakeGateway, way: Gateway) -> None:
    server.refusals = [(503, {"code": "UNAVAILABLE", "detail": "later"})] * 4
    with pytest.raises(GatewayError, match="UNAVAILABLE: later") as error:
        way.heartbeat()
    assert error.value.status == 503


def test_events_are_never_sent_twice(server: FakeGateway, way: Gateway) -> None:
    server.refusals = [(500, {})]
    with pytest.raises(GatewayError):
        way.events([{"stream": "assistant", "event": "x", "payload": {"type": "x"}}])
    assert server.paths() == ["/events"]


def test_nobody_listening_is_an_error_and_not_an_exception_of_the_transport(waits: list[float]) -> None:
    server = FakeGateway()
    invocation = Invocation.parse(server.payload())
    server.close()
    with Gateway(invocation, sleep=waits.append) as way, pytest.raises(GatewayError, match="UNREACHABLE"):
        way.heartbeat()
    assert len(waits) == 3


def test_a_connection_the_server_closed_is_opened_again(server: FakeGateway, way: Gateway) -> None:
    way.heartbeat()
    connection: Any = way._connection._connection
    connection.sock.shutdown(2)
    assert way.heartbeat().status == "running"


def test_a_file_is_read_in_ranges_and_comes_out_whole(server: FakeGateway, way: Gateway) -> None:
    server.files["f"] = bytes(range(256)) * 50_000
    reader = way.files.open("f")
    assert b"".join(reader.ranges(first=1_000)) == server.files["f"]
    ranges = [body["params"]["arguments"] for body in server.bodies("/mcp")]
    assert [(part["offset"], part["length"]) for part in ranges[:3]] == [
        (0, 1_000), (1_000, 4 << 20), (1_000 + (4 << 20), 4 << 20),
    ]  # fmt: skip
    assert reader.size == 12_800_000


def test_an_empty_file_is_one_read_and_no_bytes(server: FakeGateway, way: Gateway) -> None:
    server.files["f"] = b""
    assert list(way.files.open("f")) == []
    assert len(server.calls) == 1


def test_text_and_bytes_are_written_each_in_its_form(server: FakeGateway, way: Gateway) -> None:
    written = way.files.write("a.md", "text/markdown", "# é")
    way.files.write("a.bin", "application/octet-stream", b"\x00\x01")
    assert (written.file_id, written.key) == ("fil_1", "k/a.md")
    assert server.written == {"a.md": "# é", "a.bin": "AAE="}


def test_a_tools_failure_speaks_its_own_words(way: Gateway) -> None:
    with pytest.raises(GatewayError, match="no such file"):
        way.tools.call("files.read", fileId="nobody")


def test_a_tool_that_is_refused_by_the_protocol_says_why(server: FakeGateway, way: Gateway) -> None:
    server.refusals = [(200, {"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "unknown tool"}})]
    with pytest.raises(GatewayError, match="unknown tool"):
        way.tools.call("files.delete")


def test_a_write_is_never_repeated(server: FakeGateway, way: Gateway) -> None:
    server.refusals = [(500, {})]
    with pytest.raises(GatewayError):
        way.files.write("a", "text/plain", "x")
    assert server.paths() == ["/mcp"]


HELD = {"isError": True, "content": [{"type": "text", "text": "held"}]}
HELD |= {"structuredContent": {"code": "NEEDS_APPROVAL", "approvalId": "apr_1"}}


def rpc(result: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 200, {"jsonrpc": "2.0", "id": 1, "result": result}


def state(status: str) -> tuple[int, dict[str, Any]]:
    return 200, {"approvalId": "apr_1", "status": status, "expiresAt": "x"}


def test_a_held_call_waits_in_slices_and_is_made_as_it_was_asked_for(server: FakeGateway, way: Gateway) -> None:
    server.refusals = [rpc(HELD), state("pending"), state("pending"), state("approved")]
    written = way.files.write("note.txt", "text/plain", "hello")
    assert written.size == 5
    assert server.paths() == ["/mcp", "/approvals/apr_1", "/approvals/apr_1", "/approvals/apr_1", "/mcp"]
    assert server.bodies("/approvals/apr_1") == [{"waitSeconds": 25}] * 3
    first, last = (body["params"] for body in server.bodies("/mcp"))
    assert first == last


@pytest.mark.parametrize("code", ["APPROVAL_DENIED", "APPROVAL_EXPIRED"])
def test_a_refused_call_is_an_error_of_its_own(server: FakeGateway, way: Gateway, code: str) -> None:
    refused = {"isError": True, "content": [{"type": "text", "text": "no"}], "structuredContent": {"code": code}}
    server.refusals = [rpc(HELD), state("denied"), rpc(refused)]
    with pytest.raises(ApprovalRefusedError, match=f"{code}: no") as error:
        way.files.write("note.txt", "text/plain", "hello")
    assert error.value.code == code
    assert server.written == {}


def test_a_run_that_ends_while_it_waits_is_over(server: FakeGateway, way: Gateway) -> None:
    server.refusals = [rpc(HELD), (409, {"code": "CONFLICT", "detail": "The run has ended: cancelled."})]
    with pytest.raises(RunEndedError):
        way.files.write("note.txt", "text/plain", "hello")


def test_heartbeats_do_not_stand_behind_a_slice_of_waiting(server: FakeGateway, way: Gateway) -> None:
    server.refusals = [state("approved")]
    assert way.await_approval("apr_1") == "approved"
    assert way._waiting is not way._connection
    assert way._connection._connection.sock is None, "nothing but the wait has used a connection"
