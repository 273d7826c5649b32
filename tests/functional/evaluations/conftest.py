import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from governance.pinning import EVALUATION_TENANT, HEADER
from lambdas.evaluation_worker.platform_api import Reply
from platform_kit.ids import new_id
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import REGION, Answer, client, event, machine, operator, table
from tests.functional.run_platform import runs_on_moto
from tests.functional.state_machine import StateMachine
from tests.version_records import version_item

MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:ambit-test-evaluation"
RUNTIME = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/echo-agent-candidate01"
WORKER = machine(EVALUATION_TENANT, "agents:invoke", "runs:read", "runs:cancel", "files:write", tier="premium")
EXACT = {"type": "exact", "expected": "hello"}
SUITE = {
    "name": "echo",
    "description": "It says what it is told.",
    "agents": ["echo-agent"],
    "required": True,
    "cases": [{"caseId": "hello", "input": "hello", "scorers": [EXACT]}],
}


class WorkerKilled(BaseException):
    """The process ends here: nothing catches it."""


@dataclass
class BridgeApi:
    """The public API, in this process: the deployed handlers behind what the authoriser says of the worker."""

    who: dict[str, str]
    asked: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Reply] = field(default_factory=list)

    def invoke(self, agent: str, body: Mapping[str, Any], *, key: str, version: str | None, as_job: bool) -> Reply:
        self.asked.append({"agent": agent, "body": dict(body), "key": key, "version": version, "asJob": as_job})
        if self.answers:
            return self.answers.pop(0)
        headers = {"idempotency-key": key, **({HEADER: version} if version else {})}
        headers |= {"prefer": "respond-async"} if as_job else {}
        return self._send("POST /v1/agents/{agent}/invoke", {"agent": agent}, body=dict(body), headers=headers)

    def describe_file(self, body: Mapping[str, Any], *, key: str) -> Reply:
        self.asked.append({"file": dict(body), "key": key})
        made = {"fileId": f"fil_{len(self.asked):032d}", "uploadUrl": "https://store.test/x", "uploadHeaders": {}}
        return Reply(201, made)

    def upload(self, url: str, headers: Mapping[str, str], content: bytes) -> int:
        self.asked.append({"url": url, "headers": dict(headers), "content": content})
        return 200

    def get(self, path: str) -> Reply:
        parts = path.partition("?")[0].strip("/").split("/")
        if parts[-1] == "events":
            return self._events(parts[-2])
        route = {"runs": "GET /v1/runs/{id}", "jobs": "GET /v1/jobs/{id}"}[parts[1]]
        return self._send(route, {"id": parts[2]})

    def cancel(self, run_id: str) -> Reply:
        return self._send("POST /v1/runs/{id}/cancel", {"id": run_id})

    def _events(self, run_id: str) -> Reply:
        from lambdas.bridge import handler
        from platform_kit.identity import Identity

        items, status = handler.build().events(Identity.from_context(self.who), run_id, after=0, limit=100)
        return Reply(200, {"items": items, "status": status})

    def _send(self, route: str, path: Mapping[str, str], **parts: Any) -> Reply:
        from lambdas.bridge import handler

        answer = Answer.of(handler.handle(event(route, authorizer=self.who, path=path, **parts), None))
        return Reply(answer.status, answer.json or {})


@dataclass
class Evaluating:
    """A platform with a candidate of `echo-agent`, its worker and its operators' API."""

    runtime: FakeRuntime
    api: BridgeApi
    version_id: str
    kill: set[str] = field(default_factory=set)

    def ask(self, route: str, who: dict[str, str] | None = None, **parts: Any) -> Answer:
        from lambdas.evaluations import handler

        return Answer.of(handler.handle(event(route, authorizer=who or operator(), **parts), None))

    def push(self, **changes: Any) -> Answer:
        return self.ask("POST /v1/evaluation-suites", body={**SUITE, **changes})

    def start(self, suite: str = "echo", version_id: str | None = None, **parts: Any) -> Answer:
        body = {"suite": suite, "versionId": version_id or self.version_id}
        return self.ask("POST /v1/evaluation-runs", body=body, **parts)

    def get(self, evaluation_id: str, what: str = "") -> Any:
        route = "GET /v1/evaluation-runs/{id}" + what
        answer = self.ask(route, path={"id": evaluation_id})
        assert answer.status == 200, answer.json
        return answer.json

    def step(self, **step: Any) -> Any:
        from lambdas.evaluation_worker import handler

        return handler.handle(step, None)

    def lead(self, evaluation_id: str) -> StateMachine:
        """The workflow by its real definition, from start to end."""
        workflow = StateMachine("evaluation", {"WorkerFunctionArn": lambda payload: self.step(**payload)})
        workflow.run({"evaluationId": evaluation_id})
        return workflow

    def evaluated(self, **changes: Any) -> Any:
        """A suite pushed, run to its end, and what came of it."""
        assert self.push(**changes).status in {200, 201}
        evaluation_id = self.start().json["evaluationId"]
        self.lead(evaluation_id)
        return self.get(evaluation_id)


def put_version(status: str = "candidate", artifact: str = "c" * 64, **more: Any) -> str:
    version_id = new_id("ver")
    made = {"status": status, "artifactDigest": artifact, "runtimeArn": RUNTIME, **more}
    table("control").put_item(Item=version_item("echo-agent", version_id, **made))
    return version_id


@pytest.fixture
def evaluating(monkeypatch: pytest.MonkeyPatch) -> Iterator[Evaluating]:
    from lambdas.bridge import handler as bridge
    from lambdas.evaluation_worker import handler as worker
    from lambdas.evaluations import handler as api

    caches: list[Any] = [bridge.build, worker.build, worker._client]
    caches += [api.build, api.triggers, api._catalogue, api._signals, api._client]
    environment = {"EVALUATION_STATE_MACHINE_ARN": MACHINE, "PUBLIC_URL": "https://api.test", "AUDIENCE": "ambit-api"}
    for cached in caches:
        cached.cache_clear()
    with runs_on_moto(monkeypatch, **environment) as runtime:
        tenant = {"tenantId": EVALUATION_TENANT, "tier": "premium", "status": "active", "residency": REGION}
        table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": EVALUATION_TENANT, **tenant})
        role = "arn:aws:iam::123456789012:role/evaluation"
        client("stepfunctions").create_state_machine(
            name="ambit-test-evaluation", definition='{"StartAt": "S", "States": {}}', roleArn=role
        )
        found = Evaluating(runtime, BridgeApi(WORKER), put_version())
        object.__setattr__(worker.build().asker, "api", found.api)
        object.__setattr__(worker.build().asker, "sleep", lambda _seconds: None)
        yield found
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def executions(evaluating: Evaluating) -> Callable[[], list[dict[str, Any]]]:
    """What the workflow was started with, by the execution's name."""

    def started() -> list[dict[str, Any]]:
        found = client("stepfunctions").list_executions(stateMachineArn=MACHINE)["executions"]
        described = [client("stepfunctions").describe_execution(executionArn=one["executionArn"]) for one in found]
        return [{"name": one["name"], **json.loads(one["input"])} for one in described]

    return started
