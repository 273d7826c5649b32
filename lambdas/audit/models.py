"""Audit entries as the API shows them."""

from typing import Any

from platform_kit.models import ApiReply


class AuditEntryReply(ApiReply):
    """One entry. `principalId`, `detail` and `salt` are absent once the detail was erased; the chain holds without."""

    seq: int
    time: str
    actor: str
    principal_id: str | None = None
    action: str
    target: str
    decision: str
    detail: dict[str, Any] | None = None
    detail_hash: str
    salt: str | None = None
    prev_hash: str
    hash: str


class AuditPageReply(ApiReply):
    """Part of the log. With a filter a page may be short, or empty, and not the last: go on while there is a cursor."""

    items: list[AuditEntryReply]
    next_cursor: str | None = None
