"""Acme names what globex has: in cursors, idempotency keys, events, presigned addresses, job and webhook ids."""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from tests.security.callers import BY_NAME
from tests.security.inventory import Inventory, take
from tests.security.matrix import body_of, may, operations, parameters

if TYPE_CHECKING:
    from platform_kit.access import Route
    from tests.local_stack import LocalStack

pytestmark = [pytest.mark.local_stack, pytest.mark.family("spoofing")]
MINE: Final = [route for route in operations() if may(BY_NAME["acme-admin"], route)]
LISTS: Final = [route for route in MINE if route.method == "GET" and "cursor" in parameters(route)]
CREATING: Final = [route for route in MINE if "Idempotency-Key" in parameters(route) and body_of(route) is not None]


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.key)
def test_a_cursor_names_no_tenant(
    route: Route,
    inventory: Inventory,
    acme_admin: httpx.Client,
    globex_admin: httpx.Client,
    check: Any,
    record_property: Any,
) -> None:
    mine, yours = inventory.path(route, "acme"), inventory.path(route, "globex")
    body = json.dumps([9_999_999_999, {"after": "run_x", "tenant": "globex", "pk": "TENANT#globex#RUNS#0"}]).encode()
    cursors = [base64.urlsafe_b64encode(mac + body).decode().rstrip("=") for mac in (bytes(32), b"x" * 32)]
    cursors += ["globex", base64.urlsafe_b64encode(b"TENANT#globex#RUN").decode(), "e30"]
    theirs = globex_admin.get(yours, params={"limit": 1}).json().get("nextCursor")
    cursors += [theirs, theirs[:-1] + ("A" if theirs[-1] != "A" else "B")] if theirs else []
    for cursor in cursors:
        assert check(acme_admin.get(mine, params={"cursor": cursor})).status_code == 400, cursor
    record_property("cases", len(cursors))


def test_a_real_cursor_of_the_other_tenant_was_tried(
    platform: LocalStack, inventory: Inventory, globex_admin: httpx.Client
) -> None:
    take(platform)  # a second run and a second file: a list of one has no next page
    have = [route.path for route in LISTS if globex_admin.get(route.path, params={"limit": 1}).json().get("nextCursor")]
    assert {"/v1/runs", "/v1/files"} <= set(have)


@pytest.mark.parametrize("route", CREATING, ids=lambda route: route.key)
def test_an_idempotency_key_brings_nobody_elses_answer(
    route: Route, acme_admin: httpx.Client, globex_admin: httpx.Client, inventory: Inventory, check: Any
) -> None:
    key, body = {"idempotency-key": uuid.uuid4().hex}, body_of(route)
    path = inventory.path(route, "globex").replace("echo-agent", "echo-stream")
    theirs = globex_admin.post(path, json=body, headers=key)
    mine = check(
        acme_admin.post(inventory.path(route, "acme").replace("echo-agent", "echo-stream"), json=body, headers=key)
    )
    assert "idempotency-replayed" not in mine.headers
    if theirs.is_success:
        assert not made(theirs.text) & made(mine.text)


def made(text: str) -> set[str]:
    """The ids in an answer, but for the version of the agent that both may use."""
    words = text.replace('"', " ").replace("/", " ").split()
    return {word for word in words if word[3:4] == "_" and len(word) == 36 and not word.startswith("ver_")}


@pytest.mark.parametrize(
    "event", ["globex:1", "{theirs}", "{theirs}:0", "-1", "0 OR 1", "TENANT#globex#RUN#{theirs}", "1\x00", "9" * 30]
)
def test_an_event_id_names_no_tenant(event: str, acme_admin: httpx.Client, inventory: Inventory, check: Any) -> None:
    event = event.format(theirs=inventory.id_of("globex", "runs"))
    path = f"/v1/runs/{inventory.id_of('acme', 'runs')}/events"
    headers = {"last-event-id": event} if event.isprintable() else {}
    for answer in (acme_admin.get(path, params={"after": event}), acme_admin.get(path, headers=headers)):
        assert check(answer).status_code in {200, 400}
    assert check(acme_admin.get(f"/v1/runs/{inventory.id_of('globex', 'runs')}/events?after=0")).status_code == 404


