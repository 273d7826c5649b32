from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.functional.moto_platform import Answer, event, person, platform_on_moto, table

ADMIN: Final = person("acme", "Tenant.Admin", "admin")
GUEST: Final = person("acme", "Tenant.Guest", "guest")
INVITE: Final = "POST /v1/users/invites"
INVITES: Final = "GET /v1/users/invites"
WITHDRAW: Final = "DELETE /v1/users/invites/{id}"
ACCEPT: Final = "POST /v1/users/invites/accept"
USERS: Final = "GET /v1/users"
USER: Final = "GET /v1/users/{id}"
CHANGE: Final = "PATCH /v1/users/{id}"
GOOD: Final = {"email": "guest@acme.test", "roles": ["Tenant.Developer"]}


@dataclass
class World:
    """The members API on moto."""

    def ask(self, route: str, who: Mapping[str, str] = ADMIN, **parts: Any) -> Answer:
        from lambdas.members import handler

        return Answer.of(handler.handle(event(route, authorizer=who, **parts), None))

    def invite(self, who: Mapping[str, str] = ADMIN, **changes: Any) -> dict[str, Any]:
        made = self.ask(INVITE, who, body={**GOOD, **changes})
        assert made.status == 201, made.json
        return dict(made.json)

    def accept(self, token: str, who: Mapping[str, str] = GUEST, **parts: Any) -> Answer:
        return self.ask(ACCEPT, who, body={"token": token}, **parts)

    def member(self, who: Mapping[str, str] = GUEST, *roles: str, tenant: str = "acme") -> dict[str, Any]:
        """A new member, by invite."""
        admin = person(tenant, "Tenant.Admin", "admin")
        token = self.invite(admin, roles=list(roles or ("Tenant.Developer",)))["token"]
        made = self.accept(token, who)
        assert made.status == 201, made.json
        return dict(made.json)

    def change(self, user_id: str, who: Mapping[str, str] = ADMIN, *, etag: str | None = None, **fields: Any) -> Answer:
        if etag is None:
            etag = self.ask(USER, who, path={"id": user_id}).headers.get("etag", '"1"')
        return self.ask(CHANGE, who, path={"id": user_id}, body=fields, headers={"If-Match": etag})

    def membership(self, who: Mapping[str, str], tenant: str = "acme") -> dict[str, Any] | None:
        """What the authoriser would find."""
        from data_access_lib.keys import member_key
        from data_access_lib.tenant import TenantId

        key = member_key(TenantId(tenant), who["principalId"])
        found: dict[str, Any] | None = table("control").get_item(Key=key._asdict()).get("Item")
        return found

    def chain(self, tenant: str = "acme") -> list[tuple[str, str]]:
        """Action and target of the tenant's audit entries, oldest first."""
        items = [item for item in table("ledger").scan()["Items"] if item["pk"] == f"TENANT#{tenant}#AUDIT"]
        return [(item["action"], item["target"]) for item in sorted(items, key=lambda item: item["sk"])]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from lambdas.members import handler

    with platform_on_moto(monkeypatch):
        for function in (handler.build, handler._dynamodb, handler._secrets):
            function.cache_clear()  # type: ignore[attr-defined]  # functools.cache
        yield World()
