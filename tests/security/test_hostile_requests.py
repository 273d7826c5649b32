"""What a caller may put around its credential to be taken for somebody else, or for anybody at all."""

import json
from typing import Any

import pytest

from lambdas.authoriser.models import DependencyDown, Unauthorized
from tests.authority import Authority, request

MULTI = "multiValueHeaders"


def headers(*pairs: tuple[str, str]) -> dict[str, Any]:
    """An event's two header maps, as API Gateway makes them from repeated headers: the last, and all."""
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    return {"headers": dict(pairs), MULTI: several}


def refused(event: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(Unauthorized):
        Authority().authoriser().authorise(event)
    return str(json.loads(capsys.readouterr().out)["reason"])


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_accepted_in_any_case(scheme: str) -> None:
    world = Authority()
    assert world.authoriser().authorise(request(f"{scheme} {world.token()}"))["context"]["tenantId"] == "acme"


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_the_header_is_found_in_any_case(name: str) -> None:
    world = Authority()
    event = request(None, **headers((name, f"Bearer {world.token()}")))
    assert world.authoriser().authorise(event)["context"]["tenantId"] == "acme"


@pytest.mark.parametrize(
    "around",
    [
        *("{t}", " Bearer {t}", "Bearer {t} ", "Bearer\t{t}", "Bearer{t}", "Bearer {t}\n", "Bearer {t}\r\nx: y"),
        *("Bearer {t},{t}", "Bearer {t}, Bearer {t}", "Bearer {t}, Basic eDp5", "Basic eDp5, Bearer {t}", "Bearer,{t}"),
        *("Bearer {t};x", "Bearer token={t}", 'Bearer "{t}"', "Bearer {t}\x00", "\ufeffBearer {t}", "Bearer\xa0{t}"),
        *("Bearer", "Bearer ", "", " ", "Bearer Bearer {t}", "Ｂearer {t}", "Bearer ,"),  # noqa: RUF001 - a full-width B
    ],
)
def test_a_malformed_header_is_no_identity(around: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(request(around.format(t=Authority().token())), capsys) == "malformed_header"


@pytest.mark.parametrize(
    "scheme", ["Basic", "Digest", "Negotiate", "AWS4-HMAC-SHA256", "DPoP", "AmbitSTS2", "JWT", "B"]
)
def test_another_scheme_is_no_identity(scheme: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(request(f"{scheme} {Authority().token()}"), capsys) == "unsupported_credential"


def test_no_header_is_no_identity(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(request(None), capsys) == "no_credential"


@pytest.mark.parametrize("event", [{}, {"headers": None, MULTI: None}, {"headers": {}, MULTI: {}}])
def test_an_event_without_headers_is_no_identity(event: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert refused({"methodArn": "x", **event}, capsys) == "no_credential"


def test_two_headers_are_no_identity(capsys: pytest.CaptureFixture[str]) -> None:
    world = Authority()
    pairs = [("Authorization", f"Bearer {world.token()}"), ("Authorization", f"Bearer {world.globex_token()}")]
    assert refused(request(None, **headers(*pairs)), capsys) == "several_credentials"


def test_two_headers_in_different_case_are_no_identity(capsys: pytest.CaptureFixture[str]) -> None:
    world = Authority()
    pairs = [("Authorization", f"Bearer {world.token()}"), ("authorization", f"Bearer {world.globex_token()}")]
    assert refused(request(None, **headers(*pairs)), capsys) == "several_credentials"


def test_two_header_maps_that_disagree_are_no_identity(capsys: pytest.CaptureFixture[str]) -> None:
    world = Authority()
    event = request(f"Bearer {world.token()}")
    event[MULTI]["Authorization"] = [f"Bearer {world.globex_token()}"]
    assert refused(event, capsys) == "several_credentials"


def test_one_map_alone_is_enough() -> None:
    world = Authority()
    event = request(f"Bearer {world.token()}") | {MULTI: None}
    assert world.authoriser().authorise(event)["context"]["tenantId"] == "acme"


@pytest.mark.parametrize(
    "spoof",
    [
        headers(
            *(("x-tenant-id", "globex"), ("X-Tenant", "globex"), ("tenantid", "globex"), ("x-amzn-tenant", "globex")),
            *(("x-roles", "Platform.Admin"), ("x-forwarded-user", "admin"), ("x-original-url", "/v1/platform/health")),
        ),
        {"queryStringParameters": {"tenantId": "globex", "tenant": "globex", "access_token": "x"}},
        {"pathParameters": {"tenant": "globex", "id": "globex"}, "path": "/v1/tenants/globex"},
        {"body": '{"tenantId": "globex", "tenantid": "globex"}'},
        {"stageVariables": {"tenantId": "globex"}},
        {"requestContext": {"authorizer": {"tenantId": "globex", "roles": "Platform.Admin"}}},
        {"identitySource": "globex", "authorizationToken": "Bearer x"},
    ],
    ids=["headers", "query", "path", "body", "stage", "context", "other fields"],
)
def test_a_spoofed_tenant_changes_nothing(spoof: dict[str, Any]) -> None:
    world = Authority()
    event = request(f"Bearer {world.token()}")
    plain = world.authoriser().authorise(event)
    for part, value in spoof.items():
        event[part] = {**event[part], **value} if isinstance(event.get(part), dict) else value
    assert world.authoriser().authorise(event) == plain


@pytest.mark.parametrize("claim", ["tier", "tenant", "tenant_id", "tenantId", "principalId", "scopes", "usageKey"])
def test_claims_that_are_no_ones_business_are_ignored(claim: str) -> None:
    world = Authority()
    plain = world.authoriser().authorise(request(f"Bearer {world.token()}"))
    assert world.authoriser().authorise(request(f"Bearer {world.token(header=None, **{claim: 'premium'})}")) == plain


def test_the_tier_is_that_of_the_tenants_record() -> None:
    world = Authority()
    answer = world.authoriser().authorise(request(f"Bearer {world.token(tier='premium')}"))
    assert answer["context"]["tier"] == "standard"
    assert answer["usageIdentifierKey"] == "key-acme"


@pytest.mark.parametrize(
    "arn",
    [
        *("", "*", "arn:aws:execute-api:*:*:*", "arn:aws:execute-api:us-east-1:000000000000:*/local/GET/v1/agents"),
        *("arn:aws:lambda:us-east-1:000000000000:function:x", "arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/"),
        "arn:aws:execute-api:us-east-1:000000000000:abc",
    ],
)
def test_a_policy_is_made_for_a_concrete_stage_only(arn: str) -> None:
    world = Authority()
    with pytest.raises(ValueError, match="method ARN"):
        world.authoriser().authorise(request(f"Bearer {world.token()}", methodArn=arn))


def test_no_dependency_is_asked_for_a_token_without_form() -> None:
    world = Authority()
    with pytest.raises(Unauthorized):
        world.authoriser().authorise(request("Bearer nonsense"))
    assert (world.read, world.fetched) == ([], [])


def test_unknown_issuers_are_looked_up_once() -> None:
    world = Authority()
    authoriser = world.authoriser()
    for number in range(20):
        with pytest.raises(Unauthorized):
            authoriser.authorise(request(f"Bearer {world.token(iss='https://evil.test', sub=str(number))}"))
    assert len(world.read) == 1
    assert world.fetched == []


@pytest.mark.parametrize("part", ["table", "jwks"])
def test_a_dependency_that_is_down_is_not_the_callers_fault(part: str) -> None:
    world = Authority(down={part})
    with pytest.raises(DependencyDown):
        world.authoriser().authorise(request(f"Bearer {world.token()}"))


def test_a_run_token_cannot_be_judged_while_its_key_is_out_of_reach() -> None:
    world = Authority(down={"kms"})
    with pytest.raises(DependencyDown):
        world.authoriser().authorise(request(f"Bearer {world.run_token()}"))
