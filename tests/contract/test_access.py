"""Who may call what: the table of routes, each role against each route, through the policies API Gateway evaluates."""

import itertools
import json
import re
from typing import Any, Final

import pytest

from lambdas.authoriser import policy
from platform_kit.access import ROUTES, Auth, Role, Route
from platform_kit.api import admit
from platform_kit.errors import Forbidden, Unauthenticated
from tests.authority import METHOD_ARN, STAGE_ARN, Authority, request
from tests.gateway_policy import gateway_allows

# Written out by hand, once more: the table under test must not be its own expectation.
PUBLIC: Final = {"GET /v1/health", "GET /bff/login", "GET /bff/callback"}
COOKIE: Final = {"GET /bff/session", "POST /bff/token", "POST /bff/logout"}
VIEW: Final = {
    "POST /v1/users/invites/accept",
    *("GET /v1/agents", "GET /v1/agents/{agent}", "GET /v1/runs", "GET /v1/runs/{id}", "GET /v1/runs/{id}/events"),
    *("GET /v1/runs/{id}/replays", "GET /v1/runs/{id}/replays/{replayId}"),
    *(
        "GET /v1/jobs",
        "GET /v1/jobs/{id}",
        "GET /v1/sessions",
        "GET /v1/sessions/{id}",
        "GET /v1/files",
        "GET /v1/files/{id}",
    ),
    "GET /v1/tenant",
    *(
        "GET /v1/incidents",
        "GET /v1/incidents/{id}",
        "GET /v1/incidents/{id}/postmortem",
        "GET /v1/agents/{agent}/hold",
    ),
    *("GET /v1/tenant/kill-switches", "GET /v1/instances", "GET /v1/instances/{agent}"),
    "GET /v1/instances/{agent}/canary",
    *("GET /v1/policies", "GET /v1/policies/{id}", "POST /v1/policy/evaluate"),
    "GET /v1/policy/cedar",
    *("GET /v1/approvals", "GET /v1/approvals/{id}"),
    *("GET /v1/budgets", "GET /v1/budgets/{id}"),
    *("GET /v1/schedules", "GET /v1/schedules/{id}", "GET /v1/schedules/{id}/preview"),
    *("GET /v1/tools", "GET /v1/tools/{name}"),
    *("GET /v1/models", "GET /v1/models/{alias}"),
    *("GET /v1/webhooks", "GET /v1/webhooks/{id}", "GET /v1/webhooks/{id}/deliveries", "GET /v1/events"),
}
DECIDE: Final = {"POST /v1/approvals/{id}/decision"}
DEVELOP: Final = (
    VIEW
    | DECIDE
    | {
        *("POST /v1/schedules", "PATCH /v1/schedules/{id}", "DELETE /v1/schedules/{id}"),
        "POST /v1/schedules/preview",
        *(f"POST /v1/schedules/{{id}}/{verb}" for verb in ("pause", "resume", "run")),
        *("POST /v1/agents/{agent}/invoke", "POST /v1/agents/{agent}/stream", "POST /v1/runs/{id}/cancel"),
        "POST /v1/runs/{id}/replays",
        *("POST /v1/jobs/cancel", "POST /v1/jobs/{id}/requeue"),
        *("POST /v1/files", "DELETE /v1/files/{id}"),
    }
)
# What no scope opens: an administrator in person, never a machine's credential.
IN_PERSON: Final = {
    *("POST /v1/api-keys", "GET /v1/api-keys", "GET /v1/api-keys/{id}", "POST /v1/api-keys/{id}/rotate"),
    *("POST /v1/tenant/export", "GET /v1/tenant/exports/{id}"),
    *("POST /v1/tenant/kill-switches", "DELETE /v1/tenant/kill-switches/{id}"),
    *("PATCH /v1/instances/{agent}", "POST /v1/instances/bulk"),
    *("PUT /v1/instances/{agent}/canary", "DELETE /v1/instances/{agent}/canary"),
    *("POST /v1/incidents/{id}/mitigations", "PUT /v1/agents/{agent}/hold", "POST /v1/agents/{agent}/reset"),
    *("POST /v1/webhooks", "PATCH /v1/webhooks/{id}", "DELETE /v1/webhooks/{id}", "POST /v1/webhooks/{id}/test"),
    *("POST /v1/webhooks/{id}/rotate-secret", "POST /v1/webhooks/{id}/redeliver"),
    "POST /v1/webhooks/{id}/deliveries/{deliveryId}/redeliver",
    *("DELETE /v1/api-keys/{id}", "POST /v1/aws-callers", "GET /v1/aws-callers", "DELETE /v1/aws-callers/{id}"),
}
ACCEPT: Final = {"POST /v1/users/invites/accept"}
MANAGE_PEOPLE: Final = {
    *("GET /v1/users", "GET /v1/users/{id}", "PATCH /v1/users/{id}", "POST /v1/users/invites"),
    *("GET /v1/users/invites", "DELETE /v1/users/invites/{id}"),
}
WRITE_POLICIES: Final = {"POST /v1/policies", "PUT /v1/policies/{id}", "POST /v1/policy/simulate"}
WRITE_MODELS: Final = {"PUT /v1/models/{alias}", "DELETE /v1/models/{alias}"}
WRITE_BUDGETS: Final = {"POST /v1/budgets", "PATCH /v1/budgets/{id}", "DELETE /v1/budgets/{id}"}
AUDIT: Final = {
    *("GET /v1/audit", "GET /v1/audit/export", "POST /v1/audit/checkpoints"),
    *("GET /v1/audit/checkpoints", "GET /v1/audit/keys"),
}
ADMINISTER: Final = (
    DEVELOP
    | IN_PERSON
    | MANAGE_PEOPLE
    | WRITE_POLICIES
    | WRITE_BUDGETS
    | WRITE_MODELS
    | AUDIT
    | {"PATCH /v1/incidents/{id}", "PATCH /v1/tenant"}
)
LOOK_IN_PERSON: Final = {
    *("GET /v1/webhooks", "GET /v1/webhooks/{id}", "GET /v1/webhooks/{id}/deliveries", "GET /v1/events"),
}
UNSCOPED: Final = IN_PERSON | MANAGE_PEOPLE | ACCEPT | DECIDE | LOOK_IN_PERSON
OPERATE: Final = {
    *("GET /v1/platform/health", "POST /v1/templates", "GET /v1/templates", "GET /v1/templates/{id}"),
    *("POST /v1/templates/{id}/versions", "GET /v1/versions", "GET /v1/versions/{id}"),
    *("POST /v1/versions/{id}/promote", "POST /v1/tenants", "GET /v1/tenants", "GET /v1/tenants/{id}"),
    *("PATCH /v1/tenants/{id}", "POST /v1/tenants/{id}/suspend", "POST /v1/tenants/{id}/reinstate"),
    *("GET /v1/operations/{id}", "POST /v1/tenants/{id}/export", "DELETE /v1/tenants/{id}"),
    "POST /v1/tenants/{id}/import",
    *("POST /v1/versions/{id}/rollback", "GET /v1/versions/{id}/gates", "GET /v1/versions/{id}/diff"),
    *("GET /v1/templates/{id}/lineage", "GET /v1/tenants/{id}/instances", "POST /v1/tenants/{id}/instances/bulk"),
    *("POST /v1/tenants/{id}/instances/{agent}/canary", "GET /v1/versions/{id}/artifact"),
    *("GET /v1/platform/flags", "PUT /v1/platform/flags", "GET /v1/platform/flags/{name}"),
    *("PUT /v1/platform/flags/{name}", "GET /v1/kill-switches", "POST /v1/kill-switches"),
    "DELETE /v1/kill-switches/{id}",
    "POST /v1/platform/retention-sweeps",
    *("GET /v1/issuers", "GET /v1/issuers/{id}"),
    *("POST /v1/tenants/{id}/rotate-key", "POST /v1/tenants/{id}/audit-check"),
    "GET /v1/tenants/{id}/break-glass",
    "GET /v1/platform/models",
    *("GET /v1/platform/failover", "POST /v1/platform/failover"),
    *("GET /v1/platform/dlq", "GET /v1/platform/dlq/{queue}/messages"),
    *("POST /v1/platform/dlq/{queue}/redrive", "POST /v1/platform/dlq/{queue}/purge"),
    *("POST /v1/evaluation-suites", "GET /v1/evaluation-suites", "GET /v1/evaluation-suites/{name}"),
    *("POST /v1/evaluation-runs", "GET /v1/evaluation-runs", "GET /v1/evaluation-runs/{id}"),
    *("GET /v1/evaluation-runs/{id}/cases", "GET /v1/evaluation-runs/{id}/comparison"),
    *("POST /v1/evaluation-runs/{id}/cancel", "POST /v1/evaluation-runs/{id}/resume"),
    *("GET /v1/evaluation-runs/{id}/evidence", "GET /v1/evidence-keys"),
    *("POST /v1/versions/{id}/certifications", "GET /v1/versions/{id}/certifications"),
    "POST /v1/versions/{id}/certifications/{certificationId}/revoke",
    *("POST /v1/versions/{id}/approvals", "GET /v1/versions/{id}/approvals"),
    *("POST /v1/versions/{id}/approvals/{approvalId}/decision", "GET /v1/versions/{id}/break-glass"),
    *("GET /v1/platform/incidents", "GET /v1/platform/incidents/{id}", "PATCH /v1/platform/incidents/{id}"),
    *("GET /v1/platform/security-events", "POST /v1/platform/retention-sweeps"),
    *("GET /v1/platform/tools", "GET /v1/platform/tools/{name}"),
    *("PUT /v1/platform/tools/{name}", "DELETE /v1/platform/tools/{name}"),
    *("POST /v1/tool-packs", "GET /v1/tool-packs", "GET /v1/tool-packs/{name}/versions/{version}"),
    *("POST /v1/tool-packs/{name}/versions/{version}/install", "POST /v1/tool-packs/{name}/uninstall"),
    *("POST /v1/tool-pack-publishers", "GET /v1/tool-pack-publishers", "POST /v1/tool-pack-publishers/{id}/revoke"),
}
BREAK_GLASS: Final = {
    *("POST /v1/tenants/{id}/break-glass", "DELETE /v1/tenants/{id}/break-glass/{grantId}"),
    *("GET /v1/tenants/{id}/runs", "GET /v1/tenants/{id}/runs/{runId}"),
    *("POST /v1/versions/{id}/break-glass", "POST /v1/versions/{id}/break-glass/{requestId}/confirm"),
}
ADMINISTER_PLATFORM: Final = OPERATE | BREAK_GLASS | {"POST /v1/issuers", "PATCH /v1/issuers/{id}"}
RUN: Final = {
    *(f"POST /v1/gateway/{name}" for name in ("token", "heartbeat", "events", "checkpoints")),
    *(f"POST /v1/gateway/{name}" for name in ("complete", "mcp", "approvals/{id}")),
    *("GET /v1/gateway/mcp", "DELETE /v1/gateway/mcp"),
    *("POST /v1/gateway/openai/v1/chat/completions", "GET /v1/gateway/openai/v1/models"),
}
MAY: Final = {
    Role.GUEST: ACCEPT,
    Role.VIEWER: VIEW,
    Role.DEVELOPER: DEVELOP,
    Role.ADMIN: ADMINISTER,
    Role.OPERATOR: OPERATE,
    Role.PLATFORM_ADMIN: ADMINISTER_PLATFORM,
}
TENANT_ROLES: Final = (Role.VIEWER, Role.DEVELOPER, Role.ADMIN)
ROLE_SETS: Final = [
    *(frozenset[Role](chosen) for n in range(4) for chosen in itertools.combinations(TENANT_ROLES, n)),
    *(frozenset(chosen) for chosen in ([Role.OPERATOR], [Role.PLATFORM_ADMIN], [Role.OPERATOR, Role.PLATFORM_ADMIN])),
]
SEGMENTS: Final = (
    "x",
    "run_0192",
    "invoke",
    "invites",
    "accept",
    "stream",
    "suspend",
    "events",
    "versions",
    "promote",
    "health",
    "token",
    "*",
)
POLICY_BYTES: Final = 8192
VERIFIED: Final = [route for route in ROUTES if route.auth in {Auth.BEARER, Auth.RUN}]
BY_KEY: Final = {route.key: route for route in ROUTES}


