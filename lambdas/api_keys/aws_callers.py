"""AWS roles that may call: each bound to one tenant, and to one only.

A role's credential is claimed first, so that a second tenant is refused before anything is written; it opens nothing
until the record that lists it is there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.aws_callers import AwsCallers
from data_access_lib.repositories.credentials import Credentials
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.tenant import TenantContext
from lambdas.api_keys.models import AwsCallerPage, AwsCallerReply, CreateAwsCaller
from platform_kit import aws_roles
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Unprocessable
from platform_kit.ids import new_id
from platform_kit.observability import count

MOST_CALLERS: Final = 100
_LIST: Final = "GET /v1/aws-callers"
_CREATE: Final = "POST /v1/aws-callers"
_LIMITS: Final = ("scopes", "agents", "domains", "environment", "ipAllow", "ratePerSecond")


@dataclass(frozen=True)
class CallerCabinet:
    """What one admin of one tenant works with."""

    callers: AwsCallers
    answers: Idempotency
    audit: AuditLog


@dataclass(frozen=True)
class AwsCallerService:
    """`cabinet` opens a tenant's callers with credentials for that tenant alone; `credentials` are the platform's."""

    cabinet: Callable[[TenantContext], CallerCabinet]
    credentials: Credentials
    cursors: CursorCodec
    clock: Clock

    def create(
        self, who: TenantContext, wanted: CreateAwsCaller, *, key: str | None, body: bytes
    ) -> tuple[AwsCallerReply, bool]:
        """Let a role call; True beside a replay. Conflict when the role is bound to a tenant already."""
        cabinet = self.cabinet(who)
        made = once(cabinet.answers, _CREATE, key, body, lambda: self._create(cabinet, who, wanted))
        return AwsCallerReply.model_validate(made.response), made.replayed

    def list(self, who: TenantContext, *, limit: int, cursor: str | None) -> AwsCallerPage:
        """The tenant's callers, newest first; InvalidCursor for a cursor that is not of this list."""
        after = self.cursors.decode(who.tenant_id, _LIST, cursor)["after"] if cursor else None
        page = self.cabinet(who).callers.list(limit=limit, after=after)
        following = self.cursors.encode(who.tenant_id, _LIST, {"after": page.next_id}) if page.next_id else None
        return AwsCallerPage(items=[AwsCallerReply.model_validate(one) for one in page.items], next_cursor=following)

    def delete(self, who: TenantContext, caller_id: str) -> None:
        """Let a role call no more (caches let go within 60 s); it may then be bound anew. NotFound: no such caller."""
        cabinet = self.cabinet(who)
        record = cabinet.callers.get(caller_id)
        self.credentials.revoke(aws_roles.digest(record["roleArn"]), caller_id)
        draft = AuditDraft("aws_caller.deleted", caller_id, detail={"roleArn": record["roleArn"]})
        try:
            cabinet.audit.commit(draft, lambda transaction: cabinet.callers.delete_in(transaction, caller_id))
        except ConditionFailed:
            return  # another request removed it at this moment
        count("AwsCallerDeleted")

    def _create(self, cabinet: CallerCabinet, who: TenantContext, wanted: CreateAwsCaller) -> dict[str, Any]:
        if cabinet.callers.count() >= MOST_CALLERS:
            raise Unprocessable(f"A tenant may have {MOST_CALLERS} AWS callers. Remove one that is not needed.")
        record: dict[str, Any] = {
            **wanted.model_dump(by_alias=True, exclude_none=True),
            "callerId": new_id("awc"),
            "createdBy": who.principal_id,
            "createdAt": rfc3339(self.clock.now()),
        }
        grant: dict[str, Any] = {name: record[name] for name in _LIMITS if name in record}
        digest, caller_id = aws_roles.digest(record["roleArn"]), record["callerId"]
        self.credentials.claim(digest, {**grant, "kind": "aws", "tenantId": str(who.tenant_id), "id": caller_id})
        draft = AuditDraft("aws_caller.created", caller_id, detail={**grant, "roleArn": record["roleArn"]})
        cabinet.audit.commit(draft, lambda transaction: cabinet.callers.create_in(transaction, record))
        self.credentials.activate(digest, caller_id)
        count("AwsCallerCreated")
        return record
