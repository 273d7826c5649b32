import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from data_access_lib.tenant import TenantContext, TenantId
from governance.holds import Held, HoldState, held
from tests.functional.fake_runtime import FakeRuntime, running_runtime
from tests.functional.gateway.conftest import World as GatewayWorld
from tests.functional.gateway.conftest import world as gateway_world
from tests.functional.moto_platform import REGION, Answer, event, operator, person, table
from tests.functional.run_platform import STATE_MACHINE

ADMIN: Final = person("acme", "Tenant.Admin", "admin")
VIEWER: Final = person("acme", "Tenant.Viewer", "viewer")
GLOBEX: Final = person("globex", "Tenant.Admin", "gus")
OPERATOR: Final = operator()
LIST: Final = "GET /v1/incidents"
SHOW: Final = "GET /v1/incidents/{id}"
PATCH: Final = "PATCH /v1/incidents/{id}"
MITIGATE: Final = "POST /v1/incidents/{id}/mitigations"
POSTMORTEM: Final = "GET /v1/incidents/{id}/postmortem"
HOLD: Final = "GET /v1/agents/{agent}/hold"
PUT_HOLD: Final = "PUT /v1/agents/{agent}/hold"
RESET: Final = "POST /v1/agents/{agent}/reset"
DENIALS: Final = 5
"""How many refusals halt a run under the balanced profile."""

__all__ = ["gateway_world"]


@dataclass
class World:
    """A gateway whose runs misbehave, and the incidents API beside it, over the same tables."""

    gateway: GatewayWorld

    def ask(self, route: str, who: Mapping[str, str] = ADMIN, **parts: Any) -> Answer:
        from lambdas.incidents import handler

        response = handler.handle(event(route, authorizer=who, **parts), None)
        if response["headers"].get("content-type", "").startswith("text/"):
            return Answer(response["statusCode"], response["headers"], response["body"])
        return Answer.of(response)

    def take(self, body: str) -> dict[str, Any]:
        """A message of the queue, as Lambda hands it over."""
        from lambdas.incidents import handler

        return handler.handle({"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": body}]}, None)

    def quarantine_silently(self, agent: str, tenant: str = "acme") -> None:
        """A hold without an end of what runs, as whoever may not touch runs writes it."""
        from lambdas.incidents import handler

        store = handler.build().open_store(TenantContext(TenantId(tenant), "svc:test"))
        seen = store.holds.get(agent)
        store.holds.write(agent, seen, held(seen, Held(HoldState.QUARANTINED, "ops", "tried", 1)))

    def tell(self, tenant: str, agent: str) -> int:
        """That an agent is quarantined, whether it is or not: how many runs were ended."""
        return int(self.take(json.dumps({"tenantId": tenant, "agent": agent}))["ended"])

    def halt(self, agent: str = "echo-agent", tenant: str = "acme") -> dict[str, Any]:
        """A run that asks for what it is not granted until it is halted for SAFETY."""
        run = self.gateway.start(tenant, agent=agent, manifest={"tools": ["files.read"]})
        for _ in range(DENIALS):
            self.gateway.tool(run, "files.write", name="a.txt", contentType="text/plain", text="x")
        assert self.gateway.record(run)["status"] == "halted"
        return run

    def halt_with_a_read(self, agent: str) -> None:
        """As `halt`, after a call that goes well: the tool is what such runs share."""
        file_id = self.gateway.file(b"0123456789")
        manifest = {"tools": ["files.read"]}
        run = self.gateway.start(agent=agent, manifest=manifest, files=[{"fileId": file_id}])
        self.gateway.tool(run, "files.read", fileId=file_id)
        for _ in range(DENIALS):
            self.gateway.tool(run, "files.write", name="a.txt", contentType="text/plain", text="x")

    def going(self, agent: str = "echo-agent") -> dict[str, Any]:
        """A run that is at work."""
        return self.gateway.start(agent=agent, runtimeArn=f"arn:aws:bedrock-agentcore:us-east-1:1:runtime/{agent}")

    def stuck(self, agent: str = "echo-agent") -> dict[str, Any]:
        """A run that makes the same call until it is halted for STAGNATION."""
        file_id = self.gateway.file(b"0123456789")
        run = self.gateway.start(agent=agent, files=[{"fileId": file_id}])
        for _ in range(10):
            self.gateway.tool(run, "files.read", fileId=file_id)
        assert self.gateway.record(run)["status"] == "halted"
        return run

    def incidents(self, who: Mapping[str, str] = ADMIN, **query: str) -> list[dict[str, Any]]:
        answer = self.ask(LIST, who, query=query)
        assert answer.status == 200, answer.json
        return list(answer.json["items"])

    def show(self, incident_id: str, who: Mapping[str, str] = ADMIN) -> Answer:
        return self.ask(SHOW, who, path={"id": incident_id})

    def patch(self, incident_id: str, etag: str, who: Mapping[str, str] = ADMIN, **body: object) -> Answer:
        return self.ask(PATCH, who, path={"id": incident_id}, headers={"If-Match": etag}, body=body)

    def mitigate(self, incident_id: str, who: Mapping[str, str] = ADMIN, **body: object) -> Answer:
        return self.ask(MITIGATE, who, path={"id": incident_id}, body={"reason": "because", **body})

    def hold(self, agent: str = "echo-agent") -> dict[str, Any]:
        return dict(self.ask(HOLD, path={"agent": agent}).json)

    def chain(self, tenant: str = "acme") -> list[tuple[str, str]]:
        """Action and target of the tenant's audit entries, oldest first."""
        items = [item for item in table("ledger").scan()["Items"] if item["pk"] == f"TENANT#{tenant}#AUDIT"]
        return [(item["action"], item["target"]) for item in sorted(items, key=lambda item: item["sk"])]


def publish(agent: str) -> None:
    template = {"pk": "TENANT#platform#TEMPLATE", "sk": agent, "name": agent, "approvedVersionId": "ver_" + "1" * 32}
    table("control").put_item(Item=template)


def use() -> None:
    """Agents that tenants have used, so that they have instances of them."""
    for tenant, agents in {"acme": ("echo-agent", "agent-b"), "globex": ("echo-agent",)}.items():
        for agent in agents:
            place = {"pk": f"TENANT#{tenant}#INSTANCE", "sk": agent}
            record = {"agent": agent, "instanceId": f"ins_{'1' * 32}", "environment": "prod", "status": "active"}
            table("control").put_item(Item={**place, **record, "etag": 1, "createdAt": "2026-01-01T00:00:00.000Z"})


def reside(tenant: str, region: str) -> None:
    record = {"tenantId": tenant, "status": "active", "tier": "standard", "residency": region}
    table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": tenant, **record})


@pytest.fixture
def runtime() -> Iterator[FakeRuntime]:
    with running_runtime() as runtime:
        yield runtime


@pytest.fixture
def world(gateway_world: GatewayWorld, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> World:
    from lambdas.incidents import handler

    monkeypatch.setenv("RUN_STATE_MACHINE_ARN", STATE_MACHINE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", runtime.url)
    handler.build.cache_clear()
    handler._client.cache_clear()
    for agent in ("echo-agent", "agent-b", "agent-c"):
        publish(agent)
    for tenant in ("acme", "globex"):
        reside(tenant, REGION)
    return World(gateway_world)


def entries(answer: Answer) -> list[tuple[str, str]]:
    """Type and title of a timeline."""
    return [(entry["type"], entry["title"]) for entry in answer.json["timeline"]]
