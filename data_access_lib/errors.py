"""What data access refuses or cannot do, as one tree under the platform's errors.

    AmbitError
    ├── ContentUnreadable            500  a sealed value that does not open where it was found
    ├── CheckpointCorrupt            500  a run's checkpoint that is not what was written
    ├── SuiteTampered                500  an evaluation suite that is not what its digest says
    ├── NotFound                     404
    │   ├── ContentErased            404  its keys were erased: nobody can read it any more
    │   ├── TenantAccessViolation    404  a key outside the caller's tenant; told apart from "not there" for nobody
    │   └── InvalidIdentifier        404  an id that no item can have
    │       ├── InvalidTenantId      404  breaks the tenant grammar
    │       └── InvalidObjectKey     404  an object key that is not in its one normal form
    ├── Forbidden                    403
    │   ├── ResidencyViolation       403  a tenant whose data is kept elsewhere (defined in platform_kit)
    │   └── OperatorRequired         403  a platform-wide operation without a Platform.* role and a reason
    ├── BadRequest                   400
    │   └── InvalidCursor            400  forged, foreign, expired or malformed (defined in platform_kit)
    ├── Conflict                     409
    │   ├── ConditionFailed          409  a conditional write found another state; says which one
    │   ├── TransactionConflict      409  another transaction holds an item; the same call may be tried again
    │   ├── LockHeld                 409  another holds the lock; the same call may be tried again
    │   ├── LeaseLost                409  whoever held the lock does not any more: what it guards was not written
    │   ├── NotReplayable            409  a run whose record cannot be replayed; says why not
    │   ├── RunClosed                409  the run has ended; nothing is appended after its last event
    │   └── Superseded               409  a newer attempt of the run is at work
    ├── PreconditionFailed           412
    │   └── StaleVersion             412  the ETag given is not the present one
    ├── PayloadTooLarge              413
    │   ├── TransactionTooLarge      413  more than 100 items in one transaction
    │   └── EventTooLarge            413  one event over 300 KB
    ├── Unprocessable                422
    │   └── UnstorableValue          422  a value that the store cannot keep exactly
    └── DependencyUnavailable        503
        ├── KeyUnavailable           503  the tenant's key cannot be used: nothing is read, nothing written in plain
        └── StoreUnavailable         503  throttled, unreachable, or failing on its own

No message here repeats a key: what a caller must not know is not in the exception at all.
"""

from typing import TYPE_CHECKING

from platform_kit.errors import (
    AmbitError,
    Conflict,
    DependencyUnavailable,
    Forbidden,
    InvalidCursor,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    ResidencyViolation,
    Unprocessable,
)

if TYPE_CHECKING:
    from data_access_lib.codec import Item

__all__ = [
    "CheckpointCorrupt",
    "ConditionFailed",
    "ContentErased",
    "ContentUnreadable",
    "EventTooLarge",
    "InvalidCursor",
    "InvalidIdentifier",
    "InvalidObjectKey",
    "InvalidTenantId",
    "KeyUnavailable",
    "LeaseLost",
    "LockHeld",
    "NotReplayable",
    "OperatorRequired",
    "ResidencyViolation",
    "RunClosed",
    "StaleVersion",
    "StoreUnavailable",
    "SuiteTampered",
    "Superseded",
    "TenantAccessViolation",
    "TransactionConflict",
    "TransactionTooLarge",
    "UnstorableValue",
]


class TenantAccessViolation(NotFound):
    """Code of ours reached for a key outside its tenant. Nothing was sent; the attempt is recorded."""

    def __init__(self) -> None:
        super().__init__("There is no such resource.")


class InvalidIdentifier(NotFound):
    """An identifier that no item can have, so there is nothing to find."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no such {kind}.")


class InvalidTenantId(InvalidIdentifier):
    """Not a tenant id by the grammar, or the reserved `platform`."""

    def __init__(self) -> None:
        super().__init__("tenant")


class InvalidObjectKey(InvalidIdentifier):
    """An object key with a dot segment, a control character, or any other spelling than its normal one."""

    def __init__(self) -> None:
        super().__init__("file")


class ContentErased(NotFound):
    """The key that this was sealed with is gone for good (crypto-shredding)."""

    def __init__(self) -> None:
        super().__init__("The content was erased.")


class ContentUnreadable(AmbitError):
    """A sealed value was moved, changed, or is none at all. Always somebody's tampering or a defect of ours."""

    code, status, title = "CONTENT_UNREADABLE", 500, "Content unreadable"

    def __init__(self) -> None:
        super().__init__("The stored content cannot be read. Tell the operator, with the request id.")


