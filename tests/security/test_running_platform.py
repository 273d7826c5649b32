"""The attacks again, at the public address of the running platform: gateway, authoriser and functions together.

Whoever attacks from outside cannot sign as an issuer, so the forgeries here are of the kinds that need no key.
"""

import base64
import json
import time
from typing import Any, Final

import httpx
import pytest

from platform_kit.access import ROUTES, Auth, Role, Route
from tests.authority import b64, compact, ec_key, es256, rs256, rsa_jwk, rsa_key
from tests.local_stack import LocalStack

pytestmark = pytest.mark.local_stack
AGENTS: Final = "/v1/agents"
MACHINES: Final = {
    "acme-viewer": Role.VIEWER,
    "acme-developer": Role.DEVELOPER,
    "acme-admin": Role.ADMIN,
    "platform-operator": Role.OPERATOR,
    "platform-admin": Role.PLATFORM_ADMIN,
}
VERIFIED: Final = [route for route in ROUTES if route.auth in {Auth.BEARER, Auth.RUN}]
PARAMETERS: Final = {"{agent}": "no-such-agent", "{id}": "no-such-id"}


def get(platform: LocalStack, authorization: str | None, path: str = AGENTS, **more: Any) -> httpx.Response:
    headers = {} if authorization is None else {"authorization": authorization}
    return httpx.get(platform.api_url + path, headers=headers | more.pop("headers", {}), timeout=30, **more)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _signature = (segment + "=" * (-len(segment) % 4) for segment in token.split("."))
    return json.loads(base64.urlsafe_b64decode(header)), json.loads(base64.urlsafe_b64decode(claims))


def forgeries(token: str) -> dict[str, str]:
    """What can be made from a true token without its issuer's key."""
    header, claims = parts(token)
    stranger, jwk = rs256(rsa_key("stranger")), rsa_jwk(rsa_key("stranger"), header["kid"])
    first, middle, last = token.split(".")
    return {
        "unsigned": compact(header | {"alg": "none"}, claims, lambda _message: b""),
        "without its signature": f"{first}.{middle}.",
        "signed by a stranger": compact(header, claims, stranger),
        "with the stranger's key inside": compact(header | {"jwk": jwk}, claims, stranger),
        "with a key's address inside": compact(header | {"jku": "http://127.0.0.1:1/jwks"}, claims, stranger),
        "with another algorithm": compact(header | {"alg": "ES256"}, claims, es256(ec_key("stranger"))),
        "with a path as key id": compact(header | {"kid": "../../etc/passwd"}, claims, stranger),
        "for another tenant": f"{first}.{b64(json.dumps(claims | {'tenantid': 'globex'}).encode())}.{last}",
        "from another issuer": compact(header, claims | {"iss": "https://evil.test"}, stranger),
        "long expired": compact(header, claims | {"exp": 1}, stranger),
        "padded": f"{token}=",
        "twice": f"{token},{token}",
        "an API key": "amb_0123456789abcdef",
        "a stranger's run token": compact(
            {"alg": "ES256", "typ": "ambit-run+jwt", "kid": "x"},
            {"iss": "ambit-run", "aud": "ambit-gateway", "exp": int(time.time()) + 60},
            es256(ec_key("stranger")),
        ),
        "nonsense": "nonsense",
    }


@pytest.mark.parametrize("kind", forgeries("eyJraWQiOiJrIn0.e30.x"))
def test_a_forged_token_is_answered_401(kind: str, platform: LocalStack) -> None:
    refused(get(platform, f"Bearer {forgeries(platform.token('acme-developer'))[kind]}"), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YTpi", "AmbitSTS e30", "Bearer\ta.b.c"])
def test_what_is_no_bearer_token_is_answered_401(header: str | None, platform: LocalStack) -> None:
    refused(get(platform, header), 401, "UNAUTHENTICATED")


def test_two_credentials_are_none(platform: LocalStack) -> None:
    token = f"Bearer {platform.token('acme-developer')}"
    answer = httpx.get(platform.api_url + AGENTS, headers=[("authorization", token), ("authorization", token)])
    refused(answer, 401, "UNAUTHENTICATED")


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_is_taken_in_any_case(scheme: str, platform: LocalStack) -> None:
    assert get(platform, f"{scheme} {platform.token('acme-viewer')}").status_code == 200


@pytest.mark.parametrize("client", ["globex-sso-asserts-acme", "globex-sso-asserts-operator"])
def test_a_tenants_issuer_that_overreaches_is_answered_401(client: str, platform: LocalStack) -> None:
    refused(get(platform, f"Bearer {globex_token(platform, client)}"), 401, "UNAUTHENTICATED")


def test_a_tenants_issuer_speaks_for_its_tenant(platform: LocalStack) -> None:
    answer = get(platform, f"Bearer {globex_token(platform, 'globex-sso-developer')}", "/v1/tenant")
    assert (answer.status_code, answer.json()["id"]) == (200, "globex")


def globex_token(platform: LocalStack, client: str) -> str:
    issuer = platform.issuer.rsplit("/", 1)[0] + "/globex"
    endpoint = httpx.get(f"{issuer}/.well-known/openid-configuration").json()["token_endpoint"]
    return platform.fetch_token(endpoint, client)


# Nobody becomes somebody else by saying so


@pytest.mark.parametrize("name", ["x-tenant-id", "tenantid", "x-amzn-tenant", "x-ambit-tenant", "x-forwarded-user"])
def test_a_header_names_no_tenant(name: str, platform: LocalStack) -> None:
    answer = get(platform, f"Bearer {platform.token('acme-viewer')}", "/v1/tenant", headers={name: "globex"})
    assert (answer.status_code, answer.json()["id"]) == (200, "acme")


@pytest.mark.parametrize("name", ["tenantId", "tenantid", "tenant"])
def test_a_query_names_no_tenant(name: str, platform: LocalStack) -> None:
    refused(get(platform, f"Bearer {platform.token('acme-viewer')}", f"/v1/tenant?{name}=globex"), 400, "BAD_REQUEST")


def test_a_body_names_no_tenant(platform: LocalStack) -> None:
    with platform.client("acme-developer") as acme:
        answer = acme.post("/v1/agents/echo-agent/invoke", json={"input": "x", "tenantId": "globex"})
    refused(answer, 400, "INVALID_BODY")


@pytest.mark.parametrize("path", ["/v1/tenants/globex", "/v1/tenants/acme"])
def test_a_path_names_no_tenant(path: str, platform: LocalStack) -> None:
    refused(get(platform, f"Bearer {platform.token('acme-admin')}", path), 403, "FORBIDDEN")


# Each role at each route


def call(client: httpx.Client, route: Route) -> httpx.Response:
    """A call that goes past the gateway only where the role may, and then changes nothing: its ids do not exist."""
    path = route.path
    for parameter, value in PARAMETERS.items():
        path = path.replace(parameter, value)
    body = {"no such field": 1} if route.method in {"POST", "PATCH"} else None
    return client.request(route.method, path, json=body)


@pytest.mark.parametrize("route", VERIFIED, ids=lambda route: route.key)
def test_nobody_enters_without_a_credential(route: Route, platform: LocalStack) -> None:
    with platform.client(None) as nobody:
        refused(call(nobody, route), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize("who", MACHINES)
def test_a_role_enters_its_routes_and_no_others(who: str, platform: LocalStack) -> None:
    with platform.client(who) as client:
        entered = {route.key for route in VERIFIED if call(client, route).status_code not in {401, 403}}
    assert entered == {route.key for route in VERIFIED if MACHINES[who] in route.roles}
