"""A tenant's registry in memory, whose transactions fail as a test wishes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.audit import AuditDraft
from lambdas.members.registry import Registry
from platform_kit.errors import NotFound
from platform_kit.identity import Identity

ADA = Identity("usr:1:ada", "acme", frozenset({"Tenant.Admin"}), "basic", "jwt")
BOB = Identity("usr:1:bob", "acme", frozenset({"Tenant.Guest"}), "basic", "jwt")


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@dataclass
class FakeRegistry:
    """`fails` gives, one for each commit, the label of the piece that fails; None lets it through."""

    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    invites: dict[str, dict[str, Any]] = field(default_factory=dict)
    admins: list[str] = field(default_factory=list)
    fails: list[str | None] = field(default_factory=list)
    on_commit: Callable[[], None] = lambda: None
    drafts: list[AuditDraft] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    def open(self, _who: Identity) -> Registry:
        return Registry(*(cast("Any", part) for part in (_Members(self), _Invites(self), self, None)))

    def commit(self, draft: AuditDraft, build: Callable[[Any], Any]) -> tuple[Any, dict[str, Any]]:
        self.on_commit()
        label = self.fails.pop(0) if self.fails else None
        if label is not None:
            raise ConditionFailed(label=label)
        self.drafts.append(draft)
        return build(None), {}


@dataclass
class _Members:
    world: FakeRegistry

    def get(self, user_id: str) -> dict[str, Any]:
        if user_id not in self.world.members:
            raise NotFound("There is no such member.")
        return dict(self.world.members[user_id])

    def of_principal(self, principal_id: str) -> dict[str, Any] | None:
        return next((one for one in self.world.members.values() if one["principalId"] == principal_id), None)

    def another(self, user_id: str, _role: str) -> str | None:
        return next((one for one in self.world.admins if one != user_id), None)

    def hold(self, _transaction: object, user_id: str, _role: str) -> None:
        self.world.held.append(user_id)

    def change(self, _transaction: object, record: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        changed = {**record, **fields, "etag": record["etag"] + 1}
        self.world.members[record["userId"]] = changed
        return changed

    def join(self, _transaction: object, record: Mapping[str, Any]) -> None:
        self.world.members[record["userId"]] = dict(record)


@dataclass
class _Invites:
    world: FakeRegistry

    def find(self, invite_id: str) -> dict[str, Any] | None:
        return self.world.invites.get(invite_id)

    def get(self, invite_id: str) -> dict[str, Any]:
        return self.world.invites[invite_id]

    def settle(self, _transaction: object, invite_id: str, fields: Mapping[str, Any], *, at: str | None = None) -> None:
        self.world.invites[invite_id] |= {**fields, "checkedAt": at}


def cursors() -> CursorCodec:
    return CursorCodec(lambda: [b"s" * 32], clock=FixedClock())


def member(user_id: str, *roles: str, status: str = "active") -> dict[str, Any]:
    record = {"userId": user_id, "principalId": f"usr:1:{user_id}", "email": "a@b.test", "roles": list(roles)}
    return {**record, "status": status, "invitedBy": "x", "createdAt": "a", "updatedAt": "a", "etag": 1}
