"""Tools on the running platform: an agent that calls them, and the official MCP client with its run token."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from tests.clearance import push_cleared
from tests.local_stack import LocalStack
from tests.security.callers import Credentials

pytestmark = pytest.mark.local_stack
AGENT = "tool-agent"


@pytest.fixture(scope="module")
def agent(platform: LocalStack) -> str:
    """The agent that calls what it is told to, pushed and approved."""
    push_cleared(platform, AGENT)
    return AGENT


@pytest.fixture
def inside(platform: LocalStack) -> str:
    """A server on this machine that tools may reach: the local identity provider's description of itself."""
    return f"{platform.issuer}/.well-known/openid-configuration"


@pytest.fixture
def narrowed(platform: LocalStack, agent: str) -> None:
    """A policy that lets the agent reach one host."""
    with platform.client("acme-admin") as admin:
        items = admin.get("/v1/policies").json()["items"]
        there = next((item for item in items if item.get("agent") == agent), None)
        override = {"egress": ["127.0.0.1"], "autonomyTier": 3}
        if there is None:
            made = admin.post("/v1/policies", json={"name": agent, "agent": agent, "override": override})
        else:
            etag = admin.get(f"/v1/policies/{there['policyId']}").headers["etag"]
            path = f"/v1/policies/{there['policyId']}"
            made = admin.put(path, json={"override": override}, headers={"if-match": etag})
        assert made.is_success, made.text


def calls(client: httpx.Client, *wanted: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    context = {"calls": [{"tool": tool, "arguments": arguments} for tool, arguments in wanted]}
    answer = client.post(f"/v1/agents/{AGENT}/invoke", json={"input": "go", "context": context})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["output"])


def test_an_agent_computes_and_reaches_the_one_host_that_policy_names(
    acme: httpx.Client, narrowed: None, inside: str
) -> None:
    found = calls(
        acme,
        ("calculator", {"expression": "0.1 + 0.2"}),
        ("http.fetch", {"url": inside}),
        ("http.fetch", {"url": "https://example.com/"}),
        ("http.fetch", {"url": "http://169.254.169.254/latest/meta-data/"}),
        ("http.fetch", {"url": "http://127.0.0.1:1/"}),
    )
    assert found[0]["result"] == {"result": "0.3", "exact": True}
    assert (found[1]["result"]["status"], '"issuer"' in found[1]["result"]["text"]) == (200, True)
    assert "deny-egress" in found[2]["refused"]
    assert "deny-egress" in found[3]["refused"]
    assert "may not be reached" in found[4]["refused"]


def test_a_tool_above_the_tenants_tier_is_not_callable(globex: httpx.Client, agent: str, inside: str) -> None:
    [found] = calls(globex, ("http.fetch", {"url": inside}))
    assert "deny-tier" in found["refused"]


def test_a_tenant_sees_the_tools_and_which_its_tier_reaches(acme: httpx.Client, globex: httpx.Client) -> None:
    for client, reached in ((acme, True), (globex, False)):
        items = {item["name"]: item["available"] for item in client.get("/v1/tools").json()["items"]}
        assert (items["calculator"], items["http.fetch"]) == (True, reached)


def waiting_run(platform: LocalStack, tenant: str) -> dict[str, Any]:
    """An asynchronous run that goes on for a while, bound to the version of the agent that calls tools."""
    with platform.client(f"{tenant}-developer") as client:
        body = {"input": "x", "context": {"steps": 40, "stepMs": 500}}
        started = client.post("/v1/agents/echo-async/invoke", json=body).raise_for_status().json()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            run: dict[str, Any] = client.get(f"/v1/runs/{started['runId']}").json()
            if run["status"] == "running":
                version = client.get(f"/v1/agents/{AGENT}").json()["versions"][0]["versionId"]
                return {**run, "agent": AGENT, "version": version, "mode": "async"}
    raise AssertionError("the run did not begin")


@asynccontextmanager
async def session(platform: LocalStack, tenant: str) -> AsyncIterator[ClientSession]:
    """The official client, unmodified, with nothing but a run token."""
    token = Credentials(platform).run_token(tenant, waiting_run(platform, tenant))
    headers = {"authorization": f"Bearer {token}"}
    url = f"{platform.api_url}/v1/gateway/mcp"
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        streamable_http_client(url, http_client=http) as (read, write),
        ClientSession(read, write) as opened,
    ):
        await opened.initialize()
        yield opened


async def test_the_official_client_lists_and_calls(platform: LocalStack, agent: str) -> None:
    async with session(platform, "acme") as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
        summed = await client.call_tool("calculator", {"expression": "2 ** 100"})
        wrong = await client.call_tool("calculator", {"expression": "__import__('os')"})
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("Calculator", {"expression": "1"})
    assert {"calculator", "time", "search", "files.read", "http.fetch"} <= listed
    assert summed.structured_content == {"result": str(2**100), "exact": True}
    assert wrong.is_error


async def test_above_its_tier_the_official_client_neither_sees_nor_calls(
    platform: LocalStack, agent: str, inside: str
) -> None:
    async with session(platform, "globex") as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
        refused = await client.call_tool("http.fetch", {"url": inside})
    assert listed >= {"calculator", "time"}
    assert listed.isdisjoint({"http.fetch", "http.send"})
    assert refused.is_error
    assert (refused.structured_content or {})["ruleId"] == "deny-tier"
