"""What somebody tries with a presigned request that is not quite ours, not fresh, or leads somewhere else."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from lambdas.authoriser.models import DependencyDown, Unauthorized
from lambdas.authoriser.service import Authoriser
from lambdas.authoriser.sts_proof import StsAnswer
from platform_kit import api_key, aws_roles
from tests.authority import CI_ROLE, STAGE_ARN, STS_HOST, Authority, b64, request, sts_header

pytestmark = pytest.mark.family("aws-callers")


def ask(world: Authority, url: str, authoriser: Authoriser | None = None, **more: Any) -> dict[str, Any]:
    return (authoriser or world.authoriser()).authorise(request(sts_header(url), **more))


def refused(world: Authority, url: str, *, asked: bool = False) -> None:
    """401, and nobody was asked anything unless that is what it takes to know."""
    with pytest.raises(Unauthorized):
        ask(world, url)
    assert bool(world.asked_sts) == asked
    assert world.read == []


@pytest.fixture
def world() -> Authority:
    found = Authority()
    found.add_role()
    return found


def test_a_good_proof_opens_its_roles_scopes_and_nothing_else(world: Authority) -> None:
    answer = ask(world, world.proof())
    assert answer["context"] == {
        "tenantId": "acme",
        "principalId": "aws:awc_1",
        "roles": "",
        "tier": "standard",
        "scopes": "agents:invoke",
        "credential": "aws",
        "environment": "prod",
        "agents": "",
        "domains": "",
    }
    opened = answer["policyDocument"]["Statement"][0]["Resource"]
    routes = ("agents/*/invoke", "agents/*/stream", "jobs/*/requeue", "runs/*/replays")
    assert sorted(opened) == [f"{STAGE_ARN}/POST/v1/{route}" for route in routes]


@pytest.mark.parametrize(
    "host",
    [
        *("evil.test", "sts.us-east-1.amazonaws.com.evil.test", "evil.test#sts.us-east-1.amazonaws.com"),
        *("sts.us-east-1.amazonaws.com@evil.test", "evil.test:443", "sts.us-east-1.amazonaws.com:8443"),
        *(
            "STS.us-east-1.amazonaws.com",
            "sts.us-east-1.amazonaws.com.",
            "sts.amazonaws.com",
            "sts.xx-east-1.amazonaws.com",
        ),
        *("iam.amazonaws.com", "127.0.0.1:4566", "127.0.0.1", "169.254.169.254", "[::1]", "localhost", "0x7f.1", ""),
        *(
            "sts.us-east-1.amazonaws.com\\evil.test",
            "sts.us-east-1.amazonaws.com%2eevil.test",
            "sts.cn-north-1.amazonaws.com",
        ),
        *("sts.us-east-1.amazonaws.com/..", "evil.test/sts.us-east-1.amazonaws.com", "sts。us-east-1.amazonaws.com"),
        *(
            "sts.us-east-1.amazonaws.com\r\nhost: evil.test",
            "user:pass@sts.us-east-1.amazonaws.com",
            "sts.us-east-1.vpce.amazonaws.com",
        ),
    ],
)
def test_no_other_host_is_asked(world: Authority, host: str) -> None:
    refused(world, world.proof(host=host))


@pytest.mark.parametrize("scheme", ["http", "HTTPS", "ftp", "file", "gopher", "//", "https:"])
def test_no_other_scheme_is_taken(world: Authority, scheme: str) -> None:
    refused(world, world.proof().replace("https://", scheme if scheme == "//" else f"{scheme}://", 1))


@pytest.mark.parametrize("path", ["x/?", "/", "//?", "/?/?", "/.?", "?x/?", "/%2f?", "#/?"])
def test_no_other_path_is_taken(world: Authority, path: str) -> None:
    refused(world, world.proof().replace("/?", path, 1))


@pytest.mark.parametrize(
    "extra",
    [
        *(
            "&Action=GetCallerIdentity",
            "&Action=AssumeRole",
            "&action=AssumeRole",
            "&RoleArn=x",
            "&X-Amz-Date=20200101T000000Z",
        ),
        *("&", "&x", "&=", "&=x", "#x", "&x-amz-signature=0", "&X-Amz-Signature=" + "0" * 64, "&Version=2011-06-15"),
        *(
            "&X%2DAmz%2DDate=20200101T000000Z",
            ";Action=AssumeRole",
            "&DurationSeconds=900",
            "&%41ction=AssumeRole",
            "%26x=1",
        ),
    ],
)
def test_no_parameter_more_or_twice_is_taken(world: Authority, extra: str) -> None:
    refused(world, world.proof() + extra)


@pytest.mark.parametrize(
    "name",
    [
        *("Action", "Version", "X_Amz_Algorithm", "X_Amz_Credential", "X_Amz_Date", "X_Amz_Expires"),
        *("X_Amz_SignedHeaders", "X_Amz_Security_Token", "X_Amz_Signature"),
    ],
)
def test_no_parameter_may_be_missing_or_empty(world: Authority, name: str) -> None:
    refused(world, world.proof(**{name: None}))
    refused(world, world.proof(**{name: ""}))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Action", ["AssumeRole", "getcalleridentity", "GetCallerIdentity ", "GetSessionToken", "GetCallerIdentity\n"]),
        ("Version", ["2011-06-16", "2011-06-15 "]),
        ("X_Amz_Algorithm", ["AWS4-HMAC-SHA1", "AWS4-ECDSA-P256-SHA256", "none", ""]),
        ("X_Amz_SignedHeaders", ["host", "x-ambit-audience", "host;x-ambit-audience;x-evil", "x-ambit-audience;host"]),
        (
            "X_Amz_SignedHeaders",
            ["host;X-Ambit-Audience", "host,x-ambit-audience", "host;x-ambit-audiences", "host;x-k8s-aws-id"],
        ),
        ("X_Amz_Expires", ["0", "-1", "100", "604800", "6e1", "+60", "060", "60.0", "61", "\u0666\u0660", "60 "]),
        ("X_Amz_Date", ["20200101T000000Z", "2026", "20261332T000000Z", "20260922T250000Z", "20260922T000060Z"]),
        ("X_Amz_Date", ["99991231T235959Z", "00000101T000000Z", "\u0662\u0660260922T000000Z"]),
        ("X_Amz_Signature", ["0" * 63, "0" * 65, "g" * 64, "A" * 64, "../" + "0" * 61]),
        ("X_Amz_Security_Token", ["short", "a b" * 10, "a\r\nb" * 10, "a" * 4097, "a&b=" * 10]),
        (
            "X_Amz_Credential",
            [
                "ASIAIOSFODNN7EXAMPLE",
                "a/b/c/sts/aws4_request",
                "ASIAIOSFODNN7EXAMPLE/20200101/us-east-1/sts/aws4_request",
            ],
        ),
        (
            "X_Amz_Credential",
            ["ASIAIOSFODNN7EXAMPLE/20260921/us-east-1/s3/aws4_request", "/20260921/us-east-1/sts/aws4_request"],
        ),
    ],
)
def test_no_other_value_is_taken(world: Authority, name: str, values: list[str]) -> None:
    for value in values:
        refused(world, world.proof(**{name: value}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "AAAA",
        "%",
        b64(b"\xff\xfe"),
        b64(b"https://"),
        b64(b"x" * 6000),
        "e30",
        "....",
        b64("\uff48ttps://x".encode()),
    ],
)
def test_what_is_no_proof_is_refused(world: Authority, text: str) -> None:
    with pytest.raises(Unauthorized):
        world.authoriser().authorise(request(f"AmbitSTS {text}"))
    assert world.asked_sts == []


def test_a_loose_encoding_is_refused(world: Authority) -> None:
    text = b64(world.proof().encode())
    for loose in (
        text + "=" * 3,
        text + "A",
        text.replace("a", "+", 1),
        f"={text}",
        text[:-1] + chr(ord(text[-1]) + 1),
    ):
        with pytest.raises(Unauthorized):
            world.authoriser().authorise(request(f"AmbitSTS {loose}"))


def test_an_escaped_proof_is_asked_for_in_its_plain_form(world: Authority) -> None:
    """What was checked is what is sent: no second reading by anybody on the way can make another request of it."""
    url = world.proof()
    disguised = url.replace("Action=GetCallerIdentity", "%41ction=%47etCallerIdentity")
    assert ask(world, disguised)["context"]["tenantId"] == "acme"
    [(host, path)] = world.asked_sts
    assert host == STS_HOST
    assert path.startswith("/?Action=GetCallerIdentity&")
    refused(
        Authority(), url.replace("GetCallerIdentity", quote(quote("GetCallerIdentity", safe="")).replace("G", "%2547"))
    )


# Not fresh


def test_a_proof_is_refused_after_a_minute_although_it_was_good(world: Authority) -> None:
    authoriser, url = world.authoriser(), world.proof()
    ask(world, url, authoriser)
    world.now += 59
    ask(world, url, authoriser)
    world.now += 1
    with pytest.raises(Unauthorized):
        ask(world, url, authoriser)
    with pytest.raises(Unauthorized):
        ask(world, url)
    assert len(world.asked_sts) == 1


def test_a_proof_made_ahead_of_time_is_refused(world: Authority) -> None:
    world.now += 3600
    url = world.proof()
    world.now -= 3600
    refused(world, url)


# Not ours


def test_a_proof_that_sts_refuses_is_no_identity(world: Authority) -> None:
    refused(world, world.proof(X_Amz_Signature="0" * 64), asked=True)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 403, 429])
def test_sts_that_sends_elsewhere_or_refuses_gives_no_identity(world: Authority, status: int) -> None:
    body = b"<Arn>arn:aws:sts::123456789012:assumed-role/ci/build</Arn>"
    world.sts_answer = StsAnswer(status, body)
    refused(world, world.proof(), asked=True)


@pytest.mark.parametrize(
    "arn",
    [
        *(
            "arn:aws:iam::123456789012:user/ci",
            "arn:aws:iam::123456789012:root",
            "arn:aws:sts::123456789012:federated-user/ci",
        ),
        *("arn:aws:iam::123456789012:role/ci", "arn:aws:sts::123456789012:assumed-role/ci", ""),
    ],
)
def test_who_is_no_role_is_no_identity(world: Authority, arn: str) -> None:
    world.sts_answer = StsAnswer(200, f"<Arn>{arn}</Arn>".encode())
    refused(world, world.proof(), asked=True)


@pytest.mark.parametrize(
    "role",
    [
        *(
            "arn:aws:iam::123456789013:role/ci",
            "arn:aws:iam::123456789012:role/ci2",
            "arn:aws:iam::123456789012:role/CI",
        ),
        *("arn:aws-cn:iam::123456789012:role/ci", "arn:aws:iam::123456789012:role/admin"),
    ],
)
def test_a_role_that_nobody_bound_is_no_identity(world: Authority, role: str) -> None:
    with pytest.raises(Unauthorized):
        ask(world, world.proof(role))


@pytest.mark.parametrize("change", [{"status": "revoked"}, {"status": "pending"}, {"kind": "key"}, {"expiresAt": 1}])
def test_a_binding_that_does_not_hold_is_refused_within_fifteen_seconds(
    world: Authority, change: dict[str, Any]
) -> None:
    authoriser, url = world.authoriser(), world.proof()
    ask(world, url, authoriser)
    world.add_role(**change)
    world.now += 15
    with pytest.raises(Unauthorized):
        ask(world, url, authoriser)


def test_a_role_is_the_tenants_that_it_is_bound_to_whatever_the_request_says(world: Authority) -> None:
    spoof = {"queryStringParameters": {"tenantId": "globex"}, "body": '{"tenantId": "globex"}'}
    assert ask(world, world.proof(), **spoof)["context"]["tenantId"] == "acme"


def test_a_key_is_no_role_and_a_role_no_key(world: Authority) -> None:
    world.set_grant(aws_roles.digest(CI_ROLE), {"kind": "key", "tenantId": "acme", "id": "key_1", "status": "active"})
    with pytest.raises(Unauthorized):
        ask(world, world.proof())
    text = world.add_key(kind="aws")
    with pytest.raises(Unauthorized):
        world.authoriser().authorise(request(f"Bearer {text}"))
    with pytest.raises(Unauthorized):
        world.authoriser().authorise(request(f"AmbitSTS {api_key.mint()}"))


def test_an_address_outside_the_roles_list_may_do_nothing(world: Authority) -> None:
    world.add_role(ipAllow=["192.0.2.0/24"])
    answer = ask(world, world.proof())
    assert {one["Effect"] for one in answer["policyDocument"]["Statement"]} == {"Deny"}


# Out of reach, and what is told


@pytest.mark.parametrize("part", ["sts", "table"])
def test_what_cannot_be_checked_is_neither_let_in_nor_called_bad(world: Authority, part: str) -> None:
    world.down.add(part)
    with pytest.raises(DependencyDown):
        ask(world, world.proof())


def test_a_refusal_tells_nothing_of_the_proof(world: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    for url in (world.proof(host="evil.test"), world.proof(X_Amz_Expires="99"), world.proof(CI_ROLE + "2")):
        with pytest.raises(Unauthorized):
            ask(world, url)
    answer = json.dumps(ask(world, world.proof()))
    told = answer + capsys.readouterr().out
    for secret in (
        "IQoJb3JpZ2luX2Vj",
        "X-Amz-Signature",
        "ASIAIOSFODNN7EXAMPLE",
        "evil.test",
        b64(world.proof().encode())[:40],
    ):
        assert secret not in told
