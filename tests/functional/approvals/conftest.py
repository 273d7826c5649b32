import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.functional.gateway.conftest import World as Gateway
from tests.functional.gateway.conftest import gateway_on_moto
from tests.functional.moto_platform import Answer, event, person, table
from tests.stores import HandClock

DEV: Final = person("acme")
"""Who starts the runs of this world."""
OTHER: Final = person("acme", "Tenant.Developer", "other")
ADMIN: Final = person("acme", "Tenant.Admin", "admin")
SECOND: Final = person("acme", "Tenant.Admin", "second")
VIEWER: Final = person("acme", "Tenant.Viewer", "viewer")
GLOBEX: Final = person("globex", "Tenant.Admin", "gus")
LIST: Final = "GET /v1/approvals"
SHOW: Final = "GET /v1/approvals/{id}"
DECIDE: Final = "POST /v1/approvals/{id}/decision"
NOTE: Final = {"name": "note.txt", "contentType": "text/plain", "text": "quarterly figures"}


@dataclass
class World:
    """A gateway whose policy asks for every call, and the approvals API, on the same tables and one clock."""

    gateway: Gateway
    clock: HandClock

    def call(self, run: Mapping[str, Any], tool: str = "files.write", **arguments: Any) -> dict[str, Any]:
        """The result of a tool."""
        answer = self.gateway.tool(run, tool, **(arguments or NOTE))
        return dict(answer.json["result"])

    def held(self, run: Mapping[str, Any], tool: str = "files.write", **arguments: Any) -> str:
        """The id of the approval for which a call is held."""
        told = self.call(run, tool, **arguments)["structuredContent"]
        assert told["code"] == "NEEDS_APPROVAL", told
        return str(told["approvalId"])

    def ask(self, route: str, who: Mapping[str, str] = ADMIN, **parts: Any) -> Answer:
        from lambdas.approvals import handler

        return Answer.of(handler.handle(event(route, authorizer=who, **parts), None))

    def show(self, approval_id: str, who: Mapping[str, str] = ADMIN) -> dict[str, Any]:
        found = self.ask(SHOW, who, path={"id": approval_id})
        assert found.status == 200, found.json
        return dict(found.json)

    def decide(
        self, approval_id: str, who: Mapping[str, str] = OTHER, decision: str = "approve", **parts: Any
    ) -> Answer:
        body = {"decision": decision, "reason": "looked at it", **parts.pop("body", {})}
        return self.ask(DECIDE, who, path={"id": approval_id}, body=body, **parts)

    def listed(self, who: Mapping[str, str] = VIEWER, **query: str) -> list[str]:
        return [item["approvalId"] for item in self.ask(LIST, who, query=query).json["items"]]

    def waited(self, run: Mapping[str, Any], approval_id: str, **body: Any) -> Answer:
        return self.gateway.ask("approvals/{id}", run, body, path={"id": approval_id})

    def chain(self, tenant: str = "acme") -> list[tuple[str, str, str]]:
        """Action, target and decision of the tenant's audit entries about approvals, oldest first."""
        items = [item for item in table("ledger").scan()["Items"] if item["pk"] == f"TENANT#{tenant}#AUDIT"]
        found = [
            (item["action"], item["target"], item["decision"]) for item in sorted(items, key=lambda one: one["sk"])
        ]
        return [entry for entry in found if entry[0].startswith("approval.")]


def files_of() -> list[dict[str, Any]]:
    """What was really written."""
    return [item for item in table("runs").scan()["Items"] if "#FILE#" in item["pk"]]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from enforcement import composition
    from lambdas.approvals import handler as approvals

    clock = HandClock()
    for module in (approvals, composition):
        monkeypatch.setattr(module, "SystemClock", lambda: clock)
    with gateway_on_moto(monkeypatch) as found:
        for function in (approvals.build, approvals._dynamodb, approvals._secrets):
            function.cache_clear()  # type: ignore[attr-defined]  # functools.cache
        for tenant in ("acme", "globex"):
            found.override({"autonomyTier": 0}, tenant, agent=None)
        yield World(found, clock)
        approvals.build.cache_clear()


def dumped(value: object) -> str:
    return json.dumps(value)
