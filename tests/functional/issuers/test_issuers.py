import time
from typing import Any

import pytest

from data_access_lib.keys import issuer_id
from data_access_lib.repositories.audit import first_break, pseudonym
from data_access_lib.tenant import PLATFORM
from tests.authority import ec_jwk, ec_key, rsa_jwk, rsa_key
from tests.functional.issuers.conftest import ADMIN, GOOD, ISS, JWKS_URI, World, add_tenant
from tests.functional.moto_platform import operator, person, table

ID = issuer_id(ISS)


def audited() -> list[dict[str, Any]]:
    items = table("ledger").query(
        KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": "TENANT#platform#AUDIT"}
    )["Items"]
    return [{name: item[name] for name in ("action", "target", "actor", "decision")} for item in items]


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json.get("errors", [])]


def test_an_issuer_is_registered_looked_at_and_listed(world: World) -> None:
    made = world.register()
    assert (made.status, made.headers["location"], made.headers["etag"]) == (201, f"/v1/issuers/{ID}", '"1"')
    assert made.json | {"createdAt": "", "updatedAt": ""} == {
        **GOOD,
        "id": ID,
        "algorithms": ["RS256"],
        "rolesClaim": "roles",
        "allowedRoles": ["Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"],
        "status": "active",
        "createdAt": "",
        "updatedAt": "",
    }
    assert world.show(ID).json == made.json
    assert world.ask("GET /v1/issuers").json == {"items": [made.json]}
    assert world.fetched == [JWKS_URI]


def test_operators_look_and_only_the_platforms_administrators_change(world: World) -> None:
    assert world.register(operator()).status == 403
    world.register()
    for route, parts in (("GET /v1/issuers", {}), ("GET /v1/issuers/{id}", {"path": {"id": ID}})):
        assert world.ask(route, operator(), **parts).status == 200
        assert world.ask(route, person("initech", "Tenant.Admin"), **parts).status == 403
    assert world.change(ID, operator(), status="disabled").status == 403
    assert world.register(person("initech", "Tenant.Admin")).status == 403


def test_the_list_pages(world: World) -> None:
    names = [f"https://login.initech.test/{n}" for n in range(5)]
    for name in names:
        assert world.register(iss=name).status == 201
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = world.ask("GET /v1/issuers", query={"limit": "2"} | ({"cursor": cursor} if cursor else {}))
        found += [item["iss"] for item in answer.json["items"]]
        cursor = answer.json.get("nextCursor")
    assert sorted(found) == names
    assert world.ask("GET /v1/issuers", query={"cursor": "forged"}).status == 400


def test_an_issuer_is_registered_once(world: World) -> None:
    world.register()
    again = world.register(boundTo="globex")
    assert (again.status, again.json["code"]) == (409, "CONFLICT")
    assert world.show(ID).json["boundTo"] == "initech"


def test_a_repeated_registration_gives_the_saved_answer(world: World) -> None:
    first = world.register(key="k1")
    again = world.register(key="k1")
    assert (again.status, again.json, again.headers["idempotency-replayed"]) == (201, first.json, "true")
    assert world.register(key="k1", rolesClaim="groups").json["code"] == "IDEMPOTENCY_MISMATCH"
    assert len(audited()) == 1


def test_every_change_is_in_the_platforms_chain_and_no_refusal_is(world: World) -> None:
    world.register()
    world.change(ID, status="disabled")
    world.change(ID, status="active")
    world.change(ID, rolesClaim="groups")
    world.register()
    world.change(ID, etag='"1"', status="disabled")
    actor = pseudonym(PLATFORM, ADMIN["principalId"])
    assert audited() == [
        {"action": f"issuer.{verb}", "target": ID, "actor": actor, "decision": "allowed"}
        for verb in ("registered", "disabled", "enabled", "updated")
    ]
    chain = table("ledger").query(
        KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": "TENANT#platform#AUDIT"}
    )["Items"]
    assert first_break([item | {"seq": int(item["seq"])} for item in chain]) is None


