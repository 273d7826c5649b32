import base64
import json
from typing import Any

import boto3
import httpx2
import pytest
from mcp import ClientSession
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.functional.gateway.conftest import World, text_of, token_of
from tests.functional.moto_platform import TENANT_BUCKET, event


def test_initialize_agrees_on_the_version_asked_for_or_offers_the_newest(world: World) -> None:
    run = world.start()
    for wanted, agreed in (("2025-06-18", "2025-06-18"), ("1999-01-01", "2025-11-25"), (None, "2025-11-25")):
        result = world.rpc(run, "initialize", {"protocolVersion": wanted}).json["result"]
        assert result["protocolVersion"] == agreed
        assert result["capabilities"] == {"tools": {"listChanged": False}}


def test_tools_are_listed_with_their_schemas(world: World) -> None:
    tools = {tool["name"]: tool for tool in world.rpc(world.start(), "tools/list").json["result"]["tools"]}
    assert set(tools) == {"files.read", "files.write"}
    schema = tools["files.read"]["inputSchema"]
    assert (schema["required"], schema["additionalProperties"]) == (["fileId"], False)
    assert set(schema["properties"]) == {"fileId", "offset", "length"}


def test_a_given_file_is_read_in_parts(world: World) -> None:
    file_id = world.file(b"0123456789")
    run = world.start(files=[{"fileId": file_id}])
    part = world.tool(run, "files.read", fileId=file_id, offset=4, length=3).json["result"]
    assert part["isError"] is False
    assert part["structuredContent"] == {
        "fileId": file_id,
        "name": "data.csv",
        "contentType": "text/csv",
        "bytes": 10,
        "offset": 4,
        "length": 3,
        "data": base64.b64encode(b"456").decode(),
        "eof": False,
    }
    last = world.tool(run, "files.read", fileId=file_id, offset=8).json["result"]["structuredContent"]
    assert (base64.b64decode(last["data"]), last["eof"]) == (b"89", True)


def test_reading_past_the_end_gives_nothing(world: World) -> None:
    file_id = world.file(b"abc")
    part = world.tool(world.start(files=[file_id]), "files.read", fileId=file_id, offset=99).json["result"]
    assert (part["structuredContent"]["length"], part["structuredContent"]["eof"]) == (0, True)


def test_a_written_file_belongs_to_the_tenant_and_can_be_read_back(world: World) -> None:
    run = world.start()
    written = world.tool(run, "files.write", name="report.md", contentType="text/markdown", text="# Grüße").json
    made = written["result"]["structuredContent"]
    assert made["key"] == f"tenants/acme/files/{made['fileId']}/report.md"
    stored = boto3.client("s3").get_object(Bucket=TENANT_BUCKET, Key=made["key"])
    assert (stored["Body"].read().decode(), stored["ContentType"]) == ("# Grüße", "text/markdown")
    back = world.tool(run, "files.read", fileId=made["fileId"]).json["result"]["structuredContent"]
    assert base64.b64decode(back["data"]).decode() == "# Grüße"


def test_bytes_are_written_from_base64(world: World) -> None:
    data = base64.b64encode(bytes(range(256))).decode()
    made = world.tool(world.start(), "files.write", name="b.bin", contentType="application/x-b", data=data).json
    assert made["result"]["structuredContent"]["bytes"] == 256


def test_each_call_is_two_events_and_one_in_the_count(world: World) -> None:
    file_id = world.file(b"secret contents")
    run = world.start(files=[file_id])
    world.tool(run, "files.read", fileId=file_id, length=6)
    world.tool(run, "files.write", name="x.txt", contentType="text/plain", text="secret too")
    events = [item for item in world.events(run) if item["stream"] == "tool"]
    assert [(item["event"], item["payload"]["tool"]) for item in events] == [
        ("call", "files.read"),
        ("result", "files.read"),
        ("call", "files.write"),
        ("result", "files.write"),
    ]
    assert events[0]["payload"]["callId"] == events[1]["payload"]["callId"]
    assert events[0]["payload"]["arguments"] == {"fileId": file_id, "offset": 0, "length": 6}
    assert (events[1]["payload"]["status"], events[1]["payload"]["bytes"]) == ("succeeded", 6)
    assert world.record(run)["toolCalls"] == 2
    assert "secret" not in json.dumps(events)


def test_a_failed_call_counts_and_says_why(world: World) -> None:
    run = world.start(files=["fil_" + "0" * 32])
    answer = world.tool(run, "files.read", fileId="fil_" + "0" * 32)
    assert answer.json["result"]["isError"] is True
    assert text_of(answer) == "There is no such file."
    assert world.events(run)[-1]["payload"]["code"] == "NOT_FOUND"
    assert world.record(run)["toolCalls"] == 1