class OperatorRequired(Forbidden):
    """Platform-owned data is changed or read at large only by an operator who says why."""


class ConditionFailed(Conflict):
    """A conditional write found another state.

    `index` and `label` name the piece of the transaction that failed first (0 and "" for a single write); `item` is
    what is stored there now (None: nothing); `reasons` has a DynamoDB code per piece, "None" where it was fine.
    """

    def __init__(
        self,
        *,
        index: int = 0,
        label: str = "",
        item: "Item | None" = None,
        reasons: tuple[str, ...] = ("ConditionalCheckFailed",),
    ) -> None:
        super().__init__("The state of the resource does not permit this.")
        self.index = index
        self.label = label
        self.item = item
        self.reasons = reasons


class TransactionConflict(Conflict):
    """Another transaction was at work on one of the items, or throughput was short: nothing was written, try again."""

    def __init__(self, reasons: tuple[str, ...] = ()) -> None:
        super().__init__("Another change was being made at the same time. Try again.", retry_after=1)
        self.reasons = reasons


class LockHeld(Conflict):
    """Another holds the lock."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody else is changing this at this moment. Look at it again, then try again.", retry_after=5
        )


class LeaseLost(Conflict):
    """The lock's time passed, or another took it: a late writer is refused by its fencing token."""

    def __init__(self) -> None:
        super().__init__("This took longer than it may, and was not done. Look at how it stands, then try again.")


class RunClosed(Conflict):
    """The run has ended with `run_status`."""

    def __init__(self, run_status: str) -> None:
        super().__init__(f"The run has ended: {run_status}.")
        self.run_status = run_status


class Superseded(Conflict):
    """A newer attempt of the run is at work: whoever acts for an older one stops."""

    code, title = "ATTEMPT_SUPERSEDED", "Another attempt is at work"

    def __init__(self) -> None:
        super().__init__("Another attempt of this run is at work: stop.")


class CheckpointCorrupt(AmbitError):
    """A run's checkpoint is not what was written: the run cannot go on from it."""

    code, title = "CHECKPOINT_CORRUPT", "Checkpoint damaged"

    def __init__(self) -> None:
        super().__init__("The checkpoint of the run is damaged, so that it cannot go on. Start it again.")


class NotReplayable(Conflict):
    """A run whose record cannot be replayed; `reason` says why in a word, for programs."""

    code, title = "RUN_NOT_REPLAYABLE", "The run cannot be replayed"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, reason=reason)
        self.reason = reason


class SuiteTampered(AmbitError):
    """The stored cases of an evaluation suite are not those that its digest names: nothing is evaluated by them."""

    code, title = "SUITE_TAMPERED", "Suite tampered with"

    def __init__(self) -> None:
        super().__init__("The stored suite is not the one that was pushed. Push it again, and look at who changed it.")


class StaleVersion(PreconditionFailed):
    """The resource changed since it was read."""

    def __init__(self) -> None:
        super().__init__("The resource has changed. Read it again and send its present ETag in If-Match.")


class TransactionTooLarge(PayloadTooLarge):
    """DynamoDB takes at most 100 items in one transaction (AWS: TransactWriteItems)."""

    def __init__(self) -> None:
        super().__init__("Too many changes at once.")


class EventTooLarge(PayloadTooLarge):
    """One event's payload is larger than the log keeps."""

    def __init__(self) -> None:
        super().__init__("An event's payload may hold at most 300 000 bytes of JSON.")


class UnstorableValue(Unprocessable):
    """A value that DynamoDB cannot keep exactly: NaN, a number of 39 digits, a lone surrogate, an unknown type."""


class StoreUnavailable(DependencyUnavailable):
    """The store throttled, did not answer, or failed."""

    def __init__(self) -> None:
        super().__init__("The data store is not answering. Try again.", retry_after=1)


class KeyUnavailable(DependencyUnavailable):
    """The key service does not answer, or does not let this tenant's key be used: fail closed."""

    def __init__(self) -> None:
        super().__init__("The tenant's encryption key cannot be used now. Try again.", retry_after=5)
