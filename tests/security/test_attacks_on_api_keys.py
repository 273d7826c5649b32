"""What somebody tries with a key that is not quite a key, not theirs, no longer good, or good for something else."""

import itertools
import json
import re
import string
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from starlette.testclient import TestClient

from lambdas.agents import handler as catalogue
from lambdas.authoriser.models import DependencyDown, Unauthorized
from lambdas.authoriser.service import Authoriser
from lambdas.bridge import handler as bridge
from lambdas.bridge.stream_app import create_app
from platform_kit import access, api_key
from platform_kit.api import admit
from platform_kit.asgi import CONTEXT_HEADER
from platform_kit.errors import Forbidden
from tests.authority import STAGE_ARN, Authority, request
from tests.functional.moto_platform import Answer, event, table
from tests.functional.run_platform import publish, runs_on_moto
from tests.gateway_policy import gateway_allows

pytestmark = pytest.mark.family("api-keys")
TRIPLES = ["".join(chosen) for chosen in itertools.product(string.ascii_letters + string.digits, repeat=3)]


def ask(world: Authority, text: str, authoriser: Authoriser | None = None, **more: Any) -> dict[str, Any]:
    return (authoriser or world.authoriser()).authorise(request(f"Bearer {text}", **more))


def from_address(source_ip: str) -> dict[str, Any]:
    return {"requestContext": {"requestId": "req-1", "identity": {"sourceIp": source_ip}}}


def effects(answer: dict[str, Any]) -> set[str]:
    return {statement["Effect"] for statement in answer["policyDocument"]["Statement"]}


def reason(capsys: pytest.CaptureFixture[str]) -> str:
    return str(json.loads(capsys.readouterr().out.splitlines()[-1])["reason"])


def twin(text: str) -> str:
    """Another key with the very checksum of this one.

    CRC-32 is linear, so a change in one place is cancelled by a change in another: 62³ of each, met in the middle.
    """
    body = text[4:47]
    plain = zlib.crc32(body.encode())
    early = {zlib.crc32((three + body[3:]).encode()) ^ plain: three for three in TRIPLES}
    for three in TRIPLES:
        change = zlib.crc32((body[:20] + three + body[23:]).encode()) ^ plain
        if change and change in early:
            return f"amb_{early[change]}{body[3:20]}{three}{body[23:]}{text[47:]}"
    raise AssertionError("no twin was found")


# What opens the door, so that the refusals below mean something


def test_a_good_key_opens_its_scopes_and_nothing_else() -> None:
    world = Authority()
    answer = ask(world, world.add_key())
    assert answer["context"] == {
        "tenantId": "acme",
        "principalId": "key:key_1",
        "roles": "",
        "tier": "standard",
        "scopes": "agents:invoke runs:read",
        "credential": "key",
        "environment": "prod",
        "agents": "",
        "domains": "",
    }
    assert answer["usageIdentifierKey"] == "key-acme"
    opened = {one.removeprefix(f"{STAGE_ARN}/") for one in answer["policyDocument"]["Statement"][0]["Resource"]}
    assert opened == {
        *("POST/v1/agents/*/invoke", "POST/v1/agents/*/stream", "GET/v1/runs", "GET/v1/runs/*", "GET/v1/jobs/*"),
        *("GET/v1/jobs", "POST/v1/jobs/*/requeue", "*/v1/runs/*/replays"),
    }


# Not quite a key


def test_no_truncated_extended_or_altered_key_is_looked_up(capsys: pytest.CaptureFixture[str]) -> None:
    world = Authority()
    text = world.add_key()
    cut = [text[:length] for length in range(5, len(text))]
    grown = [text + tail for tail in ("0", "_", "=", "==", ".x", "~")]
    altered = [text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :] for place in range(4, len(text))]
    for wrong in (*cut, *grown, *altered, text.swapcase(), text + text):
        with pytest.raises(Unauthorized):
            ask(world, wrong)
    assert world.read == []
    assert reason(capsys) in {"malformed_key", "malformed"}


def test_a_made_up_key_with_a_right_checksum_is_looked_up_once_and_refused(capsys: pytest.CaptureFixture[str]) -> None:
    world = Authority()
    authoriser = world.authoriser()
    for _ in range(5):
        with pytest.raises(Unauthorized):
            ask(world, "amb_" + "0" * 43 + "_" + api_key.checksum("0" * 43), authoriser)
    assert len(world.read) == 1
    assert reason(capsys) == "unknown_key"


