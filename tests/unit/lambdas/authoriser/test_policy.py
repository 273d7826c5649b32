import pytest

from lambdas.authoriser import policy
from platform_kit.access import Auth, Role, Route
from tests.authority import METHOD_ARN, STAGE_ARN

ROLES = frozenset({"Tenant.Viewer"})
VIEWER = frozenset({Role.VIEWER})


def table(monkeypatch: pytest.MonkeyPatch, *routes: Route) -> None:
    monkeypatch.setattr(policy, "ROUTES", routes)
    policy.patterns.cache_clear()


@pytest.fixture(autouse=True)
def _forget_tables() -> None:
    policy.patterns.cache_clear()


def test_the_stage_is_taken_from_the_method_that_was_asked() -> None:
    assert policy.stage_arn(METHOD_ARN) == STAGE_ARN
    assert policy.stage_arn(f"{STAGE_ARN}/GET/a/b/../c\n") == STAGE_ARN
    assert policy.stage_arn(STAGE_ARN.replace("aws:", "aws-us-gov:") + "/GET/").startswith("arn:aws-us-gov:")


def test_parameters_become_wildcards() -> None:
    assert policy.pattern_of(Route("POST", "/v1/a/{b}/c/{d}", "x", Auth.BEARER)) == "POST/v1/a/*/c/*"


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("GET/a", "GET/a", True),
        ("GET/a", "GET/ab", False),
        ("GET/a/*", "GET/a/", True),
        ("GET/a/*", "GET/a/b/c\n", True),
        ("GET/a/*", "GET/a", False),
        ("GET/a/*/c", "GET/a/b/c/c", True),
        ("GET/a.c", "GET/abc", False),
        ("GET/a/*", "POST/a/b", False),
    ],
)
def test_a_wildcard_matches_across_slashes(pattern: str, text: str, matches: bool) -> None:  # noqa: FBT001 - a case
    assert policy.covers(pattern, text) is matches


def test_a_pattern_that_another_covers_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    shallow, deep = (Route("GET", path, "x", Auth.BEARER, VIEWER) for path in ("/v1/a/{b}", "/v1/a/{b}/c"))
    table(monkeypatch, deep, shallow)
    assert policy.patterns("jwt", ROLES) == (("GET/v1/a/*",), ())


def test_a_deeper_route_that_a_wildcard_would_admit_is_denied_again(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Route("GET", "/v1/a/{b}", "x", Auth.BEARER, VIEWER)
    others = Route("GET", "/v1/a/{b}/secrets", "x", Auth.BEARER, frozenset({Role.ADMIN}))
    table(monkeypatch, mine, others)
    document = policy.allow(METHOD_ARN, "jwt", ROLES)
    assert [(one["Effect"], one["Resource"]) for one in document["Statement"]] == [
        ("Allow", [f"{STAGE_ARN}/GET/v1/a/*"]),
        ("Deny", [f"{STAGE_ARN}/GET/v1/a/*/secrets"]),
    ]


@pytest.mark.parametrize("roles", [frozenset(), frozenset({"Tenant.Owner"})])
def test_who_may_do_nothing_gets_a_policy_that_says_so(roles: frozenset[str]) -> None:
    assert policy.allow(METHOD_ARN, "jwt", roles) == policy.deny_all(METHOD_ARN)
    assert policy.deny_all(METHOD_ARN)["Statement"] == [
        {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [f"{STAGE_ARN}/*"]}
    ]


def test_roles_do_not_widen_a_run_token() -> None:
    every = frozenset(role.value for role in Role)
    assert policy.allow(METHOD_ARN, "run", every) == policy.allow(METHOD_ARN, "run", frozenset())
