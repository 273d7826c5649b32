"""What only AWS can show, on a deployed stage: `make smoke ENV=dev`. See docs/smoke.md for what it needs."""

import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import httpx
import pytest

from infra.config import settings_for

pytestmark = pytest.mark.aws

STAGE = os.environ.get("AMBIT_SMOKE_ENV", "dev")
PROTECTED = settings_for(STAGE).protected
WAIT_SECONDS = 180
INVOCATIONS = 80


@cache
def client(service: str) -> Any:
    return boto3.client(service, region_name=settings_for(STAGE).region)  # type: ignore[call-overload] # any service


@pytest.fixture(scope="session")
def outputs() -> dict[str, str]:
    pages = client("cloudformation").get_paginator("describe_stacks").paginate()
    stacks = [stack for page in pages for stack in page["Stacks"] if stack["StackName"].startswith(f"Ambit-{STAGE}-")]
    return {output["OutputKey"]: output["OutputValue"] for stack in stacks for output in stack.get("Outputs", [])}


@pytest.fixture(scope="session")
def public() -> Iterator[httpx.Client]:
    """A developer of a tenant of this stage, through CloudFront."""
    token = os.environ["AMBIT_SMOKE_TOKEN"]
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=settings_for(STAGE).public_url, headers=headers, timeout=60) as opened:
        yield opened


