"""Acme says it is globex, in words: in headers, paths, bodies, queries and hosts of every route of the running API.

Whatever is said, acme gets its own answer or a refusal, and never a trace of what globex has.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from tests.security.callers import BY_NAME
from tests.security.inventory import Inventory, collection, is_tenants
from tests.security.matrix import body_of, may, operations

if TYPE_CHECKING:
    from platform_kit.access import Route
    from tests.local_stack import LocalStack

pytestmark = [pytest.mark.local_stack, pytest.mark.family("spoofing")]
ADMIN: Final = BY_NAME["acme-admin"]
MINE: Final = [route for route in operations() if may(ADMIN, route)]
LOOKING: Final = [route for route in MINE if route.method == "GET"]
WITH_BODY: Final = [route for route in MINE if body_of(route) is not None]
CONTEXT: Final = json.dumps({"authorizer": {"tenantId": "globex", "principalId": "x", "credential": "jwt"}})
HEADERS: Final = {
    **dict.fromkeys(
        (
            *("x-tenant-id", "x-tenant", "tenantid", "x-ambit-tenant", "x-amzn-tenant", "x-org-id", "x-principal-id"),
            *("x-forwarded-user", "x-forwarded-client-cert", "x-amzn-oidc-identity", "x-api-key", "cookie"),
        ),
        "globex",
    ),
    "x-amzn-request-context": CONTEXT,
    "x-amzn-lambda-context": CONTEXT,
    "x-apigateway-event": CONTEXT,
    "x-roles": "Platform.Admin",
    "x-original-url": "/v1/tenants/globex",
    "x-rewrite-url": "/v1/tenants/globex",
    "x-http-method-override": "DELETE",
}
FIELDS: Final = ("tenantId", "tenant_id", "tenant", "tenantid", "principalId", "createdBy", "pk")


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_names_no_tenant(
    name: str, acme_admin: httpx.Client, inventory: Inventory, check: Any, record_property: Any
) -> None:
    for route in LOOKING:
        own = check(acme_admin.get(inventory.path(route, "acme"), headers={name: HEADERS[name]}))
        assert own.status_code in {200, 404}, f"{route.key}: {own.text[:300]}"
        if is_tenants(route):
            assert (
                check(acme_admin.get(inventory.path(route, "globex"), headers={name: HEADERS[name]})).status_code == 404
            )
    record_property("cases", len(LOOKING))
    assert acme_admin.get("/v1/tenant", headers={name: HEADERS[name]}).json()["id"] == "acme"


@pytest.mark.parametrize("values", [("acme", "globex"), ("globex", "acme"), ("globex", "globex")])
def test_a_repeated_header_names_no_tenant(
    values: tuple[str, str], acme_admin: httpx.Client, inventory: Inventory, check: Any, record_property: Any
) -> None:
    repeated = [("x-tenant-id", value) for value in values] + [("tenantid", value) for value in values]
    for route in LOOKING:
        assert check(acme_admin.get(inventory.path(route, "acme"), headers=repeated)).status_code in {200, 404}
    record_property("cases", len(LOOKING))


@pytest.mark.parametrize("order", [("acme", "globex"), ("globex", "acme")])
def test_two_credentials_are_no_credential(
    order: tuple[str, str], platform: LocalStack, inventory: Inventory, check: Any, record_property: Any
) -> None:
    both = [("authorization", f"Bearer {platform.token(f'{tenant}-admin')}") for tenant in order]
    with httpx.Client(base_url=platform.api_url, timeout=30) as client:
        for route in LOOKING:
            for tenant in order:
                assert check(client.get(inventory.path(route, tenant), headers=both)).status_code == 401
    record_property("cases", 2 * len(LOOKING))


def crooked(inventory: Inventory, route: Route) -> list[str]:
    """Ways to write globex's id, or globex itself, into a path."""
    theirs = inventory.id_of("globex", str(collection(route)))
    own = inventory.path(route, "acme")
    mine = inventory.id_of("acme", str(collection(route)))
    written = (
        *(theirs, f"{mine}%2F..%2F{theirs}", f"..%2Fglobex%2F{theirs}", f"{theirs}%00", f"{theirs}%20", f"%20{theirs}"),
        *(f"globex:{theirs}", f"globex%23{theirs}", f"TENANT%23globex%23RUN%23{theirs}", f"{theirs};tenant=globex"),
        *(f"{theirs.upper()}", f"{mine},{theirs}", f"{theirs}%0d%0ax-tenant-id:globex", f"{mine}?tenant=globex"),
    )
    return [own.replace(mine, one) for one in written]


