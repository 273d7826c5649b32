from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.functional.moto_platform import Answer, event, person, platform_on_moto, table
from tests.version_records import version_item

ADMIN: Final = person("acme", "Tenant.Admin", "admin")
DEVELOPER: Final = person("acme")
VIEWER: Final = person("acme", "Tenant.Viewer", "viewer")
GLOBEX: Final = person("globex", "Tenant.Admin", "gus")
CREATE: Final = "POST /v1/policies"
LIST: Final = "GET /v1/policies"
SHOW: Final = "GET /v1/policies/{id}"
PUT: Final = "PUT /v1/policies/{id}"
EVALUATE: Final = "POST /v1/policy/evaluate"
AGENT: Final = "analyst-agent"
VERSION: Final = "ver_" + "1" * 32
READ_ONLY: Final = {"tools": [{"name": "files.read"}]}


@dataclass
class World:
    """The policies API on moto, with one agent that has both tools of files."""

    def ask(self, route: str, who: Mapping[str, str] = ADMIN, **parts: Any) -> Answer:
        from lambdas.policies import handler

        return Answer.of(handler.handle(event(route, authorizer=who, **parts), None))

    def create(self, who: Mapping[str, str] = ADMIN, **fields: Any) -> dict[str, Any]:
        made = self.ask(CREATE, who, body={"name": "p", "agent": AGENT, "override": READ_ONLY, **fields})
        assert made.status == 201, made.json
        return dict(made.json)

    def put(self, policy_id: str, version: int, override: object, who: Mapping[str, str] = ADMIN) -> Answer:
        headers = {"If-Match": f'"{version}"'}
        return self.ask(PUT, who, path={"id": policy_id}, body={"override": override}, headers=headers)

    def evaluate(self, tool: str = "files.write", who: Mapping[str, str] = VIEWER, **question: Any) -> Answer:
        context = {"tool": tool, **question.pop("context", {})}
        return self.ask(EVALUATE, who, body={**question, "context": context})

    def chain(self, tenant: str = "acme") -> list[tuple[str, str]]:
        """Action and target of the tenant's audit entries, oldest first."""
        items = [item for item in table("ledger").scan()["Items"] if item["pk"] == f"TENANT#{tenant}#AUDIT"]
        return [(item["action"], item["target"]) for item in sorted(items, key=lambda item: item["sk"])]


def publish(manifest: object, agent: str = AGENT) -> None:
    """An agent with one approved version."""
    template = {"pk": "TENANT#platform#TEMPLATE", "sk": agent, "name": agent, "approvedVersionId": VERSION}
    table("control").put_item(Item=template)
    table("control").put_item(Item=version_item(agent, VERSION, manifest))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from lambdas.policies import handler

    with platform_on_moto(monkeypatch):
        for function in (handler.build, handler._dynamodb, handler._secrets):
            function.cache_clear()  # type: ignore[attr-defined]  # functools.cache
        publish({"tools": ["files.read", "files.write"]})
        yield World()
