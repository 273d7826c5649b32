import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from data_access_lib import keys
from data_access_lib.client import TenantScopedTable
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.policies import Policies
from data_access_lib.repositories.runs import Runs
from data_access_lib.signals import AccessAttempt, Tampered
from data_access_lib.tenant import TenantContext, TenantId
from governance.pricing import CURRENT, PICO_PER_DOLLAR
from platform_kit.clock import SystemClock, rfc3339
from platform_kit.ids import new_id
from tests.functional.moto_platform import TENANT_BUCKET, Answer, event, platform_on_moto, table
from tests.version_records import version_item

TOOLS = ("files.read", "files.write")


class Silent:
    def violation(self, attempt: AccessAttempt) -> None:
        raise AssertionError(attempt)

    def tampered(self, found: Tampered) -> None:
        raise AssertionError(found)

    def happened(self, fact: object) -> None:
        raise AssertionError(fact)


@dataclass
class FakeWorkflow:
    """Step Functions' task callbacks, and which tokens are still waited for."""

    waiting: set[str] = field(default_factory=lambda: {"token-1"})
    heard: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def send_task_heartbeat(self, **request: str) -> None:
        self._take("heartbeat", request)

    def send_task_success(self, **request: str) -> None:
        self._take("success", request)
        self.waiting.discard(request["taskToken"])

    def send_task_failure(self, **request: str) -> None:
        self._take("failure", request)
        self.waiting.discard(request["taskToken"])

    def _take(self, what: str, request: dict[str, str]) -> None:
        from botocore.exceptions import ClientError

        if request["taskToken"] not in self.waiting:
            raise ClientError({"Error": {"Code": "TaskTimedOut", "Message": ""}}, what)
        self.heard.append((what, request))


@dataclass
class World:
    """A gateway, and runs to call it for."""

    handle: Callable[[Mapping[str, Any], object], dict[str, Any]]
    workflow: FakeWorkflow
    key_arn: str

    def start(self, tenant: str = "acme", *, manifest: object = None, **fields: Any) -> dict[str, Any]:
        """A run in the table, running unless said otherwise, of a version with this manifest."""
        run = {
            "runId": new_id("run"),
            "sessionId": new_id("ses"),
            "agent": "echo-agent",
            "versionId": new_id("ver"),
            "mode": "sync",
            "status": "running",
            "principalId": f"usr:abcd1234:dev@{tenant}",
            "toolCalls": 0,
            "priceVersion": CURRENT.version,
            "startedAt": rfc3339(SystemClock().now()),
            "agentMode": fields.get("mode", "sync"),
            "maxSeconds": 60,
            "reservedPico": PICO_PER_DOLLAR,
            "budgetMonth": "2026-11",
            "budgetShard": 0,
            "files": [],
            **fields,
        }
        self.publish(run["agent"], run["versionId"], {"tools": TOOLS} if manifest is None else manifest)
        runs = self.runs(tenant)
        transaction = self._table(tenant).transaction()
        runs.start(transaction, run, [EventDraft("lifecycle", "started")])
        transaction.commit()
        return {**run, "tenant": tenant}

    def publish(self, agent: str, version_id: str, manifest: object) -> None:
        """A version of an agent as the registry leaves it."""
        table("control").put_item(Item=version_item(agent, version_id, manifest))

    def override(self, document: object, tenant: str = "acme", agent: str | None = "echo-agent") -> str:
        """A policy of a tenant's, in force; its id."""
        control = self._table(tenant, "control")
        record = {"policyId": new_id("pol"), "name": "p", "agent": agent, "override": document}
        transaction = control.transaction()
        Policies(control).create_in(transaction, record)
        transaction.commit()
        return str(record["policyId"])

    def runs(self, tenant: str = "acme") -> Runs:
        return Runs(self._table(tenant))

    def record(self, run: Mapping[str, Any]) -> dict[str, Any]:
        return self.runs(run["tenant"]).get(run["runId"], consistent=True)

    def events(self, run: Mapping[str, Any]) -> list[dict[str, Any]]:
        return self.runs(run["tenant"]).log.read(run["runId"])

    def end(self, run: Mapping[str, Any], status: str) -> None:
        self.runs(run["tenant"]).finish(run["runId"], status, [EventDraft("lifecycle", status)])

    def file(self, content: bytes | None, tenant: str = "acme", name: str = "data.csv") -> str:
        """An uploaded file of a tenant (None: described only)."""
        file_id = new_id("fil")
        key = keys.file_object(TenantId(tenant), file_id, name)
        record = {"fileId": file_id, "key": key, "name": name, "contentType": "text/csv", "createdBy": "usr:x:y"}
        Files(self._table(tenant)).create({**record, "bytes": len(content or b"")})
        if content is not None:
            boto3.client("s3").put_object(Bucket=TENANT_BUCKET, Key=key, Body=content, ContentType="text/csv")
        return file_id

    def ask(self, what: str, run: Mapping[str, Any], body: object = None, **parts: Any) -> Answer:
        request = event(f"POST /v1/gateway/{what}", body=body, authorizer=token_of(run), **parts)
        return Answer.of(self.handle(request, None))

    def rpc(self, run: Mapping[str, Any], method: str, params: object = None, **more: Any) -> Answer:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, **({"params": params} if params is not None else {})}
        return self.ask("mcp", run, {**message, **more})

    def tool(self, run: Mapping[str, Any], name: str, /, **arguments: Any) -> Answer:
        return self.rpc(run, "tools/call", {"name": name, "arguments": arguments})

    def _table(self, tenant: str, name: str = "runs") -> TenantScopedTable:
        context = TenantContext(TenantId(tenant), "usr:test")
        return TenantScopedTable(boto3.client("dynamodb"), f"ambit-test-{name}", context, Silent())


def token_of(run: Mapping[str, Any]) -> dict[str, str]:
    """The authoriser's context of a run's token."""
    return {
        "tenantId": run["tenant"],
        "principalId": f"run:{run['runId']}",
        "roles": "",
        "tier": "standard",
        "scopes": "",
        "credential": "run",
        "environment": "prod",
        "runId": run["runId"],
        "agent": run["agent"],
        "versionId": run["versionId"],
        "sessionId": run["sessionId"],
        "mode": run["mode"],
    }


@contextmanager
def gateway_on_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A gateway, with the platform's tables."""
    from lambdas.gateway import handler
    from run_lifecycle.callbacks import TaskCallbacks

    workflow = FakeWorkflow()
    with platform_on_moto(monkeypatch, RUN_TOKEN_KEY_ARN="to be made"):
        kms = boto3.client("kms", region_name="us-east-1")
        key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
        monkeypatch.setenv("RUN_TOKEN_KEY_ARN", key)
        handler.build.cache_clear()
        handler._door.cache_clear()
        monkeypatch.setattr(handler, "TaskCallbacks", lambda _client: TaskCallbacks(workflow))  # type: ignore[arg-type]  # the part that is used
        yield World(handler.handle, workflow, key)
        handler.build.cache_clear()
        handler._door.cache_clear()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with gateway_on_moto(monkeypatch) as found:
        yield found


def text_of(answer: Answer) -> str:
    """The text of a tool's result."""
    return str(answer.json["result"]["content"][0]["text"])


def dumped(value: object) -> str:
    return json.dumps(value)