def concrete(route: Route) -> list[str]:
    """ARNs of calls to a route, with path parameters that try to look like other routes."""
    holes = route.path.count("{")
    values = itertools.product(SEGMENTS, repeat=holes)
    return [f"{STAGE_ARN}/{route.method}{re.sub(r'{[^}]+}', '{}', route.path).format(*chosen)}" for chosen in values]


def expected(roles: frozenset[Role]) -> set[str]:
    return set().union(*(MAY[role] for role in roles))


def test_the_expectation_knows_every_route_once() -> None:
    groups = [PUBLIC, COOKIE, ADMINISTER, ADMINISTER_PLATFORM, RUN]
    assert sum(map(len, groups)) == len(BY_KEY) == len(ROUTES)
    assert set().union(*groups) == BY_KEY.keys()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_every_route_says_how_its_caller_is_known(route: Route) -> None:
    kinds = {Auth.PUBLIC: PUBLIC, Auth.COOKIE: COOKIE, Auth.RUN: RUN, Auth.BEARER: ADMINISTER | ADMINISTER_PLATFORM}
    assert route.key in kinds[route.auth]
    assert bool(route.roles) == (route.auth is Auth.BEARER)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_every_tenant_route_but_those_for_people_names_a_scope_and_no_other_does(route: Route) -> None:
    assert bool(route.scope) == (route.key in ADMINISTER - UNSCOPED)
    assert route.scope is None or re.fullmatch(r"[a-z]+:[a-z]+", route.scope)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_a_route_is_for_tenants_or_for_the_platform(route: Route) -> None:
    assert len({role.value.partition(".")[0] for role in route.roles}) <= 1


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_a_role_opens_exactly_its_routes(role: Role, route: Route) -> None:
    document = policy.allow(METHOD_ARN, "jwt", frozenset({role.value}))
    assert {gateway_allows(document, arn) for arn in concrete(route)} == {route.key in MAY[role]}


