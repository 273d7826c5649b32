"""The steps of the provisioning workflow, and how they are undone. Every step may be repeated.

`tenant.create` provisions a new tenant; `tenant.change` brings plan and budget into line with a new tier or budget.
Undoing the first leaves nothing but the failed record and the failed operation; undoing the second puts back what was.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.client import TenantScopedBucket
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.operations import Operations
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.tenant import TenantId
from lambdas.tenants.service import CHANGE, CREATE
from lambdas.tenants.usage_keys import UsageKeys
from lambdas.tenants.views import monthly_budget
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict
from platform_kit.observability import count, logger

Item = Mapping[str, Any]
ENDED: Final = frozenset({"succeeded", "failed"})


@dataclass(frozen=True)
class Premises:
    """What is made inside the tenant, reached with credentials for that tenant alone."""

    budgets: Budgets
    objects: TenantScopedBucket


@dataclass(frozen=True)
class Provisioning:
    """`premises` opens a tenant."""

    tenants: Tenants
    operations: Operations
    usage_keys: UsageKeys
    premises: Callable[[TenantId], Premises]
    clock: Clock

    def reserve(self, operation: Item, record: Item) -> None:
        """See that the tenant is this operation's to work on; Conflict when another one took it over."""
        self._advance(operation, "reserve", 10)
        if operation["kind"] == CREATE and record["status"] != "provisioning":
            raise Conflict(f"The tenant is {record['status']}, not being provisioned.")

    def create_usage_key(self, operation: Item, record: Item) -> None:
        """Give the tenant its key in the plan of its tier."""
        self._advance(operation, "create_usage_key", 30)
        key = self.usage_keys.ensure(record["tenantId"], record["tier"])
        if record.get("usageKeyId") != key.id:
            self._write(record, {"usageKey": key.value, "usageKeyId": key.id})

    def create_defaults(self, operation: Item, record: Item) -> None:
        """Open this month's budget, and leave a mark in the tenant's part of the bucket."""
        self._advance(operation, "create_defaults", 60)
        premises = self.premises(TenantId(record["tenantId"]))
        premises.budgets.open(monthly_budget(record))
        premises.objects.put(keys.marker_object(TenantId(record["tenantId"])), b"", content_type="text/plain")

    def activate(self, operation: Item, record: Item) -> None:
        """Let the tenant in, and end the operation."""
        self._advance(operation, "activate", 90)
        if record["status"] == "provisioning":
            self._write(record, {"status": "active"})
        self.operations.succeed(operation["operationId"], {"tenantId": record["tenantId"]})
        count("TenantProvisioned" if operation["kind"] == CREATE else "TenantChanged", tier=record["tier"])

    def compensate(self, operation: Item, record: Item, error: Item) -> None:
        """Undo what was done, last first, and end the operation with an explanation."""
        step, cause = str(operation.get("step") or "reserve"), _error_name(error)
        told = "A later operation has taken the tenant over; look at that one."
        if self._owns(operation, record):
            undo = self._restore if operation["kind"] == CHANGE else self._remove
            undo(operation, record)
            told = _told(operation, step, cause)
        self.operations.fail(operation["operationId"], {"code": "PROVISIONING_FAILED", "message": told})
        logger().error("provisioning failed", operation_id=operation["operationId"], step=step, error=cause)
        count("TenantProvisioningFailed", step=step)

    def remove_usage_key(self, operation: Item, record: Item) -> None:
        """Take away the key of a tenant that is being deleted; Conflict for any other."""
        if record["status"] != "deleting":
            raise Conflict(f"The tenant is {record['status']}, not being deleted.")
        self.usage_keys.remove(record["tenantId"])
        self._write(record, {}, remove=("usageKey", "usageKeyId"))
        logger().info("usage key removed", operation_id=operation["operationId"])

    def step(self, name: str, operation_id: str, tenant_id: str, error: Item | None) -> None:
        """Carry out one step by its name; a step of an operation that has ended is done already."""
        operation = self.operations.get(operation_id)
        if operation["status"] in ENDED:
            return
        record = self.tenants.get(TenantId(tenant_id), consistent=True)
        if name == "compensate":
            self.compensate(operation, record, error or {})
            return
        if not self._owns(operation, record):
            raise Conflict("Another operation has taken the tenant over.")
        steps = (self.reserve, self.create_usage_key, self.create_defaults, self.activate, self.remove_usage_key)
        next(step for step in steps if step.__name__ == name)(operation, record)

    def _remove(self, _operation: Item, record: Item) -> None:
        tenant_id = TenantId(record["tenantId"])
        premises = self.premises(tenant_id)
        premises.objects.delete(keys.marker_object(tenant_id))
        premises.budgets.close()
        self.usage_keys.remove(tenant_id)
        self._write(record, {"status": "failed"}, remove=("usageKey", "usageKeyId"))

    def _restore(self, operation: Item, record: Item) -> None:
        before = {name: value for name, value in operation["input"]["before"].items() if value is not None}
        absent = tuple(name for name, value in operation["input"]["before"].items() if value is None)
        restored = self._write(record, before, remove=absent)
        self.usage_keys.ensure(restored["tenantId"], restored["tier"])
        self.premises(TenantId(restored["tenantId"])).budgets.open(monthly_budget(restored))

    def _owns(self, operation: Item, record: Item) -> bool:
        return bool(record.get("operationId") == operation["operationId"])

    def _advance(self, operation: Item, step: str, progress: int) -> None:
        self.operations.advance(operation["operationId"], progress, {"step": step})

    def _write(self, record: Item, fields: Mapping[str, object], *, remove: tuple[str, ...] = ()) -> Item:
        change = {**fields, "updatedAt": rfc3339(self.clock.now())}
        return self.tenants.update(TenantId(record["tenantId"]), record["etag"], change, remove=remove)


def _told(operation: Item, step: str, cause: str) -> str:
    failed = f"The step {step} failed ({cause})."
    if operation["kind"] == CHANGE:
        return f"{failed} Tier and budget are what they were before; make the change again."
    return f"{failed} What had been made was removed; create the tenant again."


def _error_name(error: Item) -> str:
    """The class of the failure, from what Step Functions caught; its text may speak of internals and is not told."""
    try:
        cause = json.loads(error.get("Cause") or "")
        name = str(cause["errorType"])
    except (ValueError, TypeError, KeyError):
        name = str(error.get("Error") or "unknown")
    return name if name.replace(".", "").isalnum() else "unknown"
