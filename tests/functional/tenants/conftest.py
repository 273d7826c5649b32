import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from moto.stepfunctions.models import stepfunctions_backends

from tests.functional.moto_platform import REGION, TENANT_BUCKET, Answer, event, operator, platform_on_moto, table

DEFINITION: Final = Path(__file__).parents[3] / "infra" / "workflows" / "provision.asl.json"
GOOD: Final = {"id": "initech", "name": "Initech", "tier": "basic"}
Fault = Callable[[str], None]


def no_fault(_step: str) -> None:
    return None


@dataclass
class World:
    """The tenants API and its workflow, which runs when told to, by its real definition."""

    handle: Callable[[Mapping[str, Any], object], dict[str, Any]]
    task: Callable[[Mapping[str, Any], object], dict[str, Any]]
    plans: dict[str, str]
    done: set[str] = field(default_factory=set)

    def ask(self, route: str, who: Mapping[str, str] | None = None, **parts: Any) -> Answer:
        return Answer.of(self.handle(event(route, authorizer=who or operator(), **parts), None))

    def create(self, **changes: Any) -> Answer:
        """Create and provision a tenant; the answer of the creation."""
        made = self.ask("POST /v1/tenants", body={**GOOD, **changes})
        assert made.status == 202, made.json
        self.run_workflows()
        return made

    def tenant(self, tenant_id: str = "initech") -> Answer:
        return self.ask("GET /v1/tenants/{id}", path={"id": tenant_id})

    def operation(self, operation_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET /v1/operations/{id}", path={"id": operation_id}).json
        return found

    def run_workflows(self, fault: Fault = no_fault) -> None:
        """Run every execution that was started and has not run; `fault` may raise in a step, every time it is tried."""
        machine = next(iter(stepfunctions_backends["123456789012"][REGION].state_machines))
        for execution in machine.executions:
            if execution.name not in self.done:
                self.done.add(execution.name)
                self._execute(json.loads(execution.execution_input), fault)

    def _execute(self, given: dict[str, Any], fault: Fault) -> None:
        states = json.loads(DEFINITION.read_text())["States"]
        name = "Reserve"
        while states[name]["Type"] == "Task":
            payload = dict(states[name]["Parameters"]["Payload"])
            sent = {key.removesuffix(".$"): _resolve(value, given) for key, value in payload.items()}
            try:
                fault(sent["step"])
                self.task(sent, None)
            except Exception as failure:
                if "Catch" not in states[name]:
                    raise
                caught = states[name]["Catch"][0]
                cause = json.dumps({"errorType": type(failure).__name__, "errorMessage": "internal text"})
                given = {**given, "error": {"Error": type(failure).__name__, "Cause": cause}}
                name = caught["Next"]
                continue
            if states[name].get("End"):
                return
            name = states[name]["Next"]


def _resolve(value: Any, given: Mapping[str, Any]) -> Any:
    return given[value.removeprefix("$.")] if isinstance(value, str) and value.startswith("$.") else value


@dataclass(frozen=True)
class Traces:
    """Everything that a tenant has besides its record."""

    keys: list[str]
    plans: list[str]
    budgets: list[dict[str, Any]]
    objects: list[str]
    data_keys: list[dict[str, Any]]
    usable_keys: list[str]

    @property
    def nothing(self) -> bool:
        return not any(getattr(self, part.name) for part in fields(self))


def traces(world: World, tenant_id: str = "initech") -> Traces:
    gateway = boto3.client("apigateway")
    keys = [item for item in gateway.get_api_keys()["items"] if item["name"].endswith(f"-{tenant_id}")]
    ids = {key["id"] for key in keys}
    plans = [
        tier
        for tier, plan in world.plans.items()
        if ids & {item["id"] for item in gateway.get_usage_plan_keys(usagePlanId=plan)["items"]}
    ]
    budgets = [item for item in table("ops").scan()["Items"] if item["pk"].startswith(f"TENANT#{tenant_id}#BUDGET#")]
    listed = boto3.client("s3").list_objects_v2(Bucket=TENANT_BUCKET, Prefix=f"tenants/{tenant_id}/")
    objects = [item["Key"] for item in listed.get("Contents", [])]
    data_keys = [item for item in table("control").scan()["Items"] if item["pk"] == f"TENANT#{tenant_id}#DATAKEY"]
    return Traces(sorted(ids), plans, budgets, objects, data_keys, usable_keys(tenant_id))


def usable_keys(tenant_id: str) -> list[str]:
    """The KMS keys tagged with the tenant that can be used."""
    kms = boto3.client("kms")
    found = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    usable = [key["Arn"] for key in found if key["KeyState"] == "Enabled"]
    tag = {"TagKey": "tenant", "TagValue": tenant_id}
    return [arn for arn in usable if tag in kms.list_resource_tags(KeyId=arn.rpartition("/")[2])["Tags"]]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from lambdas.tenants import handler, tasks

    with platform_on_moto(monkeypatch):
        gateway = boto3.client("apigateway")
        plans = {tier: gateway.create_usage_plan(name=tier)["id"] for tier in ("basic", "standard", "premium")}
        machine = boto3.client("stepfunctions").create_state_machine(
            name="provision", definition=DEFINITION.read_text(), roleArn="arn:aws:iam::123456789012:role/workflow"
        )
        monkeypatch.setenv("PROVISION_STATE_MACHINE_ARN", machine["stateMachineArn"])
        monkeypatch.setenv("LIFECYCLE_STATE_MACHINE_ARN", machine["stateMachineArn"])
        monkeypatch.setenv("USAGE_PLAN_IDS", json.dumps(plans))
        cached: list[Any] = [handler.build, handler._dynamodb, handler._secrets, handler._states]
        for function in (*cached, tasks.build, tasks._dynamodb, tasks._apigateway):
            function.cache_clear()
        yield World(handler.handle, tasks.handle, plans)
