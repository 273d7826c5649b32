"""Tools behind an AgentCore Gateway: the official MCP client and the deployed interceptors, with a target of ours.

The gateway is as AWS describes it, in a few lines, because there is none locally.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import boto3
import httpx
import httpx2
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from tests.e2e.test_tools import agent, waiting_run
from tests.local_stack import LocalStack
from tests.security.callers import Credentials

__all__ = ["agent"]
pytestmark = pytest.mark.local_stack
FUNCTION = "ambit-local-interceptors"
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
TOOL = {
    "description": "Looks a customer up.",
    "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
    "risk": "low",
    "sideEffects": False,
    "version": "1",
    "target": {"agentcore": "crm___lookup"},
}


class Gateway:
    """Hands each exchange to the deployed function, before and after a target that answers in this process."""

    def __init__(self, platform: LocalStack) -> None:
        self.target_heard: list[Any] = []
        self._lambda = boto3.client(
            "lambda",
            endpoint_url=platform.described["emulatorUrl"],
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def serve(self, request: httpx2.Request) -> httpx2.Response:
        if request.method != "POST":
            return httpx2.Response(405)
        message = json.loads(request.content)
        decided = self._intercept(message, request, {})
        response = decided.get("transformedGatewayResponse")
        if response is None:
            response = {"statusCode": 200, "headers": {}, "body": self._target(decided["transformedGatewayRequest"])}
        answer = self._intercept(message, request, {"gatewayResponse": response})["transformedGatewayResponse"]
        if answer["statusCode"] == httpx.codes.ACCEPTED:
            return httpx2.Response(202)
        return httpx2.Response(answer["statusCode"], json=answer["body"])

    def _intercept(self, message: Any, request: httpx2.Request, more: dict[str, Any]) -> dict[str, Any]:
        asked = {"path": "/mcp", "httpMethod": "POST", "headers": dict(request.headers), "body": message}
        event = {"interceptorInputVersion": "1.0", "mcp": {"gatewayRequest": asked, **more}}
        answer = self._lambda.invoke(FunctionName=FUNCTION, Payload=json.dumps(event).encode())
        return dict(json.loads(answer["Payload"].read())["mcp"])

    def _target(self, sent: dict[str, Any]) -> dict[str, Any]:
        self.target_heard.append(sent)
        message = sent["body"]
        results: dict[str, Any] = {
            "initialize": {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "x"}},
            "tools/list": {"tools": [{"name": name} for name in ("crm___lookup", "crm___secret")]},
            "tools/call": {"content": [{"type": "text", "text": f"Ada, key {KEY}"}]},
        }
        return {"jsonrpc": "2.0", "id": message.get("id"), "result": results.get(message["method"], {})}


@pytest.fixture
def registered(platform: LocalStack) -> None:
    with platform.client("platform-operator") as operator:
        path = "/v1/platform/tools/crm.lookup"
        there = operator.get(path)
        headers = {"if-match": there.headers["etag"]} if there.is_success else {}
        assert operator.put(path, json=TOOL, headers=headers).is_success


@asynccontextmanager
async def opened(gateway: Gateway, token: str) -> AsyncIterator[ClientSession]:
    headers = {"authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(transport=httpx2.MockTransport(gateway.serve), headers=headers, timeout=30) as http,
        streamable_http_client("http://gateway/mcp", http_client=http) as (read, write),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


async def test_the_official_client_calls_a_tool_behind_the_gateway_and_the_run_has_it_in_its_log(
    platform: LocalStack, agent: str, registered: None
) -> None:
    run = waiting_run(platform, "acme")
    token = Credentials(platform).run_token("acme", run)
    gateway = Gateway(platform)
    async with opened(gateway, token) as session:
        tools = (await session.list_tools()).tools
        result = await session.call_tool("crm___lookup", {"id": "c-1"})
        wrong = await session.call_tool("crm___lookup", {"id": 7})
    assert [(tool.name, tool.description) for tool in tools] == [("crm___lookup", "Looks a customer up.")]
    assert result.content[0].text == "Ada, key [AWS_KEY]"  # type: ignore[union-attr]  # it is text
    assert wrong.is_error
    assert token not in str(gateway.target_heard)
    with platform.client("acme-developer") as client:
        assert client.get(f"/v1/runs/{run['runId']}").json()["usage"]["toolCalls"] == 1


async def test_without_a_run_token_nothing_reaches_the_target(platform: LocalStack, registered: None) -> None:
    gateway = Gateway(platform)
    request = httpx2.Request("POST", "http://gateway/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert gateway.serve(request).status_code == 401
    assert gateway.target_heard == []
