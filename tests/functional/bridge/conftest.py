import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from data_access_lib.tenant import TenantContext, TenantId
from lambdas.bridge import handler
from platform_kit.clock import SystemClock
from platform_kit.ids import new_id
from run_lifecycle.start import RunRequest, start_run
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import REGION, Answer, event, person, table
from tests.functional.run_platform import STATE_MACHINE, runs_on_moto

INVOKE = "POST /v1/agents/{agent}/invoke"


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRuntime]:
    with runs_on_moto(monkeypatch) as fake:
        handler.build.cache_clear()
        yield fake
        handler.build.cache_clear()


@pytest.fixture
def call(runtime: FakeRuntime) -> Any:
    """The deployed handler: `call("GET /v1/runs/{id}", path=…, who=…)`."""

    def send(route: str, who: dict[str, str] | None = None, **parts: Any) -> Answer:
        sent = event(route, authorizer=who or person("acme"), **parts)
        return Answer.of(handler.handle(sent, None))

    return send


@pytest.fixture
def invoke(call: Any) -> Any:
    def send(body: Any = None, agent: str = "echo-agent", who: dict[str, str] | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: Answer = call(INVOKE, who, path={"agent": agent}, body=body or {"input": "hello"}, headers=named)
        return answer

    return send


@pytest.fixture
def file_of(runtime: FakeRuntime) -> Any:
    """A file of a tenant, as the function `files` records it."""

    def make(tenant: str) -> str:
        file_id = new_id("fil")
        record = {"fileId": file_id, "name": "a.csv", "contentType": "text/csv", "bytes": 5}
        table("runs").put_item(Item={"pk": f"TENANT#{tenant}#FILE#{file_id}", "sk": "META", **record})
        return file_id

    return make


@pytest.fixture
def executions(runtime: FakeRuntime) -> Any:
    """A state machine that takes executions and leaves them running; what they were started with."""
    client = boto3.client("stepfunctions", region_name=REGION)
    role = "arn:aws:iam::123456789012:role/run"
    client.create_state_machine(name="ambit-test-run", definition='{"StartAt": "S", "States": {}}', roleArn=role)

    def inputs(status: Any = "RUNNING") -> list[Any]:
        found = client.list_executions(stateMachineArn=STATE_MACHINE, statusFilter=status)["executions"]
        return [json.loads(client.describe_execution(executionArn=item["executionArn"])["input"]) for item in found]

    return inputs


@pytest.fixture
def abandoned(runtime: FakeRuntime) -> Any:
    """A run whose bridge died after starting it."""

    def make(seconds: int = 10) -> str:
        service = handler.build()
        store = service.open_store(TenantContext(TenantId("acme"), person("acme")["principalId"]))
        agent = service.resolver.resolve("echo-agent", store, "prod", session="ses_1")
        request = RunRequest(agent=agent, input="x", max_seconds=seconds, trace_id="0" * 32)
        return str(start_run(request, store, SystemClock()).run["runId"])

    return make


@pytest.fixture
def impatient(runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs may take one second."""
    monkeypatch.setenv("SYNC_TIMEOUT_SECONDS", "1")
    monkeypatch.setenv("STREAM_TIMEOUT_SECONDS", "1")
    handler.build.cache_clear()
