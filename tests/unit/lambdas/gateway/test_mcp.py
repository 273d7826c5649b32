import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.gateway.mcp import VERSIONS, McpServer, RpcAnswer
from tests.switchboard import Switchboard
from tests.unit.lambdas.gateway.gateway_fakes import FILE_ID, TOOLS, in_force, world

SERVER = McpServer("1.2.3", Switchboard().controls(), in_force(), lambda: TOOLS)


def answer(message: object, *, version: str | None = None, **record: Any) -> RpcAnswer:
    return SERVER.answer(world(**record).desk, json.dumps(message).encode(), version)


def ask(method: str, params: object = None, **more: Any) -> RpcAnswer:
    return answer({"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}, **more)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_server(raw: bytes) -> None:
    found = SERVER.answer(world().desk, raw, None)
    assert found.status in {200, 202, 400}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
METHODS = st.sampled_from(["initialize", "ping", "tools/list", "tools/call", "notifications/x", "x"])


@given(METHODS, JSON, JSON)
def test_no_parameters_break_the_server(method: str, identifier: object, params: object) -> None:
    found = answer({"jsonrpc": "2.0", "id": identifier, "method": method, "params": params})
    assert found.status in {200, 202, 400}
    assert found.body is None or ("result" in found.body) != ("error" in found.body)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_spoken_is_agreed_on(version: str) -> None:
    body = ask("initialize", {"protocolVersion": version}).body
    assert body is not None
    assert body["result"]["protocolVersion"] == version
    assert body["result"]["serverInfo"] == {"name": "ambit-gateway", "version": "1.2.3"}
    assert ask("ping", version=version).status == 200


def test_initialize_is_answered_whatever_the_version_header_says() -> None:
    assert ask("initialize", {"protocolVersion": "x"}, version="2031-01-01").status == 200


@pytest.mark.parametrize("identifier", [1, 0, -7, "a", ""])
def test_an_answer_carries_the_id_of_its_request(identifier: object) -> None:
    found = answer({"jsonrpc": "2.0", "id": identifier, "method": "ping"})
    assert found.body == {"jsonrpc": "2.0", "id": identifier, "result": {}}


def test_an_ended_run_is_refused_with_its_status() -> None:
    found = ask("tools/call", {"name": "files.read", "arguments": {"fileId": FILE_ID}}, status="cancelled")
    assert found.status == 409
    assert found.body is not None
    assert found.body["error"]["data"] == {"code": "CONFLICT", "runStatus": "cancelled"}


@pytest.mark.parametrize(
    "raw",
    [
        b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "method": "tools/call"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "files.read", "name": "files.write"}}',
        b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}',
    ],
)
def test_a_message_that_gives_a_name_twice_is_refused(raw: bytes) -> None:
    found = SERVER.answer(world().desk, raw, None)
    assert (found.status, found.body and found.body["error"]["code"]) == (400, -32700)