@pytest.mark.parametrize("route", [route for route in LOOKING if is_tenants(route)], ids=lambda route: route.key)
def test_a_path_names_no_tenant(
    route: Route, acme_admin: httpx.Client, inventory: Inventory, check: Any, record_property: Any
) -> None:
    paths = crooked(inventory, route)
    assert [path for path in paths if check(acme_admin.get(path)).is_success] == []
    record_property("cases", len(paths))


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/tenants/globex", "/v1/tenants/globex/runs", "/v1/tenant/globex", "/v1/tenant/../tenants/globex"),
        *("/v1//tenants/globex", "/v1/globex/runs", "/globex/v1/runs", "/v1/tenant;id=globex", "/v1/tenant%2f..%2fx"),
    ],
)
def test_a_path_of_another_shape_names_no_tenant(path: str, acme_admin: httpx.Client, check: Any) -> None:
    answer = check(acme_admin.get(path))
    assert not answer.is_success or answer.headers["content-type"].startswith("text/html")  # the web app's own page


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.key)
def test_a_body_names_no_tenant(
    route: Route, acme_admin: httpx.Client, inventory: Inventory, check: Any, record_property: Any
) -> None:
    headers = {"if-match": '"1"', "idempotency-key": uuid.uuid4().hex}
    path = inventory.path(route, None) if is_tenants(route) else inventory.path(route, "acme")
    for name in FIELDS:
        body = {**body_of(route), name: "globex"}
        answer = check(acme_admin.request(route.method, path, json=body, headers=headers))
        assert answer.status_code == 400, f"{name}: {answer.text}"
        assert f"/{name}" in [error["pointer"] for error in answer.json()["errors"]]
    record_property("cases", len(FIELDS))


@pytest.mark.parametrize("field", ["sessionId", "files"])
@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_a_body_names_nothing_of_another_tenant(
    way: str, field: str, acme_admin: httpx.Client, inventory: Inventory, check: Any
) -> None:
    theirs: Any = {"sessionId": inventory.id_of("globex", "sessions"), "files": [inventory.id_of("globex", "files")]}
    agent = "echo-stream" if way == "stream" else "echo-agent"
    answer = check(acme_admin.post(f"/v1/agents/{agent}/{way}", json={"input": "x", field: theirs[field]}))
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize("route", MINE, ids=lambda route: route.key)
def test_a_query_names_no_tenant(
    route: Route, acme_admin: httpx.Client, inventory: Inventory, check: Any, record_property: Any
) -> None:
    body = body_of(route)
    for name in FIELDS:
        path = inventory.path(route, "acme" if route.method == "GET" else None)
        answer = check(acme_admin.request(route.method, path, params={name: "globex"}, json=body))
        assert answer.status_code == 400, f"{name}: {answer.text}"
    record_property("cases", len(FIELDS))


@pytest.mark.parametrize("host", ["globex.test", "globex", "127.0.0.1:1", "globex.127.0.0.1"])
@pytest.mark.parametrize("name", ["host", "x-forwarded-host", "x-host", "forwarded"])
def test_a_host_names_no_tenant(
    name: str, host: str, acme_admin: httpx.Client, inventory: Inventory, check: Any, record_property: Any
) -> None:
    said = {name: f"host={host}" if name == "forwarded" else host}
    for route in LOOKING:
        assert check(acme_admin.get(inventory.path(route, "acme"), headers=said)).status_code in {200, 400, 404, 421}
    record_property("cases", len(LOOKING))
