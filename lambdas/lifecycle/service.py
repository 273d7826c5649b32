"""The long operations in a tenant's life, turn by turn: what is done is saved, so that a crash costs one turn."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.repositories.operations import Operations
from data_access_lib.tenant import TenantId
from lambdas.lifecycle.deletion import Deletion
from lambdas.lifecycle.export import Export
from lambdas.lifecycle.importing import Import
from lambdas.lifecycle.models import DELETE, EXPORT, IMPORT, RETAIN, PlatformRecords, Premises, Told, Turn
from lambdas.lifecycle.retention import RetentionSweep, begin
from platform_kit.clock import Clock
from platform_kit.errors import Conflict
from platform_kit.observability import count, logger

Item = Mapping[str, Any]
ENDED: Final = frozenset({"succeeded", "failed"})
MARGIN_SECONDS: Final = 60.0  # more than the longest turn takes
_ADVICE: Final = {
    EXPORT: "Nothing was changed. Export again; what was written so far stays unused.",
    IMPORT: "What was written stays: delete the tenant, and import into another one.",
    DELETE: "The tenant stays closed, and what is gone stays gone. Delete it again: that goes on where this stopped.",
    RETAIN: "What was removed stays removed. The next sweep begins anew and removes the rest.",
}


@dataclass(frozen=True)
class Lifecycle:
    """`premises` opens a tenant; `quiet_seconds` is how long a closed tenant's permissions may outlive it.

    `start` begins the workflow of an operation, by its id and its tenant's.
    """

    operations: Operations
    premises: Callable[[TenantId], Premises]
    platform: PlatformRecords
    clock: Clock
    quiet_seconds: int
    start: Callable[[str, str], None]

    def work(self, operation_id: str, tenant_id: str, seconds_left: Callable[[], float]) -> Told:
        """Carry an operation on while there is time. Done again after its end it does nothing."""
        operation = self.operations.get(operation_id)
        if operation["status"] in ENDED:
            return Told("done")
        if operation["tenantId"] != tenant_id:
            raise Conflict("The operation is another tenant's.")
        for turn in self._turns(operation):
            if turn.result is not None:
                self._succeed(operation, turn.result)
                return Told("done")
            self._save(operation, turn)
            if turn.next != "again" or seconds_left() < MARGIN_SECONDS:
                return Told(turn.next, turn.seconds)
        return Told("again")

    def retain(self) -> str:
        """Begin the sweep of this day; the operation's id. Said again on the same day it begins nothing new."""
        return begin(self.operations, self.start, self.clock.now())

    def give_up(self, operation_id: str, error: Item) -> None:
        """End an operation that cannot be finished, saying what to do. The text of the failure stays in the log."""
        operation = self.operations.get(operation_id)
        if operation["status"] in ENDED:
            return
        cause = _error_name(error)
        told = f"The operation stopped ({cause}). {_ADVICE[operation['kind']]}"
        self.operations.fail(operation_id, {"code": "LIFECYCLE_FAILED", "message": told})
        logger().error("lifecycle operation failed", operation_id=operation_id, kind=operation["kind"], error=cause)
        count("LifecycleFailed", kind=operation["kind"])

    def _turns(self, operation: Item) -> Iterator[Turn]:
        if operation["kind"] == RETAIN:
            return RetentionSweep(self.platform.tenants, self.premises, self.clock).turns(operation.get("cursor"))
        tenant_id = TenantId(operation["tenantId"])
        premises, cursor = self.premises(tenant_id), operation.get("cursor")
        if operation["kind"] == DELETE:
            return Deletion(operation, premises, self.platform, self.clock, self.quiet_seconds).turns(cursor)
        if operation["kind"] == IMPORT:
            source = self.premises(TenantId(operation["input"]["sourceTenantId"])).objects
            return Import(tenant_id, operation["input"], source, premises, self.clock).turns(cursor)
        return Export(tenant_id, operation["operationId"], premises, self.clock).turns(cursor)

    def _save(self, operation: Item, turn: Turn) -> None:
        progress = max(turn.progress, int(operation["progress"]))
        self.operations.advance(operation["operationId"], progress, {"cursor": turn.cursor})

    def _succeed(self, operation: Item, result: Item) -> None:
        self.operations.succeed(operation["operationId"], result)
        logger().info("lifecycle operation done", operation_id=operation["operationId"], kind=operation["kind"])
        count("LifecycleDone", kind=operation["kind"])


def _error_name(error: Item) -> str:
    """The class of what Step Functions caught; never its text, which may quote internals."""
    name = str(error.get("Error") or "unknown")
    try:
        cause = json.loads(str(error.get("Cause") or "{}"))
    except ValueError:
        cause = {}
    inner = str(cause.get("errorType") or name) if isinstance(cause, dict) else name
    return inner if inner.replace(".", "").isalnum() else "unknown"