def test_another_body_with_the_checksum_of_a_good_key_is_another_key() -> None:
    world = Authority()
    text = world.add_key()
    forged = twin(text)
    assert forged != text
    assert forged[-6:] == text[-6:]
    assert api_key.well_formed(forged)
    with pytest.raises(Unauthorized):
        ask(world, forged)


def test_the_hash_of_a_key_is_no_key() -> None:
    world = Authority()
    digest = api_key.digest(world.add_key())
    for text in (digest, f"amb_{digest}", f"amb_{digest[:43]}_{api_key.checksum(digest[:43])}"):
        with pytest.raises(Unauthorized):
            ask(world, text)


# Another place for it


def test_a_key_anywhere_but_in_the_one_header_is_no_identity() -> None:
    world = Authority()
    text = world.add_key()
    places: list[dict[str, Any]] = [
        {"queryStringParameters": {"api_key": text, "access_token": text, "Authorization": f"Bearer {text}"}},
        {"body": json.dumps({"apiKey": text})},
        {"path": f"/v1/agents/{text}", "pathParameters": {"agent": text}},
        {"headers": {"x-api-key": text, "Cookie": f"authorization=Bearer {text}", "X-Authorization": f"Bearer {text}"}},
        {"headers": {"Proxy-Authorization": f"Bearer {text}"}},
        {"requestContext": {"authorizer": {"credential": "key", "tenantId": "acme"}}},
    ]
    for place in places:
        with pytest.raises(Unauthorized):
            world.authoriser().authorise(request(None) | {"multiValueHeaders": None} | place)
    assert world.read == []


@pytest.mark.parametrize("scheme", ["Basic", "ApiKey", "Token", "AmbitKey", "amb", "Key"])
def test_a_key_under_another_scheme_is_no_identity(scheme: str) -> None:
    world = Authority()
    with pytest.raises(Unauthorized):
        world.authoriser().authorise(request(f"{scheme} {world.add_key()}"))


def test_two_credentials_are_no_identity() -> None:
    world = Authority()
    mine, other = f"Bearer {world.add_key()}", f"Bearer {world.add_key('globex', id='key_2')}"
    for values in ([mine, other], [other, mine], [mine, mine], [mine, f"Bearer {world.token()}"]):
        event = request(mine)
        event["multiValueHeaders"]["Authorization"] = values
        with pytest.raises(Unauthorized):
            world.authoriser().authorise(event)
    with pytest.raises(Unauthorized):
        world.authoriser().authorise(request(f"{mine}, {other}"))


# No longer good


@pytest.mark.parametrize("change", [{"status": "revoked"}, {"expiresAt": 1}, {"status": "pending"}])
def test_a_key_that_ended_is_refused_within_fifteen_seconds(change: dict[str, Any]) -> None:
    world = Authority()
    authoriser, text = world.authoriser(), world.add_key()
    assert effects(ask(world, text, authoriser)) == {"Allow"}
    for key, item in world.items.items():
        if "#CREDENTIAL#" in key[0]:
            world.items[key] = item | change
    world.now += 15
    with pytest.raises(Unauthorized):
        ask(world, text, authoriser)


def test_a_remembered_key_ends_at_its_end() -> None:
    world = Authority()
    authoriser, text = world.authoriser(), world.add_key(expiresAt=int(world.now) + 5)
    ask(world, text, authoriser)
    world.now += 5
    with pytest.raises(Unauthorized):
        ask(world, text, authoriser)


@pytest.mark.parametrize("standing", ["suspended", "provisioning", "failed", ""])
def test_a_key_of_a_tenant_that_may_do_nothing_does_nothing(standing: str) -> None:
    world = Authority()
    text = world.add_key()
    world.add_tenant("acme", status=standing)
    assert effects(ask(world, text)) == {"Deny"}


def test_a_key_of_a_tenant_that_is_gone_does_nothing() -> None:
    world = Authority()
    assert effects(ask(world, world.add_key("initech"))) == {"Deny"}


# The wrong place


@pytest.mark.parametrize(
    "source", ["198.51.100.7", "2001:db8::7", "::ffff:198.51.100.7", "::192.0.2.1", "", "192.0.2.1, 198.51.100.7"]
)
def test_a_key_used_from_elsewhere_is_known_and_may_do_nothing(source: str) -> None:
    world = Authority()
    text = world.add_key(ipAllow=["192.0.2.0/24", "2001:db8:1::/48"])
    spoofed = {
        "headers": {"Authorization": f"Bearer {text}", "X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"},
        "multiValueHeaders": {"Authorization": [f"Bearer {text}"], "X-Forwarded-For": ["192.0.2.1"]},
    }
    answer = ask(world, text, **(from_address(source) | spoofed))
    assert effects(answer) == {"Deny"}
    assert answer["context"] == {"denyCode": "FORBIDDEN"}


