"""Broken object and function level authorisation: every operation, every caller, own and foreign, really asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from platform_kit.access import ROUTES, Auth
from tests.local_stack import LocalStack, eventually
from tests.security.callers import BY_NAME, CALLERS, SUSPENDED, TENANTS, Caller, Credentials
from tests.security.inventory import Inventory, is_tenants, take
from tests.security.matrix import METHODS, cases, may, operations
from tests.security.questions import Answer, Asker

if TYPE_CHECKING:
    import httpx

pytestmark = [pytest.mark.local_stack, pytest.mark.family("bola"), pytest.mark.timeout(300)]
Record = Callable[[str, object], None]
ANSWERS: dict[Caller, list[Answer]] = {}


@pytest.fixture(scope="module")
def suspended(platform: LocalStack) -> str:
    """A tenant that was created through the API, and suspended; not yet seen by every cache."""
    with platform.client("platform-operator") as operator:
        found = operator.get(f"/v1/tenants/{SUSPENDED}")
        if found.status_code == 404:
            operator.post("/v1/tenants", json={"id": SUSPENDED, "name": "Initech", "tier": "basic"}).raise_for_status()
        eventually(lambda: status_of(operator) in {"active", "suspended"}, seconds=60)
        if status_of(operator) == "active":
            operator.post(f"/v1/tenants/{SUSPENDED}/suspend", json={"reason": "the matrix"}).raise_for_status()
    return SUSPENDED


def status_of(operator: httpx.Client) -> str:
    return str(operator.get(f"/v1/tenants/{SUSPENDED}").json()["status"])


@pytest.fixture(scope="module")
def inventory(platform: LocalStack, suspended: str) -> Inventory:
    return take(platform)


@pytest.fixture(scope="module")
def ask(platform: LocalStack, inventory: Inventory) -> Callable[[Caller], list[Answer]]:
    """All of a caller's answers; asked once."""
    credentials = Credentials(platform)

    def asked(caller: Caller) -> list[Answer]:
        if caller not in ANSWERS:
            headers = credentials.headers(caller, inventory.runs.get(str(caller.tenant)))
            if caller.suspended:
                wait_until_refused(platform, caller)
            ANSWERS[caller] = Asker(platform.api_url, headers, inventory).all(cases(caller))
        return ANSWERS[caller]

    return asked


def wait_until_refused(platform: LocalStack, caller: Caller) -> None:
    """A suspension takes hold within 60 s: the caches before the decision are that old at most."""
    with platform.client(caller.name) as client:
        eventually(lambda: client.get("/v1/tenant").status_code == 403, seconds=60, every=1)


@pytest.mark.parametrize("caller", CALLERS, ids=str)
def test_a_caller_enters_what_the_table_opens_and_nothing_else(
    caller: Caller, ask: Callable[[Caller], list[Answer]], record_property: Record
) -> None:
    answers = ask(caller)
    record_property("cases", len(answers))
    assert [answer.wrong for answer in answers if answer.wrong] == []


@pytest.mark.parametrize("tenant", TENANTS)
def test_what_is_refused_to_the_other_tenant_is_there_for_its_owner(
    tenant: str, ask: Callable[[Caller], list[Answer]], inventory: Inventory
) -> None:
    """Otherwise the 404 of the other tenant would prove nothing."""
    mine = [answer for caller in CALLERS if caller.tenant == tenant for answer in ask(caller)]
    read = {route.key for route in ROUTES if route.method == "GET" and is_tenants(route)}
    shown = {answer.case.route.key for answer in mine if answer.status == 200 and not answer.case.foreign}
    assert read - shown == set()


def test_the_matrix_has_every_operation_every_role_and_both_tenants() -> None:
    asked = {(case.route.key, case.caller.name, case.foreign) for caller in CALLERS for case in cases(caller)}
    assert {key for key, _, _ in asked} == {route.key for route in operations()} == {route.key for route in ROUTES}
    owned = [route for route in ROUTES if is_tenants(route)]
    assert all((route.key, f"{tenant}-admin", True) in asked for route in owned for tenant in TENANTS)
    opened = {route.key for caller in CALLERS for route in ROUTES if may(caller, route)}
    assert opened == {route.key for route in ROUTES if route.auth in {Auth.BEARER, Auth.RUN}}


@pytest.mark.parametrize("who", ["acme-admin", "platform-admin"])
def test_a_method_that_is_not_in_the_table_is_closed(who: str, platform: LocalStack, record_property: Record) -> None:
    paths: dict[str, set[str]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, set()).add(route.method)
    missing = [(m.upper(), path) for path, known in paths.items() for m in METHODS if m.upper() not in known]
    with platform.client(who) as client:
        entered = [pair for pair in missing if client.request(*pair).status_code not in {403, 404, 405}]
    record_property("cases", len(missing))
    assert entered == []


def test_every_role_of_the_table_has_a_caller() -> None:
    held: set[Any] = set().union(*(caller.roles for caller in CALLERS))
    assert {role for route in ROUTES for role in route.roles} <= held
    assert BY_NAME["acme-guest"].roles