@pytest.mark.parametrize("roles", ROLE_SETS, ids=lambda roles: "+".join(sorted(roles)) or "none")
def test_roles_together_open_what_each_opens(roles: frozenset[Role]) -> None:
    document = policy.allow(METHOD_ARN, "jwt", frozenset(role.value for role in roles))
    opened = {route.key for route in ROUTES if any(gateway_allows(document, arn) for arn in concrete(route))}
    shut = {route.key for route in ROUTES if not all(gateway_allows(document, arn) for arn in concrete(route))}
    assert opened == expected(roles)
    assert shut == BY_KEY.keys() - expected(roles)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_a_run_token_opens_the_gateway_and_nothing_else(route: Route) -> None:
    document = policy.allow(METHOD_ARN, "run", frozenset())
    assert {gateway_allows(document, arn) for arn in concrete(route)} == {route.key in RUN}


@pytest.mark.parametrize("roles", ROLE_SETS, ids=lambda roles: "+".join(sorted(roles)) or "none")
def test_a_policy_opens_no_method_or_stage_or_api_beyond_its_own(roles: frozenset[Role]) -> None:
    document = policy.allow(METHOD_ARN, "jwt", frozenset(role.value for role in roles))
    api, stage = STAGE_ARN.rsplit("/", 1)
    elsewhere = [f"{api}/other/GET/v1/agents", f"{api}x/{stage}/GET/v1/agents", f"{STAGE_ARN}/TRACE/v1/agents"]
    assert not any(gateway_allows(document, arn) for arn in elsewhere)