def test_a_file_that_was_never_uploaded_says_so(world: World) -> None:
    file_id = world.file(None)
    assert "never uploaded" in text_of(world.tool(world.start(files=[file_id]), "files.read", fileId=file_id))


def test_a_file_the_run_was_not_given_is_refused(world: World) -> None:
    answer = world.tool(world.start(), "files.read", fileId=world.file(b"payroll"))
    assert answer.json["result"]["isError"] is True
    assert "not given" in text_of(answer)


def test_another_run_of_the_tenant_cannot_read_what_a_run_wrote(world: World) -> None:
    made = world.tool(world.start(), "files.write", name="a", contentType="text/plain", text="x").json
    answer = world.tool(world.start(), "files.read", fileId=made["result"]["structuredContent"]["fileId"])
    assert "not given" in text_of(answer)


def test_another_tenants_file_is_not_there_even_when_named(world: World) -> None:
    file_id = world.file(b"globex plans", tenant="globex")
    answer = world.tool(world.start(files=[{"fileId": file_id}]), "files.read", fileId=file_id)
    assert text_of(answer) == "There is no such file."


@pytest.mark.parametrize("status", ["cancelled", "succeeded", "failed", "halted", "timed_out"])
def test_a_run_that_has_ended_has_no_tools(status: str, world: World) -> None:
    file_id = world.file(b"x")
    run = world.start(files=[file_id])
    world.end(run, status)
    before = world.events(run)
    answer = world.tool(run, "files.read", fileId=file_id)
    assert answer.status == 409
    assert answer.json["error"]["data"]["runStatus"] == status
    assert world.events(run) == before


@pytest.mark.parametrize("status", ["queued", "paused"])
def test_a_run_that_stands_still_has_no_tools(status: str, world: World) -> None:
    answer = world.tool(world.start(status=status), "files.write", name="a", contentType="text/plain", text="x")
    assert answer.status == 409


BAD_ARGUMENTS: list[tuple[str, dict[str, Any], str]] = [
    ("files.read", {}, "/fileId"),
    ("files.read", {"fileId": "../etc/passwd"}, "/fileId"),
    ("files.read", {"fileId": "fil_" + "0" * 32, "offset": -1}, "/offset"),
    ("files.read", {"fileId": "fil_" + "0" * 32, "length": 4 * 1024 * 1024 + 1}, "/length"),
    ("files.read", {"fileId": "fil_" + "0" * 32, "length": "5"}, "/length"),
    ("files.read", {"fileId": "fil_" + "0" * 32, "tenantId": "globex"}, "/tenantId"),
    ("files.write", {"name": "a", "contentType": "text/plain"}, "text or data"),
    ("files.write", {"name": "a", "contentType": "text/plain", "text": "x", "data": "eA=="}, "text or data"),
    ("files.write", {"name": "../a", "contentType": "text/plain", "text": "x"}, "/name"),
    ("files.write", {"name": "a", "contentType": "plain", "text": "x"}, "/contentType"),
    ("files.write", {"name": "a", "contentType": "text/plain", "data": "not base64!"}, "base64"),
]


@pytest.mark.parametrize(("tool", "arguments", "told"), BAD_ARGUMENTS)
def test_bad_arguments_are_named_in_the_result(tool: str, arguments: dict[str, Any], told: str, world: World) -> None:
    answer = world.tool(world.start(), tool, **arguments)
    assert (answer.status, answer.json["result"]["isError"]) == (200, True)
    assert told in text_of(answer)