def _eventually(found: Callable[[], Any]) -> Any:
    """Ask until there is an answer, or the deadline has passed."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        answer = found()
        if answer:
            return answer
        time.sleep(5)
    return None


def _arrivals(public: httpx.Client, text: str) -> list[float]:
    body = {"input": text}
    with public.stream("POST", "/v1/agents/echo-stream/stream", json=body) as response:
        assert response.status_code == httpx.codes.OK
        assert response.headers["content-type"].startswith("text/event-stream")
        return [time.monotonic() for line in response.iter_lines() if line.startswith("data:")]


def test_events_arrive_while_the_agent_still_writes(public: httpx.Client) -> None:
    arrivals = _arrivals(public, "one two three four five six seven eight nine ten")

    assert len(arrivals) > 2
    assert arrivals[-1] - arrivals[0] > 0.2, "everything came at once: the stream was buffered"


def test_a_streamed_run_can_be_read_again(public: httpx.Client) -> None:
    _arrivals(public, "again")
    run = public.get("/v1/runs", params={"limit": 1}).json()["items"][0]
    events = public.get(f"/v1/runs/{run['runId']}/events", headers={"accept": "application/json"}).json()["items"]

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_the_firewall_refuses_a_known_attack_with_our_own_problem_document(public: httpx.Client) -> None:
    response = public.get("/v1/agents", headers={"user-agent": "${jndi:ldap://example.com/a}"})

    assert response.status_code == httpx.codes.FORBIDDEN


def test_the_firewall_lets_a_long_input_with_markup_through(public: httpx.Client) -> None:
    text = "<script>alert(1)</script> ../../etc/passwd " * 400
    response = public.post("/v1/agents/echo-agent/invoke", json={"input": text})

    assert response.status_code == httpx.codes.OK
    assert response.json()["output"] == text


def test_the_api_stage_has_its_firewall(outputs: dict[str, str]) -> None:
    region = settings_for(STAGE).region
    arn = f"arn:aws:apigateway:{region}::/restapis/{outputs['RestApiId']}/stages/{outputs['RestApiStage']}"

    assert client("wafv2").get_web_acl_for_resource(ResourceArn=arn)["WebACL"]["Name"].startswith(f"ambit-{STAGE}-")


def test_a_page_of_the_app_carries_the_security_headers() -> None:
    response = httpx.get(settings_for(STAGE).public_url, timeout=30)

    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["strict-transport-security"].startswith("max-age=")


def test_an_answer_of_api_gateway_itself_is_a_problem_document() -> None:
    response = httpx.get(f"{settings_for(STAGE).public_url}/v1/agents", timeout=30)

    assert response.status_code == httpx.codes.UNAUTHORIZED
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("agent", ["EchoAgent", "EchoStream", "EchoAsync", "AnalystAgent"])
def test_every_runtime_is_ready_inside_the_vpc(agent: str, outputs: dict[str, str]) -> None:
    runtime_id = outputs[f"{agent}RuntimeArn"].rsplit("/", 1)[1]
    runtime = client("bedrock-agentcore-control").get_agent_runtime(agentRuntimeId=runtime_id)

    assert runtime["status"] == "READY"
    assert runtime["networkConfiguration"]["networkMode"] == "VPC"


def test_an_asynchronous_agent_reaches_the_gateway_from_its_vpc(public: httpx.Client) -> None:
    """Completion comes through the private API, the endpoint, the DNS firewall and the security groups."""
    job = public.post("/v1/agents/echo-async/invoke", json={"input": "hello"}).json()
    poll = job["pollUrl"].removeprefix(settings_for(STAGE).public_url)

    ended = _eventually(lambda: _ended(public, poll))

    assert ended is not None, "the job never ended: can the agent reach the gateway?"
    assert ended["status"] == "succeeded"


def _ended(public: httpx.Client, url: str) -> dict[str, Any] | None:
    job: dict[str, Any] = public.get(url).json()
    return job if job["status"] not in {"queued", "running"} else None


@pytest.fixture
def canary() -> Iterator[str]:
    """An alias that sends half of its calls to one version and half to another; removed afterwards."""
    if PROTECTED:
        pytest.skip("publishes versions: development stages only")
    function, alias = f"ambit-{STAGE}-platform_ops", f"smoke-{uuid.uuid4().hex[:8]}"
    described = client("lambda").get_function_configuration(FunctionName=function).get("Description", "")
    stable, fresh = _publish(function, f"{alias} stable"), _publish(function, f"{alias} fresh")
    routing = {"AdditionalVersionWeights": {fresh: 0.5}}
    client("lambda").create_alias(FunctionName=function, Name=alias, FunctionVersion=stable, RoutingConfig=routing)
    yield alias
    client("lambda").delete_alias(FunctionName=function, Name=alias)
    for version in (stable, fresh):
        client("lambda").delete_function(FunctionName=function, Qualifier=version)
    client("lambda").update_function_configuration(FunctionName=function, Description=described)


def _publish(function: str, description: str) -> str:
    """A version differs from the last one only when something was changed: here its description."""
    client("lambda").update_function_configuration(FunctionName=function, Description=description)
    client("lambda").get_waiter("function_updated_v2").wait(FunctionName=function)
    return str(client("lambda").publish_version(FunctionName=function)["Version"])


def test_canary_weights_divide_the_calls(canary: str) -> None:
    function = f"ambit-{STAGE}-platform_ops"
    seen = Counter(
        client("lambda").invoke(FunctionName=function, Qualifier=canary, Payload=b"{}")["ExecutedVersion"]
        for _ in range(INVOCATIONS)
    )

    assert len(seen) == 2
    assert min(seen.values()) > INVOCATIONS * 0.2


def test_a_call_leaves_its_line_in_the_access_log(public: httpx.Client) -> None:
    request_id = public.get("/v1/agents").headers["x-request-id"]
    started = int((time.time() - 60) * 1000)
    group = f"/ambit/{STAGE}/api-access"

    def line() -> list[Any]:
        pattern = f'{{ $.requestId = "{request_id}" }}'
        found = client("logs").filter_log_events(logGroupName=group, startTime=started, filterPattern=pattern)
        return list(found["events"])

    assert _eventually(line)


def test_a_call_leaves_its_trace(public: httpx.Client) -> None:
    public.get("/v1/agents")

    def traces() -> list[Any]:
        window = {"StartTime": time.time() - 300, "EndTime": time.time()}
        found = client("xray").get_trace_summaries(**window, FilterExpression=f'service("ambit-{STAGE}-agents")')
        return list(found["TraceSummaries"])

    assert _eventually(traces)