@pytest.mark.parametrize("roles", ROLE_SETS, ids=lambda roles: "+".join(sorted(roles)) or "none")
def test_a_policy_is_the_same_whatever_was_asked(roles: frozenset[Role]) -> None:
    names = frozenset(role.value for role in roles)
    asked = [f"{STAGE_ARN}/GET/v1/agents", f"{STAGE_ARN}/POST/v1/gateway/token", f"{STAGE_ARN}/DELETE/nowhere"]
    assert len({json.dumps(policy.allow(arn, "jwt", names)) for arn in asked}) == 1


@pytest.mark.parametrize("roles", ROLE_SETS, ids=lambda roles: "+".join(sorted(roles)) or "none")
def test_a_policy_fits_with_the_longest_names(roles: frozenset[Role]) -> None:
    arn = "arn:aws-us-gov:execute-api:ap-southeast-7:000000000000:abcdefghij/production/GET/v1/agents"
    document = policy.allow(arn, "jwt", frozenset(role.value for role in roles))
    assert len(json.dumps(document)) < POLICY_BYTES


def test_nobody_gets_a_wildcard_for_everything() -> None:
    for roles in ROLE_SETS:
        document = policy.allow(METHOD_ARN, "jwt", frozenset(role.value for role in roles))
        allowed = [one for s in document["Statement"] if s["Effect"] == "Allow" for one in s["Resource"]]
        named = re.compile(re.escape(STAGE_ARN) + r"/(?:[A-Z]+|\*)/v1/[a-z].*")
        assert not [one for one in allowed if not named.fullmatch(one)]


