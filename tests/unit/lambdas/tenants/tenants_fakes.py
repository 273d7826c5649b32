"""Hand-written doubles of the records and of what provisioning makes, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from data_access_lib.errors import StaleVersion, StoreUnavailable
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.pages import IdPage
from platform_kit.errors import Conflict, NotFound


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class FakeTenants:
    """Records by id. `stale` makes that many updates come too late."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    stale: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def put(self, tenant_id: str = "acme", **fields: Any) -> None:
        times = {"createdAt": "a", "updatedAt": "b"}
        base = {"tenantId": tenant_id, "name": "Acme", "status": "active", "tier": "basic", "residency": "r"}
        self.records[tenant_id] = {**base, **times, "etag": 1, **fields}

    def get(self, tenant_id: str, *, consistent: bool = False) -> dict[str, Any]:
        if tenant_id not in self.records:
            raise NotFound("There is no such tenant.")
        return dict(self.records[tenant_id])

    def update(
        self, tenant_id: str, etag: int, fields: Mapping[str, Any], *, remove: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        record = self.records[tenant_id]
        self.stale -= 1
        if self.stale >= 0:
            record["etag"] += 1
        if record["etag"] != etag:
            raise StaleVersion
        kept = {name: value for name, value in record.items() if name not in remove}
        self.records[tenant_id] = {**kept, **fields, "etag": etag + 1}
        return dict(self.records[tenant_id])

    def list(self, **given: Any) -> IdPage:
        self.asked.append(given)
        return IdPage([self.records[name] for name in sorted(self.records)], "more" if given["after"] is None else None)


@dataclass
class FakeOperations:
    records: dict[str, dict[str, Any]] = field(default_factory=dict)

    def create(self, record: Mapping[str, Any]) -> dict[str, Any]:
        times = {"createdAt": "a", "updatedAt": "a"}
        self.records[record["operationId"]] = {"status": "queued", "progress": 0, **times, **record}
        return self.records[record["operationId"]]

    def get(self, operation_id: str) -> dict[str, Any]:
        return dict(self.records[operation_id])

    def advance(self, operation_id: str, progress: int, fields: Mapping[str, object] | None = None) -> None:
        self._change(operation_id, {"status": "running", "progress": progress, **(fields or {})})

    def succeed(self, operation_id: str, result: object) -> None:
        self._change(operation_id, {"status": "succeeded", "progress": 100, "result": result})

    def fail(self, operation_id: str, error: Mapping[str, object]) -> None:
        self._change(operation_id, {"status": "failed", "error": dict(error)})

    def _change(self, operation_id: str, fields: Mapping[str, object]) -> None:
        if self.records[operation_id]["status"] in {"succeeded", "failed"}:
            raise Conflict("The operation has ended.")
        self.records[operation_id] |= fields


@dataclass
class FakeLog:
    """An audit chain that remembers; `down` makes it fail."""

    drafts: list[AuditDraft] = field(default_factory=list)
    down: bool = False

    def append(self, draft: AuditDraft) -> dict[str, Any]:
        if self.down:
            raise StoreUnavailable
        self.drafts.append(draft)
        return {"seq": len(self.drafts)}

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(draft.action, draft.target, draft.decision) for draft in self.drafts]