def test_what_was_before_and_after_a_change_is_kept_with_its_entry(world: World) -> None:
    world.register()
    world.change(ID, status="disabled")
    key = {"pk": "TENANT#platform#AUDITDETAIL", "sk": f"{2:012d}"}
    detail = str(table("ops").get_item(Key=key)["Item"]["detail"])
    assert '"before":{' in detail
    assert '"status":"disabled"' in detail


# Whom an issuer may speak for


@pytest.mark.parametrize(
    "bound_to", ["hooli", "Initech", "initech ", "*", "initech/../globex", "TENANT#globex", "PLATFORM"]
)
def test_an_issuer_is_bound_to_a_tenant_that_exists(bound_to: str, world: World) -> None:
    answer = world.register(boundTo=bound_to)
    assert (answer.status, pointers(answer)) == (422, ["/boundTo"])
    assert world.fetched == []


@pytest.mark.parametrize("status", ["failed", "deleted", "deleting"])
def test_a_tenant_that_is_no_more_gets_no_issuer(status: str, world: World) -> None:
    add_tenant("hooli", status)
    assert world.register(boundTo="hooli").status == 422


@pytest.mark.parametrize("role", ["Platform.Operator", "Platform.Admin"])
def test_a_tenants_issuer_can_make_nobody_an_operator(role: str, world: World) -> None:
    answer = world.register(allowedRoles=["Tenant.Viewer", role])
    assert (answer.status, pointers(answer)) == (422, ["/allowedRoles"])
    world.register()
    changed = world.change(ID, allowedRoles=[role])
    assert (changed.status, pointers(changed)) == (422, ["/allowedRoles"])
    assert (
        table("control").get_item(Key={"pk": "TENANT#platform#ISSUER", "sk": ID})["Item"]["allowPlatformRoles"] is False
    )


@pytest.mark.parametrize("roles", [["Platform.Operator"], ["Tenant.Viewer"]])
def test_the_platforms_issuer_may_vouch_for_operators_when_it_is_said(roles: list[str], world: World) -> None:
    made = world.register(boundTo="platform", allowedRoles=roles)
    assert (made.status, made.json["tenantClaim"]) == (201, "tenantid")
    stored = table("control").get_item(Key={"pk": "TENANT#platform#ISSUER", "sk": ID})["Item"]
    assert stored["allowPlatformRoles"] is (roles == ["Platform.Operator"])


def test_whom_an_issuer_is_bound_to_and_its_name_never_change(world: World) -> None:
    world.register()
    for change in ({"boundTo": "platform"}, {"iss": "https://evil.test"}, {"allowPlatformRoles": True}):
        answer = world.change(ID, **change)
        assert (answer.status, answer.json["code"]) == (400, "INVALID_BODY")


# Its address and keys


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "http://login.initech.test/jwks",
            "https://127.0.0.1/jwks",
            "https://169.254.169.254/",
            "https://localhost/jwks",
        ),
        *("https://10.0.0.1/", "https://[fd00:ec2::254]/", "https://login.initech.test:22/", "file:///etc/passwd", "x"),
        *("https://user:pw@login.initech.test/", "https://LOGIN.initech.test/", "http://127.0.0.1:8091/jwks"),
    ],
)
def test_keys_are_fetched_through_the_guarded_door_only(uri: str, world: World) -> None:
    world.documents[uri] = world.documents[JWKS_URI]
    answer = world.register(jwksUri=uri)
    assert (answer.status, pointers(answer)) == (422, ["/jwksUri"])
    assert world.fetched == []


@pytest.mark.parametrize("iss", ["http://login.initech.test", "https://a.test/{tenantid}/v2.0", "x", "https://A.test"])
def test_an_issuer_is_named_by_a_plain_https_url(iss: str, world: World) -> None:
    answer = world.register(iss=iss)
    assert (answer.status, pointers(answer)) == (422, ["/iss"])


