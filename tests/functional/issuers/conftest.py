import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from platform_kit.outbound import Answer as Fetched
from platform_kit.outbound import Outbound, OutboundFailed
from tests.authority import Claims, rsa_jwk, rsa_key
from tests.functional.moto_platform import REGION, Answer, event, operator, platform_on_moto, table
from tests.guarded_door import PUBLIC, Names

ISS = "https://login.initech.test/oidc"
JWKS_URI = f"{ISS}/jwks"
GOOD = {"iss": ISS, "boundTo": "initech", "jwksUri": JWKS_URI, "audiences": ["ambit-api"]}
ADMIN = operator("Platform.Admin", "root")
COLLECTION = "/v1/issuers"


@dataclass
class World:
    """The issuers API; `documents` is what the internet publishes, by address."""

    handle: Callable[[Mapping[str, Any], object], dict[str, Any]]
    documents: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    status: int = 200

    def ask(self, route: str, who: Mapping[str, str] | None = None, **parts: Any) -> Answer:
        return Answer.of(self.handle(event(route, authorizer=who or ADMIN, **parts), None))

    def register(self, who: Mapping[str, str] | None = None, *, key: str | None = None, **changes: Any) -> Answer:
        body = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
        headers = {"idempotency-key": key} if key else {}
        return self.ask("POST /v1/issuers", who, body=body, headers=headers)

    def show(self, issuer_id: str) -> Answer:
        return self.ask("GET /v1/issuers/{id}", path={"id": issuer_id})

    def change(
        self, issuer_id: str, who: Mapping[str, str] | None = None, *, etag: str | None = None, **changes: Any
    ) -> Answer:
        wanted = etag or self.show(issuer_id).headers.get("etag", '"1"')
        parts: Any = {"path": {"id": issuer_id}, "body": changes, "headers": {"if-match": wanted}}
        return self.ask("PATCH /v1/issuers/{id}", who, **parts)

    def publish(self, *jwks: Claims, at: str = JWKS_URI) -> None:
        self.documents[at] = json.dumps({"keys": jwks}).encode()

    def answer(self, url: str) -> Fetched:
        self.fetched.append(url)
        if url not in self.documents:
            raise OutboundFailed("TimeoutError")
        return Fetched(self.status, {}, self.documents[url])


def add_tenant(tenant_id: str, status: str = "active") -> None:
    record = {
        "tenantId": tenant_id,
        "name": tenant_id,
        "status": status,
        "tier": "basic",
        "usageKey": f"key-{tenant_id}",
        "residency": REGION,
    }
    table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": tenant_id, "etag": 1, **record})


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from lambdas.issuers import handler

    with platform_on_moto(monkeypatch, OUTBOUND_ALLOW="http://127.0.0.1:8090"):
        for cached in (handler.build, handler._dynamodb, handler._secrets):
            cached.cache_clear()
        made = World(handler.handle)
        made.publish(rsa_jwk(rsa_key("platform"), "k1"))
        monkeypatch.setattr("platform_kit.outbound.addresses_of", Names([PUBLIC]).resolve)
        real = Outbound.check

        def get(door: Outbound, url: str, _limits: object = None) -> Fetched:
            real(door, url)
            return made.answer(url)

        monkeypatch.setattr(Outbound, "get", get)
        for tenant in ("initech", "globex"):
            add_tenant(tenant)
        yield made