def test_all_methods_of_a_path_are_allowed_at_once_only_to_who_may_call_each() -> None:
    for roles in ROLE_SETS:
        words = frozenset(role.value for role in roles)
        shortened = {one[1:] for one in policy.patterns("jwt", words)[0] if one.startswith("*")}
        of_these = [route for route in ROUTES if re.sub(r"\{[^}/]+\}", "*", route.path) in shortened]
        assert [route.key for route in of_these if route.roles.isdisjoint(roles)] == []


# The same, from the token to the function behind the gateway


def identity_of(world: Authority, who: str) -> dict[str, Any]:
    """The authoriser's answer for a role, or for a run token."""
    if who == "run":
        token = world.run_token()
    elif who.startswith("Platform."):
        token = world.token(tenantid=None, roles=[who])
    else:
        token = world.token(roles=[who])
    return world.authoriser().authorise(request(f"Bearer {token}"))


def function_admits(route: Route, context: dict[str, str]) -> bool:
    try:
        admit(route, {"requestContext": {"authorizer": context}})
    except (Forbidden, Unauthenticated):
        return False
    return True


@pytest.mark.parametrize("who", [*(role.value for role in Role), "run"])
def test_the_gateway_and_the_functions_agree(who: str) -> None:
    answer = identity_of(Authority(), who)
    for route in VERIFIED:
        by_gateway = all(gateway_allows(answer["policyDocument"], arn) for arn in concrete(route))
        assert function_admits(route, answer["context"]) == by_gateway, route.key


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.auth in {Auth.BEARER, Auth.RUN}], ids=lambda r: r.key
)
def test_no_function_admits_a_caller_that_the_authoriser_did_not_name(route: Route) -> None:
    assert not function_admits(route, {})
    assert not function_admits(route, {"roles": "Tenant.Admin Platform.Admin", "tenantId": "acme"})
