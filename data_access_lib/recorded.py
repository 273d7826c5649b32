"""A change whose audit entry cannot be in the same transaction: it lies in another owner's partitions or another store.

The entry is written first, so that no change goes unrecorded. When the change then fails, a second entry says so: an
entry stands unless a later one with the decision `failed` names it. Whoever dies between the two leaves an entry of a
change that may not have happened, never a change without an entry.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from platform_kit.errors import AmbitError
from platform_kit.observability import count, logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from data_access_lib.repositories.audit import AuditDraft, AuditLog

T = TypeVar("T")
FAILED: Final = "failed"


def recorded(audit: AuditLog, draft: AuditDraft, change: Callable[[], T]) -> T:
    """Write the entry, then make the change; what the change gave. What either raises is raised."""
    entry = audit.append(draft)
    try:
        return change()
    except Exception as failure:
        _take_back(audit, draft, int(entry["seq"]), failure)
        raise


def _take_back(audit: AuditLog, draft: AuditDraft, seq: int, failure: Exception) -> None:
    code = failure.code if isinstance(failure, AmbitError) else "INTERNAL"
    try:
        audit.append(replace(draft, decision=FAILED, detail={"entry": seq, "code": code}))
    except Exception:  # noqa: BLE001 - the first failure is the one to raise; the entry that stands errs on the safe side
        count("AuditOutcomeLost")
        logger().exception("a failed change stands in the audit log as made", entry=seq, action=draft.action)
