"""What a decision needs and cannot reach: the answer is 503 and never yes, in the authoriser and in every function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from infra.functions import FUNCTIONS as SPECS
from lambdas.authoriser.models import DependencyDown
from platform_kit.access import ROUTES, Auth, Route
from tests.authority import Authority, request
from tests.functional.run_platform import runs_on_moto
from tests.security.matrix import parameters
from tests.security.outages import KINDS, Outage, ask, environment, start_anew

pytestmark = pytest.mark.family("fail-closed")
CREDENTIALS: Final[dict[str, Callable[[Authority], str]]] = {
    "person": lambda world: world.token(),
    "operator": lambda world: world.token(tenantid=None, roles=["Platform.Operator"]),
    "tenant's issuer": lambda world: world.globex_token(),
    "running agent": lambda world: world.run_token(),
    "API key": lambda world: world.add_key(),
}
NEEDS: Final = {
    "person": {"table", "jwks"},
    "operator": {"table", "jwks"},
    "tenant's issuer": {"table", "jwks"},
    "running agent": {"table", "kms"},
    "API key": {"table"},
}
PARTS: Final = ("table", "jwks", "kms")
HEALTH: Final = "GET /v1/platform/health"
"""Its answer is what is down."""
WITHOUT_TABLES: Final = frozenset({"GET /v1/audit/keys", "GET /v1/evidence-keys", "POST /v1/schedules/preview"})
"""Public keys, which come from KMS alone and are the same for everybody; times, which follow from what was sent."""
SERVED: Final = [
    route
    for route in ROUTES
    if route.auth in {Auth.BEARER, Auth.RUN} and route.function != "stream" and route.key != HEALTH
]


def decide(world: Authority, token: str, authoriser: Any = None) -> dict[str, Any]:
    decision: dict[str, Any] = (authoriser or world.authoriser()).authorise(request(f"Bearer {token}"))
    return decision


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", CREDENTIALS)
def test_no_credential_is_judged_without_what_it_takes(kind: str, part: str) -> None:
    world = Authority()
    token = CREDENTIALS[kind](world)
    well = decide(world, token)
    world.down.add(part)
    if part in NEEDS[kind]:
        with pytest.raises(DependencyDown):
            decide(world, token)
    else:
        assert decide(world, token) == well


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_a_credential_that_was_good_is_not_let_in_for_long_when_records_cannot_be_read(kind: str) -> None:
    world = Authority()
    token, authoriser = CREDENTIALS[kind](world), world.authoriser()
    decide(world, token, authoriser)
    world.down.add("table")
    world.now += 60
    with pytest.raises(DependencyDown):
        decide(world, token, authoriser)


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_all_down_is_no_identity_problem_but_an_outage(kind: str) -> None:
    world = Authority()
    token = CREDENTIALS[kind](world)
    world.down |= set(PARTS)
    with pytest.raises(DependencyDown):
        decide(world, token)


@pytest.mark.parametrize(
    "broken", [{"status": None}, {"status": "Active"}, {"status": ""}, {"usageKey": None}], ids=str
)
def test_a_tenant_record_that_is_broken_opens_nothing(broken: dict[str, Any]) -> None:
    world = Authority()
    world.add_tenant("acme", **broken)
    effects = {statement["Effect"] for statement in decide(world, world.token())["policyDocument"]["Statement"]}
    assert effects == {"Deny"}


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outage]:
    with runs_on_moto(monkeypatch):
        environment(monkeypatch)
        yield Outage(monkeypatch)


FUNCTIONS: Final = sorted({route.function for route in SERVED})
OTHERS: Final = [
    (spec.name, service)
    for spec in SPECS
    for service in ("sts", "secretsmanager", "kms", "s3")
    if spec.name in FUNCTIONS and service in spec.services
]


def problem(answer: Any, route: Route, *, reached: bool) -> list[str]:
    """What is wrong: 503 with nothing said of the inside, or, where nothing was needed of what is down, a refusal."""
    said = f"{route.key}: {answer.status} {answer.json}"
    if not reached:
        return [] if 400 <= answer.status < 500 else [said]
    right = answer.status == 503 and answer.json["code"] == "DEPENDENCY_UNAVAILABLE"
    return [] if right and "ambit-prod" not in said and int(answer.headers["retry-after"]) > 0 else [said]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_without_its_tables_no_route_does_anything(
    function: str, kind: str, outage: Outage, record_property: Callable[[str, object], None]
) -> None:
    routes = [route for route in SERVED if route.function == function and route.key not in WITHOUT_TABLES]
    outage.down["dynamodb"] = kind
    start_anew(function)
    wrong, reached = [], 0
    for route in routes:
        outage.asked = 0
        wrong += problem(ask(route), route, reached=outage.asked > 0)
        reached += outage.asked > 0
    assert wrong == []
    assert reached >= len(routes) / 2
    record_property("cases", len(routes))


@pytest.mark.parametrize(("function", "service"), OTHERS)
def test_without_another_service_no_route_says_yes_that_needs_it(
    function: str, service: str, outage: Outage, record_property: Callable[[str, object], None]
) -> None:
    routes = [route for route in SERVED if route.function == function]
    wrong, reached = [], 0
    for route in routes:
        query = {"cursor": "e30"} if service == "secretsmanager" and "cursor" in parameters(route) else {}
        outage.down, outage.asked = {service: "unreachable"}, 0
        start_anew(function)
        answer = ask(route, query=query)
        if outage.asked:
            wrong += problem(answer, route, reached=True)
            reached += 1
    assert wrong == []
    record_property("cases", reached)


def test_what_is_down_is_what_the_platforms_health_reports(outage: Outage) -> None:
    [route] = [route for route in ROUTES if route.key == HEALTH]
    outage.down["dynamodb"] = "unreachable"
    answer = ask(route)
    assert (answer.status, answer.json["status"]) == (200, "degraded")