def test_more_than_four_mebibytes_are_not_written_at_once(world: World) -> None:
    arguments = {"name": "a", "contentType": "text/plain", "text": "é" * (2 * 1024 * 1024 + 1)}
    params = {"name": "files.write", "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = world.ask("mcp", world.start(), raw=json.dumps(message, ensure_ascii=False))
    assert "4 MiB" in text_of(answer)


def test_a_message_of_more_than_six_mebibytes_is_refused(world: World) -> None:
    answer = world.ask("mcp", world.start(), raw='"' + "x" * 6 * 1024 * 1024 + '"')
    assert (answer.status, answer.json["error"]["code"]) == (400, -32600)


BAD_MESSAGES = [
    ("[]", -32600),
    ('[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600),
    ("{", -32700),
    ("", -32700),
    ('"ping"', -32600),
    ('{"id":1,"method":"ping"}', -32600),
    ('{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
    ('{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
    ('{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600),
    ('{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600),
    ('{"jsonrpc":"2.0","id":1,"method":7}', -32600),
    ("[" * 100_000, -32700),
]


@pytest.mark.parametrize(("raw", "code"), BAD_MESSAGES)
def test_what_is_no_message_is_a_json_rpc_error(raw: str, code: int, world: World) -> None:
    answer = world.ask("mcp", world.start(), raw=raw)
    assert (answer.status, answer.json["error"]["code"], answer.json["id"]) == (400, code, None)


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("resources/list", {}, -32601),
        ("server/discover", {}, -32601),
        ("tools/call", {"name": "files.delete"}, -32602),
        ("tools/call", {"name": ["files.read"]}, -32602),
        ("tools/call", {}, -32602),
        ("tools/call", [], -32602),
    ],
)
def test_a_request_that_cannot_be_done_is_a_json_rpc_error(
    method: str, params: object, code: int, world: World
) -> None:
    answer = world.rpc(world.start(), method, params)
    assert (answer.status, answer.json["error"]["code"], answer.json["id"]) == (200, code, 1)


@pytest.mark.parametrize("message", [{"method": "notifications/initialized"}, {"id": 3, "result": {}}])
def test_what_wants_no_answer_gets_none(message: dict[str, Any], world: World) -> None:
    answer = world.ask("mcp", world.start(), {"jsonrpc": "2.0", **message})
    assert (answer.status, answer.json) == (202, None)


def test_a_protocol_version_that_is_not_spoken_is_refused(world: World) -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    answer = world.ask("mcp", world.start(), request, headers={"MCP-Protocol-Version": "2031-01-01"})
    assert (answer.status, answer.json["error"]["code"]) == (400, -32022)
    assert "2025-11-25" in answer.json["error"]["data"]["supported"]


def _http(world: World, run: dict[str, Any]) -> httpx2.AsyncClient:
    """An HTTP client whose requests go straight to the handler, as API Gateway would hand them over."""

    def serve(request: httpx2.Request) -> httpx2.Response:
        sent = event(
            "POST /v1/gateway/mcp",
            raw=request.content.decode(),
            headers=dict(request.headers),
            authorizer=token_of(run),
        )
        answer = world.handle(sent, None)
        return httpx2.Response(answer["statusCode"], headers=answer["headers"], content=answer["body"].encode())

    return httpx2.AsyncClient(transport=httpx2.MockTransport(serve))


async def test_the_official_client_initializes_lists_and_calls(world: World) -> None:
    file_id = world.file(b"a,b\n1,2\n")
    run = world.start(files=[file_id])
    async with (
        _http(world, run) as http,
        streamable_http_client("http://gateway/v1/gateway/mcp", http_client=http) as (read, write),
        ClientSession(read, write) as session,
    ):
        agreed = await session.initialize()
        tools = await session.list_tools()
        result = await session.call_tool("files.read", {"fileId": file_id})
        refused = await session.call_tool("files.read", {"fileId": "fil_" + "0" * 32})
    assert agreed.server_info.name == "ambit-gateway"
    assert [tool.name for tool in tools.tools] == ["files.read", "files.write"]
    assert result.structured_content is not None
    assert base64.b64decode(result.structured_content["data"]) == b"a,b\n1,2\n"
    assert refused.is_error


async def test_the_official_client_finds_the_way_by_itself(world: World) -> None:
    run = world.start()
    async with (
        _http(world, run) as http,
        Client(streamable_http_client("http://gateway/v1/gateway/mcp", http_client=http)) as client,
    ):
        written = await client.call_tool("files.write", {"name": "a.txt", "contentType": "text/plain", "text": "hi"})
    assert not written.is_error
    assert world.record(run)["toolCalls"] == 1


def test_there_is_no_stream_and_no_session_to_end(world: World) -> None:
    run = world.start()
    for method in ("GET", "DELETE"):
        answer = world.handle(event(f"{method} /v1/gateway/mcp", authorizer=token_of(run)), None)
        assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "POST")
        assert json.loads(answer["body"])["code"] == "METHOD_NOT_ALLOWED"


async def test_the_official_client_goes_on_when_it_is_told_that_there_is_no_stream(world: World) -> None:
    run, asked = world.start(), []

    def serve(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.method)
        sent = event(
            f"{request.method} /v1/gateway/mcp",
            raw=request.content.decode(),
            headers=dict(request.headers),
            authorizer=token_of(run),
        )
        answer = world.handle(sent, None)
        return httpx2.Response(answer["statusCode"], headers=answer["headers"], content=answer["body"].encode())

    async with (
        httpx2.AsyncClient(transport=httpx2.MockTransport(serve)) as http,
        streamable_http_client("http://gateway/v1/gateway/mcp", http_client=http) as (read, write),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        assert len((await session.list_tools()).tools) == 2
    assert "POST" in asked
