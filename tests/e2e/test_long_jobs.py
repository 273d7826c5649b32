"""Long jobs on the running platform: killed, cancelled, held for people, and silent, by the real workflow."""

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from tests.clearance import push_cleared
from tests.local_stack import LocalStack, eventually

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(400)]
AGENT = "long-worker"
TERMINAL = {"succeeded", "failed", "halted", "cancelled", "timed_out"}
PROMISED_SECONDS = 5


@pytest.fixture(scope="module")
def host(platform: LocalStack) -> Any:
    """The agent host, as AgentCore's client sees it; the agent is pushed to it."""
    push_cleared(platform, AGENT)
    url = platform.described["agentHostUrl"] if "agentHostUrl" in platform.described else _host_url(platform)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client("bedrock-agentcore", endpoint_url=url, **keys)


def _host_url(platform: LocalStack) -> str:
    from scripts.local_platform.ports import Ports

    del platform
    return Ports.from_environment().agent_host_url


def start(client: httpx.Client, **context: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/agents/{AGENT}/invoke", json={"input": "figures", "context": context})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def look(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/v1/jobs/{job['jobId']}").raise_for_status().json())


def end_of(client: httpx.Client, job: dict[str, Any], seconds: float = 180) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        found = look(client, job)
        return found if found["status"] in TERMINAL else None

    return eventually(over, seconds=seconds)


def life(client: httpx.Client, job: dict[str, Any]) -> list[str]:
    answer = client.get(f"/v1/runs/{job['runId']}/events", headers={"accept": "application/json"})
    return [item["event"] for item in answer.json()["items"] if item["stream"] == "lifecycle"]
