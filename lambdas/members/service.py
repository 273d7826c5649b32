"""Members by record: looked at, given other roles, disabled and enabled again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.members import ANOTHER
from data_access_lib.transaction import TenantTransaction
from lambdas.members.errors import LastAdmin
from lambdas.members.models import MemberPage, MemberReply, UpdateMember
from lambdas.members.registry import Registry
from lambdas.members.views import member_reply
from platform_kit.access import Role
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict
from platform_kit.identity import Identity
from platform_kit.observability import count

_LIST: Final = "GET /v1/users"
_ATTEMPTS: Final = 3

Item = Mapping[str, Any]


@dataclass(frozen=True)
class MemberService:
    """`registry` opens the caller's tenant with credentials for that tenant alone."""

    registry: Callable[[Identity], Registry]
    cursors: CursorCodec
    clock: Clock

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> MemberPage:
        """The tenant's members, newest first; InvalidCursor for a cursor that is not of this list."""
        after = self.cursors.decode(who.tenant(), _LIST, cursor)["after"] if cursor else None
        page = self.registry(who).members.list(limit=limit, after=after)
        following = self.cursors.encode(who.tenant(), _LIST, {"after": page.next_id}) if page.next_id else None
        return MemberPage(items=[member_reply(item) for item in page.items], next_cursor=following)

    def get(self, who: Identity, user_id: str) -> tuple[MemberReply, int]:
        """A member and its version."""
        return _versioned(self.registry(who).members.get(user_id))

    def update(self, who: Identity, user_id: str, etag: int, wanted: UpdateMember) -> tuple[MemberReply, int]:
        """Change a member of version `etag`; StaleVersion, and LastAdmin for a tenant that would have none by record.

        Whoever is an administrator by the identity provider alone, and no member, may leave it without one.
        """
        registry = self.registry(who)
        fields = wanted.model_dump(exclude_none=True)
        for _ in range(_ATTEMPTS):
            record = registry.members.get(user_id)
            if int(record["etag"]) != etag:
                raise StaleVersion
            if all(record[name] == value for name, value in fields.items()):
                return _versioned(record)
            try:
                return _versioned(self._change(registry, who, record, fields))
            except ConditionFailed as failure:
                if failure.label != ANOTHER:
                    raise StaleVersion from None
        raise Conflict("The tenant's administrators are being changed by others. Try again.", retry_after=1)

    def _change(self, registry: Registry, who: Identity, record: Item, fields: Item) -> Item:
        other = self._who_stays(registry, who, record, fields)
        changes = {**fields, "updatedAt": rfc3339(self.clock.now())}

        def build(transaction: TenantTransaction) -> Item:
            if other is not None:
                registry.members.hold(transaction, other, Role.ADMIN)
            return registry.members.change(transaction, record, changes)

        detail = {"before": {name: record[name] for name in fields}, "after": dict(fields)}
        changed, _ = registry.audit.commit(AuditDraft("member.updated", record["userId"], detail=detail), build)
        count("MemberUpdated", status=str(changed["status"]))
        return changed

    def _who_stays(self, registry: Registry, who: Identity, record: Item, fields: Item) -> str | None:
        """The administrator who must stay one for this change, where it takes one away; None when nobody need be."""
        if not _administers(record) or _administers({**record, **fields}):
            return None
        other = registry.members.another(record["userId"], Role.ADMIN)
        if other is None and registry.members.of_principal(who.principal_id) is not None:
            raise LastAdmin("This is the tenant's last administrator by record. Make somebody else one first.")
        return other


def _administers(record: Item) -> bool:
    return record["status"] == "active" and Role.ADMIN in record["roles"]


def _versioned(record: Item) -> tuple[MemberReply, int]:
    return member_reply(record), int(record["etag"])