@pytest.mark.parametrize("source", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8:1::7"])
def test_a_key_used_from_its_place_is_let_in(source: str) -> None:
    world = Authority()
    text = world.add_key(ipAllow=["192.0.2.0/24", "2001:db8:1::/48"])
    assert effects(ask(world, text, **from_address(source))) == {"Allow"}


def test_an_address_that_was_let_in_lets_no_other_in() -> None:
    world = Authority()
    authoriser, text = world.authoriser(), world.add_key(ipAllow=["192.0.2.1"])
    assert effects(ask(world, text, authoriser, **from_address("192.0.2.1"))) == {"Allow"}
    assert effects(ask(world, text, authoriser, **from_address("192.0.2.2"))) == {"Deny"}


# Something else than it is for


@pytest.mark.parametrize("route", access.ROUTES, ids=lambda route: route.key)
def test_a_key_with_every_scope_opens_no_route_without_one(route: access.Route) -> None:
    world = Authority()
    every = sorted({one.scope for one in access.ROUTES if one.scope})
    answer = ask(world, world.add_key(scopes=every))
    concrete = f"{STAGE_ARN}/{route.method}{re.sub('{[^}]+}', 'x', route.path)}"
    expected = route.auth is access.Auth.BEARER and route.scope is not None
    assert gateway_allows(answer["policyDocument"], concrete) == expected
    if route.auth in {access.Auth.BEARER, access.Auth.RUN}:
        assert function_admits(route, answer["context"]) == expected


@pytest.mark.parametrize("scope", sorted({one.scope for one in access.ROUTES if one.scope}))
def test_a_scope_opens_its_own_routes_only(scope: str) -> None:
    world = Authority()
    context = ask(world, world.add_key(scopes=[scope]))["context"]
    for route in access.ROUTES:
        if route.auth is access.Auth.BEARER:
            assert function_admits(route, context) == (route.scope == scope), route.key


def test_roles_in_a_credential_mean_nothing() -> None:
    world = Authority()
    text = world.add_key(scopes=["*", "Tenant.Admin", "runs:*"], roles=["Tenant.Admin", "Platform.Admin"])
    answer = ask(world, text)
    assert (effects(answer), answer["context"]["roles"]) == ({"Deny"}, "")


def test_a_key_of_one_tenant_is_never_another_tenants() -> None:
    world = Authority()
    authoriser = world.authoriser()
    keys = {tenant: world.add_key(tenant, id=f"key_{tenant}") for tenant in ("acme", "globex")}
    for _ in range(2):
        for tenant, text in keys.items():
            spoof = {"queryStringParameters": {"tenantId": "globex"}, "body": '{"tenantId": "globex"}'}
            context = ask(world, text, authoriser, **spoof)["context"]
            assert (context["tenantId"], context["principalId"]) == (tenant, f"key:key_{tenant}")


# Another domain


FINANCE: Final = "echo-stream"  # the agent of that domain; all others are of `general`
SCOPES: Final = ["agents:invoke", "agents:read", "runs:read", "runs:cancel", "sessions:read"]
INVOKE: Final = "POST /v1/agents/{agent}/invoke"
EVERY_AGENT: Final = ("echo-agent", FINANCE, "echo-async", "premium-agent")
Call = Callable[..., Answer]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Calls with a new key of acme: what its record opens is what the deployed functions are told."""
    caches = (bridge.build, catalogue.build, catalogue._dynamodb, catalogue._s3, catalogue._secrets)
    with runs_on_moto(monkeypatch):
        publish(FINANCE, "streaming", "basic", domain="finance")
        for cached in caches:
            cached.cache_clear()
        yield send
        for cached in caches:
            cached.cache_clear()


def send(route: str, limits: dict[str, Any], agent: str = "", **parts: Any) -> Answer:
    found = context_of(limits)
    if route.endswith("/stream"):
        headers = {CONTEXT_HEADER: json.dumps({"requestId": "r", "authorizer": found})}
        with TestClient(create_app(bridge.build), headers=headers) as client:
            got = client.post(f"/v1/agents/{agent}/stream", json={"input": "x"})
            return Answer(got.status_code, got.headers, None if got.is_success else got.json())
    body = {"body": {"input": "x"}} if route == INVOKE else {}
    handle = catalogue.handle if "/v1/agents" in route and route != INVOKE else bridge.handle
    named = {"path": {"agent": agent}} if agent else {}
    return Answer.of(handle(event(route, authorizer=found, **{**body, **named, **parts}), None))


def context_of(limits: dict[str, Any]) -> dict[str, str]:
    world = Authority()
    found: dict[str, str] = ask(world, world.add_key(scopes=SCOPES, **limits))["context"]
    return found


def usable(call: Call, limits: dict[str, Any], how: str = "invoke") -> set[str]:
    route = f"POST /v1/agents/{{agent}}/{how}"
    agents = ("echo-agent", FINANCE, "premium-agent")
    answers = {agent: call(route, limits, agent) for agent in agents}
    for answer in answers.values():
        assert answer.status in {200, 403, 404}, answer.json
    return {agent for agent, answer in answers.items() if answer.status != 404}


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_a_key_runs_agents_of_its_domains_only(call: Call, how: str) -> None:
    for limits, there in (
        ({}, {"echo-agent", FINANCE, "premium-agent"}),
        ({"domains": ["finance"]}, {FINANCE}),
        ({"domains": ["general"]}, {"echo-agent", "premium-agent"}),
        ({"domains": ["hr", "legal"]}, set()),
        ({"domains": ["finance", "general"]}, {"echo-agent", FINANCE, "premium-agent"}),
        ({"domains": ["finance"], "agents": [FINANCE, "echo-agent"]}, {FINANCE}),
        ({"domains": ["finance"], "agents": ["echo-agent"]}, set()),
        ({"domains": ["general"], "agents": ["echo-agent"]}, {"echo-agent"}),
        ({"domains": ["financ", "finances", "inance"]}, set()),
        ({"domains": ["echo-stream", "prod"]}, set()),
    ):
        assert usable(call, limits, how) == there, limits


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_an_agent_of_another_domain_looks_like_none_and_leaves_nothing(call: Call, how: str) -> None:
    route = f"POST /v1/agents/{{agent}}/{how}"
    hidden = call(route, {"domains": ["hr"]}, "premium-agent")  # above the tenant's tier, too: that is not told
    other = call(route, {"agents": ["echo-agent"]}, "premium-agent")
    assert (hidden.status, hidden.json["code"]) == (404, "NOT_FOUND")
    for answer in (other, call(route, {"domains": ["hr"]}, "nobody")):
        assert {**hidden.json, "instance": ""} == {**answer.json, "instance": ""}
    assert table("runs").scan()["Items"] == []
    assert [item for item in table("control").scan()["Items"] if "#INSTANCE" in item["pk"]] == []


def test_runs_of_another_domain_are_not_there(call: Call) -> None:
    run_id = call(INVOKE, {}, FINANCE).json["runId"]
    for limits in ({"domains": ["general"]}, {"domains": ["finance"], "agents": ["echo-agent"]}):
        for route in ("GET /v1/runs/{id}", "POST /v1/runs/{id}/cancel"):
            assert call(route, limits, path={"id": run_id}).status == 404
        assert call("GET /v1/runs", limits).json["items"] == []
        headers = {CONTEXT_HEADER: json.dumps({"requestId": "r", "authorizer": context_of(limits)})}
        with TestClient(create_app(bridge.build), headers=headers) as client:
            for accept in ("application/json", "text/event-stream"):
                assert client.get(f"/v1/runs/{run_id}/events", headers={"accept": accept}).status_code == 404
    assert call("GET /v1/runs/{id}", {"domains": ["finance"]}, path={"id": run_id}).status == 200
    assert [run["runId"] for run in call("GET /v1/runs", {"domains": ["finance"]}).json["items"]] == [run_id]


def test_a_run_stays_in_the_domain_it_began_in(call: Call) -> None:
    run_id = call(INVOKE, {}, FINANCE).json["runId"]
    publish(FINANCE, "streaming", "basic", domain="general")
    bridge.build.cache_clear()
    assert call("GET /v1/runs/{id}", {"domains": ["general"]}, path={"id": run_id}).status == 404
    assert call("GET /v1/runs/{id}", {"domains": ["finance"]}, path={"id": run_id}).status == 200


def test_what_a_run_says_amiss_of_its_domain_opens_it_to_no_domain(call: Call) -> None:
    run_id = call(INVOKE, {}, FINANCE).json["runId"]
    for kept in (None, "", "Finance", " finance", ["finance"], "finance general"):
        table("runs").update_item(
            Key={"pk": f"TENANT#acme#RUN#{run_id}", "sk": "META"},
            UpdateExpression="SET #d = :d",
            ExpressionAttributeNames={"#d": "domain"},
            ExpressionAttributeValues={":d": kept},
        )
        for domain in ("finance", "general"):
            assert call("GET /v1/runs/{id}", {"domains": [domain]}, path={"id": run_id}).status == 404
            assert call("GET /v1/runs", {"domains": [domain]}).json["items"] == []
        assert call("GET /v1/runs/{id}", {}, path={"id": run_id}).status == 200


def test_a_run_from_before_domains_is_general(call: Call) -> None:
    run_id = call(INVOKE, {}, FINANCE).json["runId"]
    key = {"pk": f"TENANT#acme#RUN#{run_id}", "sk": "META"}
    table("runs").update_item(Key=key, UpdateExpression="REMOVE #d", ExpressionAttributeNames={"#d": "domain"})
    assert call("GET /v1/runs/{id}", {"domains": ["general"]}, path={"id": run_id}).status == 200
    assert call("GET /v1/runs/{id}", {"domains": ["finance"]}, path={"id": run_id}).status == 404


def test_an_agent_whose_domain_makes_no_sense_is_in_nobodys(call: Call) -> None:
    for domain in ("", "Finance", "finance general", ["finance"], 7, None):
        publish(FINANCE, "streaming", "basic", domain=domain)
        bridge.build.cache_clear()
        assert FINANCE not in usable(call, {"domains": ["finance", "general"]})


def test_the_catalogue_shows_a_keys_domains_only(call: Call) -> None:
    for limits, there in (
        ({"domains": ["finance"]}, [FINANCE]),
        ({"domains": ["hr"]}, []),
        ({"domains": ["general"], "agents": [FINANCE]}, []),
        ({"domains": ["general"]}, ["echo-agent", "echo-async"]),
    ):
        assert [item["name"] for item in call("GET /v1/agents", limits).json["items"]] == there
        for agent in EVERY_AGENT:
            found = call("GET /v1/agents/{agent}", limits, agent)
            assert found.status == (200 if agent in there else 404)


MALFORMED: Final = (
    *([], "", "finance", {}, {"finance": True}, False, 0, 7, {"finance"}),
    *([""], [" "], [None], ["finance", ""], ["finance", " "], ["finance", None], [["finance"]], [7]),
    *(["*"], ["finance", "*"], ["Finance"], ["finance general"], ["finance\n"], ["-finance"], ["f" * 33], ["finance "]),
)


@pytest.mark.parametrize("domains", MALFORMED, ids=repr)
@pytest.mark.parametrize("agents", [None, ["echo-agent"]], ids=["any-agent", "one-agent"])
def test_a_key_whose_domains_make_no_sense_opens_nothing(domains: object, agents: list[str] | None) -> None:
    world = Authority()
    with pytest.raises(Unauthorized):
        ask(world, world.add_key(domains=domains, agents=agents))


@pytest.mark.parametrize("agents", [[], "", "echo-agent", [""], [" "], [None], ["echo-agent", ""], {}, 0], ids=repr)
def test_a_key_whose_agents_make_no_sense_opens_nothing(agents: object) -> None:
    world = Authority()
    with pytest.raises(Unauthorized):
        ask(world, world.add_key(agents=agents))


# What is told


def test_a_refusal_tells_nothing_of_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    world = Authority()
    for change in ({"status": "revoked"}, {"expiresAt": 1}, {"ipAllow": ["192.0.2.1"]}, {}):
        text = world.add_key(**change)
        answer: object = None
        try:
            answer = ask(world, text)
        except Unauthorized as refusal:
            answer = repr(refusal)
        told = json.dumps(answer) + capsys.readouterr().out
        assert text not in told
        assert text[4:20] not in told
        assert api_key.digest(text) not in told


def test_without_the_table_no_key_is_let_in_and_none_is_called_bad() -> None:
    world = Authority()
    authoriser, text = world.authoriser(), world.add_key()
    ask(world, text, authoriser)
    world.down.add("table")
    world.now += 15
    with pytest.raises(DependencyDown):
        ask(world, text, authoriser)


def function_admits(route: access.Route, context: dict[str, str]) -> bool:
    try:
        admit(route, {"requestContext": {"authorizer": context}})
    except Forbidden:
        return False
    return True
