import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import boto3
import pytest
from moto.stepfunctions.models import stepfunctions_backends

from tests.functional.moto_platform import REGION, TENANT_BUCKET, Answer, event, operator, platform_on_moto, table
from tests.functional.state_machine import StateMachine
from tests.stores import HandClock, Stores, WatchedClient

ACCOUNT: Final = "123456789012"
SCHEDULES: Final = "ambit-test-runs"
Fault = Callable[[Mapping[str, Any]], None]


def no_fault(_sent: Mapping[str, Any]) -> None:
    return None


@dataclass
class Remaining:
    """A Lambda context whose time is up after so many looks at it; never when None."""

    looks: int | None = None

    def get_remaining_time_in_millis(self) -> int:
        if self.looks is None:
            return 300_000
        self.looks -= 1
        return 300_000 if self.looks > 0 else 1_000


@dataclass
class World:
    """The tenants API, the lifecycle function and its workflow, which runs when told to, by its real definition."""

    handle: Callable[[Mapping[str, Any], object], dict[str, Any]]
    task: Callable[[Mapping[str, Any], object], dict[str, Any]]
    provision: Callable[[Mapping[str, Any], object], dict[str, Any]]
    stores: Stores
    clock: HandClock = field(default_factory=HandClock)
    looks: int | None = None
    fault: Fault = no_fault
    done: set[str] = field(default_factory=set)
    machine: StateMachine = field(init=False)

    def __post_init__(self) -> None:
        functions = {"LifecycleFunctionArn": self._work, "ProvisioningFunctionArn": self._provision}
        self.machine = StateMachine("lifecycle", functions)

    def _work(self, sent: dict[str, Any]) -> Any:
        self.fault(sent)
        return self.task(sent, Remaining(self.looks))

    def _provision(self, sent: dict[str, Any]) -> Any:
        self.fault(sent)
        return self.provision(sent, None)

    def ask(self, route: str, who: Mapping[str, str] | None = None, **parts: Any) -> Answer:
        return Answer.of(self.handle(event(route, authorizer=who or operator(), **parts), None))

    def put_tenant(self, tenant_id: str, status: str = "active", **more: Any) -> None:
        now = "2026-01-02T03:04:05.678Z"
        record = {"tenantId": tenant_id, "name": tenant_id.title(), "status": status, "tier": "basic", "etag": 1}
        record |= {"residency": REGION, "createdAt": now, "updatedAt": now, "usageKey": f"value-of-{tenant_id}"}
        table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": tenant_id, **record, **more})

    def begin(self, route: str, tenant_id: str = "acme", **parts: Any) -> str:
        """Ask for an operation; its id."""
        answer = self.ask(route, path={"id": tenant_id}, **parts)
        assert answer.status == 202, answer.json
        return str(answer.json["operationId"])

    def run_workflows(self) -> None:
        """Run every execution that was started and has not run."""
        for machine in stepfunctions_backends[ACCOUNT][REGION].state_machines:
            for execution in machine.executions:
                if machine.name == "lifecycle" and execution.name not in self.done:
                    self.done.add(execution.name)
                    self.machine.run(json.loads(execution.execution_input))

    def operation(self, operation_id: str, **parts: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET /v1/operations/{id}", path={"id": operation_id}, **parts).json
        return found

    def carry_out(self, route: str, tenant_id: str = "acme", **parts: Any) -> dict[str, Any]:
        """An operation from the request to its end; how it ended."""
        operation_id = self.begin(route, tenant_id, **parts)
        self.run_workflows()
        return self.operation(operation_id)

    def objects(self, prefix: str) -> dict[str, bytes]:
        """What lies below a prefix."""
        client = boto3.client("s3")
        listed = client.list_objects_v2(Bucket=TENANT_BUCKET, Prefix=prefix).get("Contents", [])
        return {item["Key"]: client.get_object(Bucket=TENANT_BUCKET, Key=item["Key"])["Body"].read() for item in listed}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from lambdas.lifecycle import handler as lifecycle
    from lambdas.tenants import handler as tenants
    from lambdas.tenants import tasks as provisioning

    with platform_on_moto(monkeypatch):
        states = boto3.client("stepfunctions")
        for name in ("provision", "lifecycle", "run"):
            made = states.create_state_machine(
                name=name,
                definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
                roleArn=f"arn:aws:iam::{ACCOUNT}:role/workflow",
            )
            monkeypatch.setenv(f"{name.upper()}_STATE_MACHINE_ARN", made["stateMachineArn"])
        plan = boto3.client("apigateway").create_usage_plan(name="basic")["id"]
        monkeypatch.setenv("USAGE_PLAN_IDS", json.dumps({"basic": plan}))
        monkeypatch.setenv("QUIET_SECONDS", "0")
        monkeypatch.setenv("SCHEDULE_GROUP", SCHEDULES)
        boto3.client("scheduler").create_schedule_group(Name=SCHEDULES)
        versioned = {"Status": "Enabled"}
        boto3.client("s3").put_bucket_versioning(Bucket=TENANT_BUCKET, VersioningConfiguration=versioned)
        cached: list[Any] = [tenants.build, tenants._dynamodb, tenants._secrets, tenants._states]
        cached += [provisioning.build, provisioning._dynamodb, provisioning._apigateway]
        for function in (*cached, lifecycle.build, lifecycle._client):
            function.cache_clear()
        names = {kind: f"ambit-test-{kind}" for kind in ("control", "runs", "ops", "ledger")}
        clients = (WatchedClient(boto3.client("dynamodb")), WatchedClient(boto3.client("s3")))
        stores = Stores(*clients, **names, bucket=TENANT_BUCKET)
        yield World(tenants.handle, cast("Any", lifecycle.handle), provisioning.handle, stores)