@pytest.fixture(scope="module")
def address(acme_admin: httpx.Client, inventory: Inventory) -> str:
    """A presigned download of acme's own file, which works."""
    url = str(acme_admin.get(f"/v1/files/{inventory.id_of('acme', 'files')}").json()["downloadUrl"])
    assert httpx.get(url).text == "only acme says this"
    return url


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("tenants/acme/", "tenants/globex/"),
        ("tenants/acme/", "tenants/acme/../globex/"),
        ("tenants/acme/", "tenants/acme/%2e%2e/globex/"),
        ("tenants/acme/", "tenants/acme%2F..%2Fglobex/"),
        ("tenants/acme/", "tenants/acme//../globex/"),
        ("{mine}", "{theirs}"),
        ("X-Amz-Expires=900", "X-Amz-Expires=604800"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=host%3Bx-amz-copy-source"),
        ("response-content-disposition=attachment", "response-content-disposition=inline"),
    ],
)
def test_a_presigned_address_opens_what_was_signed_and_nothing_else(
    said: str, instead: str, address: str, inventory: Inventory
) -> None:
    ids = {"mine": inventory.id_of("acme", "files"), "theirs": inventory.id_of("globex", "files")}
    changed = address.replace(said.format(**ids), instead.format(**ids))
    assert changed != address
    answer = httpx.get(changed)
    assert answer.status_code in {400, 403, 404}
    assert "only globex says this" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "HEAD"])
def test_a_presigned_download_does_nothing_else(method: str, address: str) -> None:
    assert httpx.request(method, address, content=b"x").status_code in {400, 403, 405}
    assert httpx.get(address).text == "only acme says this"


def test_a_presigned_upload_cannot_copy_from_another_tenant(
    acme_admin: httpx.Client, globex_admin: httpx.Client, inventory: Inventory, check: Any
) -> None:
    theirs = httpx.URL(globex_admin.get(f"/v1/files/{inventory.id_of('globex', 'files')}").json()["downloadUrl"])
    wanted = {"name": "stolen.txt", "contentType": "text/plain", "bytes": 20}
    made = acme_admin.post("/v1/files", json=wanted).json()
    headers = {"content-type": "text/plain", "x-amz-copy-source": theirs.path}
    check(httpx.put(made["uploadUrl"], headers=headers))
    check(acme_admin.get(f"/v1/files/{made['fileId']}"))
    assert "downloadUrl" not in acme_admin.get(f"/v1/files/{made['fileId']}").json()


@pytest.mark.parametrize("kind", ["jobs", "runs", "sessions", "files"])
@pytest.mark.parametrize(
    "route", ["/v1/jobs/{}", "/v1/runs/{}", "/v1/sessions/{}", "/v1/files/{}", "/v1/runs/{}/events"]
)
def test_an_id_of_any_kind_leads_to_nothing_of_another_tenant(
    route: str, kind: str, acme_admin: httpx.Client, inventory: Inventory, check: Any
) -> None:
    assert check(acme_admin.get(route.format(inventory.id_of("globex", kind)))).status_code == 404


@pytest.mark.parametrize("webhook", ["whk_" + "0" * 32, "globex", "../globex", "TENANT#globex#WEBHOOK#1"])
@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_a_webhook_id_names_no_tenant(way: str, webhook: str, acme_admin: httpx.Client, check: Any) -> None:
    agent = "echo-stream" if way == "stream" else "echo-agent"
    answer = check(acme_admin.post(f"/v1/agents/{agent}/{way}", json={"input": "x", "webhookId": webhook}))
    assert answer.status_code in {404, 422}


def test_every_place_has_routes_to_be_tried_on() -> None:
    assert len(LISTS) >= 3
    assert {route.path for route in CREATING} >= {"/v1/files", "/v1/agents/{agent}/invoke"}
