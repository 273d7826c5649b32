"""The lifecycle of tenants through the public address."""

import secrets
import time
from typing import Any

import httpx
import pytest

from tests.local_stack import LocalStack, eventually

pytestmark = pytest.mark.local_stack
EFFECTIVE_SECONDS = 60


def create(operator: httpx.Client, tenant_id: str, **more: Any) -> dict[str, Any]:
    body = {"id": tenant_id, "name": "A new customer", "tier": "basic", **more}
    answer = operator.post("/v1/tenants", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"].endswith(f"/v1/operations/{answer.json()['operationId']}")

    def look() -> dict[str, Any] | None:
        found = operator.get(f"/v1/operations/{answer.json()['operationId']}").json()
        return found if found["status"] in {"succeeded", "failed"} else None

    return eventually(look, seconds=60)


def fresh_id() -> str:
    return f"t{secrets.token_hex(5)}"


def test_a_created_tenant_is_provisioned_to_active(operator: httpx.Client) -> None:
    tenant_id = fresh_id()
    assert create(operator, tenant_id)["status"] == "succeeded"
    found = operator.get(f"/v1/tenants/{tenant_id}").json()
    assert (found["id"], found["status"], found["tier"]) == (tenant_id, "active", "basic")
    assert "usageKey" not in found


@pytest.mark.parametrize("bad", ["A", "a", "-ab", "ab-", "a--b", "a#b", "platform", "x" * 33, "ab/../cd", ""])
def test_a_bad_tenant_id_is_refused_with_its_pointer(bad: str, operator: httpx.Client) -> None:
    answer = operator.post("/v1/tenants", json={"id": bad, "name": "x", "tier": "basic"})
    assert answer.status_code in {400, 409}
    if answer.status_code == 400:
        assert [item["pointer"] for item in answer.json()["errors"]] == ["/id"]


def test_a_tenant_exists_once(operator: httpx.Client) -> None:
    answer = operator.post("/v1/tenants", json={"id": "acme", "name": "Again", "tier": "basic"})
    assert answer.status_code == 409


def test_a_change_needs_the_state_it_changes(operator: httpx.Client) -> None:
    tenant_id = fresh_id()
    create(operator, tenant_id)
    path = f"/v1/tenants/{tenant_id}"
    etag = operator.get(path).headers["etag"]
    assert operator.patch(path, json={"name": "B"}).status_code == 428
    assert operator.patch(path, json={"name": "B"}, headers={"if-match": etag}).status_code == 200
    assert operator.patch(path, json={"name": "C"}, headers={"if-match": etag}).status_code == 412


def test_tenants_are_the_operators_business(acme: httpx.Client, connect: Any) -> None:
    for client in (acme, connect("acme-admin")):
        assert client.get("/v1/tenants").status_code == 403
        assert client.post("/v1/tenants/globex/suspend", json={"reason": "rival"}).status_code == 403


def test_an_operator_reads_no_tenants_content(operator: httpx.Client) -> None:
    assert operator.get("/v1/runs").status_code == 403
    assert operator.get("/v1/files").status_code == 403


@pytest.mark.timeout(200)
def test_suspension_and_reinstatement_take_effect_within_a_minute(
    platform: LocalStack, operator: httpx.Client, globex: httpx.Client
) -> None:
    call = {"url": "/v1/agents/echo-agent/invoke", "json": {"input": "x"}}
    assert globex.post(**call).status_code == 200  # type: ignore[arg-type]  # keyword arguments of a request
    assert operator.post("/v1/tenants/globex/suspend", json={"reason": "unpaid"}).status_code == 200
    try:
        began = time.monotonic()
        eventually(lambda: globex.post(**call).status_code == 403, seconds=EFFECTIVE_SECONDS, every=1)  # type: ignore[arg-type]  # as above
        assert time.monotonic() - began <= EFFECTIVE_SECONDS
    finally:
        assert operator.post("/v1/tenants/globex/reinstate").status_code == 200
    eventually(lambda: globex.post(**call).status_code == 200, seconds=EFFECTIVE_SECONDS, every=1)  # type: ignore[arg-type]  # as above


def test_ones_own_tenant_can_be_looked_at(acme: httpx.Client) -> None:
    assert acme.get("/v1/tenant").json()["id"] == "acme"
