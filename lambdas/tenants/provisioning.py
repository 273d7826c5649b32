"""The steps of the provisioning workflow, and how they are undone. Every step may be repeated.

`tenant.create` provisions a new tenant; `tenant.change` brings plan and budget into line with a new tier or budget;
`tenant.rotate_key` takes a new data key into use, under the tenant's KMS key, which it makes where there is none.
Undoing the first leaves nothing but the failed record, the failed operation, and a KMS key on its way out; undoing the
second puts back what was; of the third there is nothing to undo: a data key that was taken into use does no harm.
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
from data_access_lib.tenant_keys import TenantKeys
from lambdas.tenants.rotation import ROTATE
from lambdas.tenants.service import CHANGE, CREATE
from lambdas.tenants.usage_keys import UsageKeys
from lambdas.tenants.views import monthly_budget
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict
from platform_kit.observability import count, logger

Item = Mapping[str, Any]
ENDED: Final = frozenset({"succeeded", "failed"})
_COUNTED: Final = {CREATE: "TenantProvisioned", CHANGE: "TenantChanged", ROTATE: "TenantKeyRotated"}


@dataclass(frozen=True)
class Premises:
    """What is made inside the tenant, reached with credentials for that tenant alone."""

    budgets: Budgets
    objects: TenantScopedBucket
    keys: TenantKeys


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
        """Give the tenant its key in the plan of its tier, or the key its tier shares."""
        self._advance(operation, "create_usage_key", 30)
        self._assign_key(record)

    def create_keys(self, operation: Item, record: Item) -> None:
        """Give a new tenant its KMS key and first data key; for a rotation, take the next data key into use."""
        self._advance(operation, "create_keys", 45)
        if operation["kind"] == CHANGE:
            return  # older tenants may have none: a rotation gives them one, when their operator wants it
        held = self.premises(TenantId(record["tenantId"])).keys
        if operation["kind"] == ROTATE:
            held.rotate(operation["createdAt"])
        arn = held.ensure()
        if record.get("kmsKeyArn") != arn:
            self._write(record, {"kmsKeyArn": arn})

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
        count(_COUNTED[operation["kind"]], tier=record["tier"])

    def compensate(self, operation: Item, record: Item, error: Item) -> None:
        """Undo what was done, last first, and end the operation with an explanation."""
        step, cause = str(operation.get("step") or "reserve"), _error_name(error)
        told = "A later operation has taken the tenant over; look at that one."
        if self._owns(operation, record):
            undo = {CHANGE: self._restore, ROTATE: self._leave}.get(operation["kind"], self._remove)
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
        steps = (
            *(self.reserve, self.create_usage_key, self.create_keys, self.create_defaults, self.activate),
            self.remove_usage_key,
        )
        next(step for step in steps if step.__name__ == name)(operation, record)

    def _remove(self, _operation: Item, record: Item) -> None:
        tenant_id = TenantId(record["tenantId"])
        premises = self.premises(tenant_id)
        premises.objects.delete(keys.marker_object(tenant_id))
        premises.budgets.close()
        premises.keys.dismiss()
        self.usage_keys.remove(tenant_id)
        self._write(record, {"status": "failed"}, remove=("usageKey", "usageKeyId", "usageKeyMode", "kmsKeyArn"))

    def _leave(self, _operation: Item, _record: Item) -> None:
        """Nothing to undo: whatever data key is in use, all of them are read."""

    def _restore(self, operation: Item, record: Item) -> None:
        before = {name: value for name, value in operation["input"]["before"].items() if value is not None}
        absent = tuple(name for name, value in operation["input"]["before"].items() if value is None)
        restored = self._write(record, before, remove=absent)
        restored = self._assign_key(restored)
        self.premises(TenantId(restored["tenantId"])).budgets.open(monthly_budget(restored))

    def _assign_key(self, record: Item) -> Item:
        key = self.usage_keys.ensure(record["tenantId"], record["tier"])
        assigned = {"usageKey": key.value, "usageKeyId": key.id, "usageKeyMode": key.mode}
        if all(record.get(name) == value for name, value in assigned.items()):
            return record
        if key.mode == "shared":
            count("SharedUsageKeyAssigned", tier=record["tier"])
        return self._write(record, assigned)

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
    if operation["kind"] == ROTATE:
        return f"{failed} What the tenant has is readable as before; rotate its key again."
    return f"{failed} What had been made was removed; create the tenant again."


def _error_name(error: Item) -> str:
    """The class of the failure, from what Step Functions caught; its text may speak of internals and is not told."""
    try:
        cause = json.loads(error.get("Cause") or "")
        name = str(cause["errorType"])
    except (ValueError, TypeError, KeyError):
        name = str(error.get("Error") or "unknown")
    return name if name.replace(".", "").isalnum() else "unknown"