def test_the_developers_machine_may_use_its_own_provider(world: World) -> None:
    own = "http://127.0.0.1:8090/oidc"
    world.publish(rsa_jwk(rsa_key("platform"), "k1"), at=f"{own}/jwks")
    assert world.register(iss=own, jwksUri=f"{own}/jwks").status == 201


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (None, "TimeoutError"),
        (b"<html>", "not JSON"),
        (b'{"keys": []}', "no usable key"),
        (b'{"keys": {}}', "no list of keys"),
        (b'{"keys": [{"kty": "oct", "kid": "k", "k": "AAAA"}]}', "no usable key"),
    ],
)
def test_keys_that_cannot_be_used_are_said_at_once(document: bytes | None, why: str, world: World) -> None:
    world.documents = {} if document is None else {JWKS_URI: document}
    answer = world.register()
    assert (answer.status, pointers(answer)) == (422, ["/jwksUri"])
    assert why in answer.json["errors"][0]["message"]
    assert world.show(ID).status == 404


@pytest.mark.parametrize("status", [302, 404, 500])
def test_only_200_brings_keys(status: int, world: World) -> None:
    world.status = status
    answer = world.register()
    assert (answer.status, f"status {status}" in answer.json["errors"][0]["message"]) == (422, True)


def test_the_keys_fit_the_algorithms(world: World) -> None:
    assert world.register(algorithms=["ES256"]).status == 422
    world.publish(ec_jwk(ec_key("issuer"), "e1"))
    assert world.register(algorithms=["ES256"]).status == 201
    assert world.change(ID, algorithms=["RS256"]).status == 422
    assert world.change(ID, algorithms=["RS256", "ES256"]).status == 200


def test_new_keys_are_looked_at_before_they_count(world: World) -> None:
    world.register()
    moved = "https://keys.initech.test/v2"
    assert world.change(ID, jwksUri=moved).status == 422
    world.publish(rsa_jwk(rsa_key("next"), "k2"), at=moved)
    assert world.change(ID, jwksUri=moved).json["jwksUri"] == moved


def test_an_issuer_whose_keys_are_out_of_reach_can_be_disabled(world: World) -> None:
    world.register()
    world.documents.clear()
    assert world.change(ID, status="disabled").json["status"] == "disabled"


# Changing


def test_a_change_needs_the_present_version(world: World) -> None:
    world.register()
    path: Any = {"path": {"id": ID}, "body": {"status": "disabled"}}
    assert world.ask("PATCH /v1/issuers/{id}", **path).status == 428
    assert world.change(ID, etag='"7"', status="disabled").status == 412
    changed = world.change(ID, status="disabled")
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')


def test_the_claim_that_names_the_tenant_can_be_taken_away(world: World) -> None:
    world.register(tenantClaim="org")
    assert world.show(ID).json["tenantClaim"] == "org"
    assert "tenantClaim" not in world.change(ID, tenantClaim=None).json


def test_two_claims_are_two_claims(world: World) -> None:
    assert world.register(tenantClaim="roles").status == 400
    world.register(tenantClaim="org")
    assert world.change(ID, rolesClaim="org").status == 422


@pytest.mark.parametrize("issuer", ["", "x" * 32, "0" * 32, "../globex", ISS])
def test_an_issuer_that_is_none_is_not_found(issuer: str, world: World) -> None:
    assert world.show(issuer).status == 404
    assert world.change(issuer, etag='"1"', status="disabled").status == 404


def test_nobody_disables_the_issuer_they_came_in_through(world: World) -> None:
    world.register(boundTo="platform", allowedRoles=["Platform.Operator", "Platform.Admin"])
    own = ADMIN | {"principalId": f"usr:{ID[:8]}:root"}
    for change in ({"status": "disabled"}, {"allowedRoles": ["Platform.Operator"]}):
        assert world.change(ID, own, **change).status == 409
    assert world.change(ID, own, audiences=["ambit-api", "more"]).status == 200
    assert world.change(ID, status="disabled").status == 200


def test_a_seeded_record_is_shown_and_changed_like_any_other(world: World) -> None:
    from scripts.seed.records import issuer_record

    record = issuer_record(ISS, JWKS_URI, "globex")
    table("control").put_item(Item=record)
    shown = world.show(ID)
    assert (shown.status, shown.headers["etag"], shown.json["boundTo"]) == (200, '"1"', "globex")
    assert world.change(ID, status="disabled").json["status"] == "disabled"


def test_registering_asks_little(world: World) -> None:
    begun = time.monotonic()
    world.register()
    assert time.monotonic() - begun < 5
    assert len(world.fetched) == 1
