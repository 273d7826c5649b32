import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from data_access_lib.keys import credential_key
from data_access_lib.repositories.credentials import Credentials
from platform_kit import api_key
from platform_kit.errors import Conflict
from tests.functional.api_keys.conftest import ADMIN, GLOBEX_ADMIN, GOOD, Ask
from tests.functional.moto_platform import TABLES, person, table

Create = Callable[..., Any]
KEY = "POST /v1/api-keys"
ONE = "GET /v1/api-keys/{id}"
ROTATE = "POST /v1/api-keys/{id}/rotate"
REVOKE = "DELETE /v1/api-keys/{id}"


def credential(secret: str) -> dict[str, Any]:
    """What the authoriser would read for a key."""
    item = table("control").get_item(Key=credential_key(api_key.digest(secret))._asdict())["Item"]
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in item.items()}


def everything() -> str:
    """All that is stored anywhere."""
    return json.dumps([table(name).scan()["Items"] for name in TABLES], default=str)


def actions(tenant: str = "acme") -> list[str]:
    items = table("ledger").scan()["Items"]
    entries = [item for item in items if item["pk"] == f"TENANT#{tenant}#AUDIT"]
    return [str(item["action"]) for item in sorted(entries, key=lambda item: str(item["sk"]))]


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


# Making


def test_a_new_key_is_shown_once_and_kept_as_a_hash_only(ask: Ask) -> None:
    made = ask(KEY, body=GOOD)
    secret = made.json["secret"]
    assert (made.status, made.headers["cache-control"]) == (201, "no-store")
    assert made.headers["location"] == f"/v1/api-keys/{made.json['keyId']}"
    assert re.fullmatch(r"amb_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", secret)
    assert (made.json["prefix"], made.json["status"], made.json["environment"]) == (secret[:8], "active", "prod")
    assert secret not in everything()
    assert secret[4:47] not in everything()
    for shown in (ask(ONE, path={"id": made.json["keyId"]}).json, ask("GET /v1/api-keys").json["items"][0]):
        assert "secret" not in shown
        assert "digest" not in json.dumps(shown)


def test_a_key_lasts_ninety_days_unless_told(create: Create) -> None:
    ends = datetime.fromisoformat(create()["expiresAt"])
    assert timedelta(days=89, hours=23) < ends - datetime.now(UTC) <= timedelta(days=90)


def test_the_authoriser_is_given_exactly_what_was_asked_for(create: Create) -> None:
    wanted = {
        "agents": ["echo-agent"],
        "domains": ["finance", "people-ops"],
        "environment": "staging",
        "expiresAt": in_days(7),
        "ipAllow": ["192.0.2.0/24", "2001:DB8::/32", "198.51.100.7"],
        "ratePerSecond": 5,
    }
    made = create(**wanted)
    found = credential(made["secret"])
    expected = {"kind": "key", "tenantId": "acme", "id": made["keyId"], "status": "active", "environment": "staging"}
    assert found.items() >= expected.items()
    assert (found["scopes"], found["agents"], found["ratePerSecond"]) == (GOOD["scopes"], ["echo-agent"], 5)
    assert found["domains"] == wanted["domains"] == made["domains"]
    assert found["ipAllow"] == ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"] == made["ipAllow"]
    assert datetime.fromtimestamp(int(found["expiresAt"]), UTC) == datetime.fromisoformat(wanted["expiresAt"])
    assert found["ttl"] > found["expiresAt"]


def test_what_is_not_limited_is_not_in_the_credential(create: Create) -> None:
    assert {"agents", "domains", "ipAllow", "ratePerSecond"}.isdisjoint(credential(create()["secret"]))


BAD = [
    ({"name": ""}, "/name"),
    ({"name": "  "}, "/name"),
    ({"name": "a\u202eb"}, "/name"),
    ({"name": "x" * 101}, "/name"),
    ({"scopes": []}, "/scopes"),
    ({"scopes": "runs:read"}, "/scopes"),
    ({"scopes": ["runs:read", "runs:*"]}, "/scopes/1"),
    ({"scopes": ["*"]}, "/scopes/0"),
    ({"scopes": ["api-keys:write"]}, "/scopes/0"),
    ({"scopes": ["runs:read runs:cancel"]}, "/scopes/0"),
    ({"scopes": ["runs:read", "runs:read"]}, "/scopes"),
    ({"agents": []}, "/agents"),
    ({"agents": ["echo-agent", "*"]}, "/agents/1"),
    ({"agents": ["a b"]}, "/agents/0"),
    ({"agents": ["x-agent"] * 2}, "/agents"),
    ({"domains": []}, "/domains"),
    ({"domains": "finance"}, "/domains"),
    ({"domains": ["finance", ""]}, "/domains/1"),
    ({"domains": ["*"]}, "/domains/0"),
    ({"domains": ["finance hr"]}, "/domains/0"),
    ({"domains": ["Finance"]}, "/domains/0"),
    ({"domains": ["f" * 33]}, "/domains/0"),
    ({"domains": [None]}, "/domains/0"),
    ({"domains": ["hr", "hr"]}, "/domains"),
    ({"domains": [f"d{n}" for n in range(21)]}, "/domains"),
    ({"environment": "Prod"}, "/environment"),
    ({"environment": "a b"}, "/environment"),
    ({"ipAllow": []}, "/ipAllow"),
    ({"ipAllow": ["192.0.2.1/24"]}, "/ipAllow/0"),
    ({"ipAllow": ["192.0.2.0/24", "::ffff:192.0.2.1"]}, "/ipAllow/1"),
    ({"ipAllow": ["::ffff:0:0/96"]}, "/ipAllow/0"),
    ({"ipAllow": ["example.com"]}, "/ipAllow/0"),
    ({"ipAllow": ["192.0.2.256"]}, "/ipAllow/0"),
    ({"ipAllow": ["192.0.02.1"]}, "/ipAllow/0"),
    ({"ipAllow": ["3221225985"]}, "/ipAllow/0"),
    ({"ipAllow": ["fe80::1%eth0"]}, "/ipAllow/0"),
    ({"ipAllow": [1]}, "/ipAllow/0"),
    ({"ipAllow": ["192.0.2.1"] * 33}, "/ipAllow"),
    ({"ratePerSecond": 0}, "/ratePerSecond"),
    ({"ratePerSecond": 1001}, "/ratePerSecond"),
    ({"ratePerSecond": "5"}, "/ratePerSecond"),
    ({"ratePerSecond": True}, "/ratePerSecond"),
    ({"expiresAt": 1790000000}, "/expiresAt"),
    ({"expiresAt": "2027-01-01"}, "/expiresAt"),
    ({"expiresAt": "2027-01-01T00:00:00"}, "/expiresAt"),
    ({"tenantId": "globex"}, "/tenantId"),
    ({"roles": ["Tenant.Admin"]}, "/roles"),
    ({"secret": "amb_mine"}, "/secret"),
]


@pytest.mark.parametrize(("change", "pointer"), BAD)
def test_a_bad_field_is_named_and_nothing_is_made(change: dict[str, object], pointer: str, ask: Ask) -> None:
    answer = ask(KEY, body={**GOOD, **change})
    assert answer.status == 400
    assert [item["pointer"] for item in answer.json["errors"]] == [pointer]
    assert table("control").scan()["Items"] == []


@pytest.mark.parametrize("days", [-1, -0.0001, 366.1, 3660])
def test_an_end_outside_the_coming_year_is_impossible(days: float, ask: Ask) -> None:
    answer = ask(KEY, body={**GOOD, "expiresAt": in_days(days)})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/expiresAt")
    assert table("control").scan()["Items"] == []


@pytest.mark.parametrize("text", ["2027-02-30T00:00:00Z", "9999-12-31T23:59:59-14:00", "2027-01-01T25:00:00Z"])
def test_a_time_that_never_comes_is_impossible(text: str, ask: Ask) -> None:
    assert ask(KEY, body={**GOOD, "expiresAt": text}).status == 422


def test_a_tenant_has_a_hundred_live_keys_at_most(ask: Ask, create: Create, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.api_keys.service.MOST_KEYS", 2)
    made = [create()["keyId"] for _ in range(2)]
    answer = ask(KEY, body=GOOD)
    assert (answer.status, answer.json["code"]) == (422, "UNPROCESSABLE")
    assert ask(KEY, GLOBEX_ADMIN, body=GOOD).status == 201
    ask(REVOKE, path={"id": made[0]})
    assert ask(KEY, body=GOOD).status == 201


# Repeating


def test_a_repeated_creation_is_the_same_key_without_its_secret(ask: Ask) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = ask(KEY, body=GOOD, headers=headers)
    again = ask(KEY, body=GOOD, headers=headers)
    assert again.status == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert first.json.pop("secret")
    assert again.json == first.json
    assert len(ask("GET /v1/api-keys").json["items"]) == 1


def test_a_repeated_rotation_is_one_rotation_and_shows_no_secret(ask: Ask, create: Create) -> None:
    path, headers = {"id": create()["keyId"]}, {"Idempotency-Key": "k1"}
    first = ask(ROTATE, path=path, body={}, headers=headers)
    again = ask(ROTATE, path=path, body={}, headers=headers)
    assert ("secret" in first.json, "secret" in again.json) == (True, False)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(ask(ONE, path=path).json["secrets"]) == 2
    assert first.json["secret"] not in everything()


def test_one_idempotency_key_for_two_keys_is_two_rotations(ask: Ask, create: Create) -> None:
    headers = {"Idempotency-Key": "k1"}
    made = [ask(ROTATE, path={"id": create()["keyId"]}, body={}, headers=headers).json for _ in range(2)]
    assert len({one["keyId"] for one in made}) == 2
    assert all("secret" in one for one in made)


def test_no_other_tenant_or_admin_gets_the_answer(ask: Ask) -> None:
    headers = {"Idempotency-Key": "k1"}
    people = (ADMIN, GLOBEX_ADMIN, person("acme", "Tenant.Admin", "other"))
    assert len({ask(KEY, who, body=GOOD, headers=headers).json["keyId"] for who in people}) == 3


# Looking


def test_a_list_is_paged_newest_first_and_complete(ask: Ask, create: Create) -> None:
    made = [create(name=f"n{n}")["keyId"] for n in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask("GET /v1/api-keys", query={"limit": "2", **cursor}).json
        seen += [item["keyId"] for item in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == made[::-1]
    assert ask("GET /v1/api-keys", GLOBEX_ADMIN, query=cursor).status == 400


def test_use_is_shown_with_the_key(ask: Ask, create: Create) -> None:
    used, unused = create()["keyId"], create()["keyId"]
    item = {"pk": "TENANT#acme#KEYUSE", "sk": used, "useCount": 7, "lastUsedAt": "2026-01-02T03:04:05.000Z"}
    table("ops").put_item(Item=item)
    found = {one["keyId"]: one for one in ask("GET /v1/api-keys").json["items"]}
    assert (found[used]["useCount"], found[used]["lastUsedAt"]) == (7, "2026-01-02T03:04:05.000Z")
    assert found[unused]["useCount"] == 0
    assert "lastUsedAt" not in found[unused]
    assert ask(ONE, path={"id": used}).json["useCount"] == 7


@pytest.mark.parametrize(("route", "body"), [(ONE, None), (ROTATE, {}), (REVOKE, None)])
def test_another_tenants_key_is_not_there(ask: Ask, create: Create, route: str, body: Any) -> None:
    made = create()
    before = everything()
    assert ask(route, GLOBEX_ADMIN, path={"id": made["keyId"]}, body=body).status == 404
    assert ask("GET /v1/api-keys", GLOBEX_ADMIN).json["items"] == []
    assert everything() == before


@pytest.mark.parametrize("key_id", ["x", "key_1", "..", "usr_" + "0" * 32, "key_" + "0" * 32, "key_%00"])
def test_an_id_that_names_nothing_is_not_found(key_id: str, ask: Ask) -> None:
    for route, body in ((ONE, None), (ROTATE, {}), (REVOKE, None)):
        assert ask(route, path={"id": key_id}, body=body).status == 404


@pytest.mark.parametrize(
    "who",
    [
        *(person("acme", role) for role in ("Tenant.Viewer", "Tenant.Developer", "Tenant.Guest")),
        *(person("", role) for role in ("Platform.Operator", "Platform.Admin")),
        person("acme", "") | {"credential": "key", "scopes": "agents:invoke runs:read tenant:write files:write"},
        person("acme", "Tenant.Admin") | {"credential": "key", "scopes": "api-keys:write"},
        person("acme", "Tenant.Admin") | {"credential": "aws", "scopes": "tenant:write"},
    ],
    ids=lambda who: f"{who['credential']}-{who['roles']}",
)
def test_only_an_admin_in_person_has_to_do_with_keys(who: dict[str, str], ask: Ask, create: Create) -> None:
    path = {"id": create()["keyId"]}
    before = everything()
    assert ask(KEY, who, body=GOOD).status == 403
    assert ask("GET /v1/api-keys", who).status == 403
    for route, body in ((ONE, None), (ROTATE, {}), (REVOKE, None)):
        assert ask(route, who, path=path, body=body).status == 403
    assert everything() == before


# Rotating


def test_during_the_overlap_both_secrets_open_the_door_and_then_one(ask: Ask, create: Create) -> None:
    made = create(expiresAt=in_days(30))
    rotated = ask(ROTATE, path={"id": made["keyId"]}, body={"overlapSeconds": 3600}).json
    old, new = credential(made["secret"]), credential(rotated["secret"])
    assert (old["status"], new["status"], new["id"]) == ("active", "active", made["keyId"])
    assert 3590 < old["expiresAt"] - datetime.now(UTC).timestamp() <= 3600
    assert abs(new["expiresAt"] - (datetime.now(UTC) + timedelta(days=30)).timestamp()) < 10
    assert new["scopes"] == old["scopes"]
    assert [one["prefix"] for one in rotated["secrets"]] == [rotated["secret"][:8], made["secret"][:8]]
    assert rotated["prefix"] == rotated["secret"][:8]
    assert rotated["rotatedAt"]


def test_a_rotated_key_keeps_its_limits(ask: Ask, create: Create) -> None:
    limits = {"domains": [f"d{n}" for n in range(20)], "agents": ["echo-agent"]}
    made = create(**limits)
    rotated = ask(ROTATE, path={"id": made["keyId"]}, body={}).json
    shown = ask(ONE, path={"id": made["keyId"]}).json
    for found in (made, rotated, shown, credential(made["secret"]), credential(rotated["secret"])):
        assert {name: found[name] for name in limits} == limits
    assert "domains" not in ask(ONE, path={"id": create()["keyId"]}).json


def test_without_overlap_the_old_secret_ends_at_once(ask: Ask, create: Create) -> None:
    made = create()
    rotated = ask(ROTATE, path={"id": made["keyId"]}, body={"overlapSeconds": 0}).json
    assert credential(made["secret"])["expiresAt"] <= datetime.now(UTC).timestamp()
    assert [one["prefix"] for one in rotated["secrets"]] == [rotated["secret"][:8]]


def test_an_overlap_never_makes_a_secret_last_longer(ask: Ask, create: Create) -> None:
    made = create(expiresAt=in_days(1))
    before = credential(made["secret"])["expiresAt"]
    ask(ROTATE, path={"id": made["keyId"]}, body={"overlapSeconds": 604800})
    assert credential(made["secret"])["expiresAt"] == before


@pytest.mark.parametrize("overlap", [-1, 604801, "60", 1.5, True])
def test_an_overlap_is_at_most_seven_days(ask: Ask, create: Create, overlap: object) -> None:
    path = {"id": create()["keyId"]}
    answer = ask(ROTATE, path=path, body={"overlapSeconds": overlap})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/overlapSeconds")


def test_a_key_has_five_secrets_at_most(ask: Ask, create: Create) -> None:
    path = {"id": create()["keyId"]}
    answers = [ask(ROTATE, path=path, body={"overlapSeconds": 600}).status for _ in range(5)]
    assert answers == [201, 201, 201, 201, 409]


def test_a_revoked_key_is_not_rotated(ask: Ask, create: Create) -> None:
    path = {"id": create()["keyId"]}
    ask(REVOKE, path=path)
    assert ask(ROTATE, path=path, body={}).status == 409


# Revoking


def test_a_revoked_key_and_all_its_secrets_are_closed(ask: Ask, create: Create) -> None:
    made = create()
    path = {"id": made["keyId"]}
    rotated = ask(ROTATE, path=path, body={}).json
    assert ask(REVOKE, path=path).status == 204
    assert ask(REVOKE, path=path).status == 204
    assert [credential(one["secret"])["status"] for one in (made, rotated)] == ["revoked", "revoked"]
    shown = ask(ONE, path=path).json
    assert (shown["status"], shown["secrets"], bool(shown["revokedAt"])) == ("revoked", [], True)


# Auditing


def test_every_change_is_audited_with_no_secret(ask: Ask, create: Create) -> None:
    made = create()
    path = {"id": made["keyId"]}
    rotated = ask(ROTATE, path=path, body={}).json
    ask(REVOKE, path=path)
    ask(REVOKE, path=path)
    assert actions() == ["api_key.created", "api_key.rotated", "api_key.revoked"]
    details = [item for item in table("ops").scan()["Items"] if "#AUDITDETAIL" in item["pk"]]
    written = json.dumps([table("ledger").scan()["Items"], details], default=str)
    assert made["keyId"] in written
    assert made["prefix"] in written
    for secret in (made["secret"], rotated["secret"]):
        assert secret not in written
        assert api_key.digest(secret) not in written


def test_the_audit_log_tells_a_keys_domains(create: Create) -> None:
    create(domains=["finance"])
    [detail] = [item for item in table("ops").scan()["Items"] if "#AUDITDETAIL" in item["pk"]]
    assert '"domains"' in json.dumps(detail, default=str).replace("\\", "")
    assert "finance" in json.dumps(detail, default=str)


# Failing in between


class _Gone(Exception):
    pass


def test_a_creation_that_stops_half_way_leaves_a_key_that_is_listed_and_opens_nothing(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Credentials, "open", lambda *_: (_ for _ in ()).throw(_Gone()))
    assert ask(KEY, body=GOOD).status == 500
    assert not [item for item in table("control").scan()["Items"] if "CREDENTIAL" in item["pk"]]
    assert [one["status"] for one in ask("GET /v1/api-keys").json["items"]] == ["active"]
    assert actions() == ["api_key.created"]


def test_a_creation_that_cannot_be_audited_makes_nothing(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "TransactWriteItems")  # type: ignore[arg-type,typeddict-item] # as short as needed
    monkeypatch.setattr(
        "data_access_lib.transaction.TenantTransaction.commit", lambda *_, **__: (_ for _ in ()).throw(refused)
    )
    assert ask(KEY, body=GOOD).status >= 500
    assert table("control").scan()["Items"] == []


def test_a_revocation_that_stops_half_way_has_closed_the_door_and_can_be_repeated(
    ask: Ask, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create()
    path = {"id": made["keyId"]}
    with monkeypatch.context() as broken:
        broken.setattr("data_access_lib.repositories.audit.AuditLog.commit", lambda *_: (_ for _ in ()).throw(_Gone()))
        assert ask(REVOKE, path=path).status == 500
    assert credential(made["secret"])["status"] == "revoked"
    assert ask(REVOKE, path=path).status == 204
    assert actions()[-1] == "api_key.revoked"


def test_a_rotation_that_stops_half_way_closes_nothing_early_and_can_be_repeated(
    ask: Ask, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create()
    path = {"id": made["keyId"]}
    with monkeypatch.context() as broken:
        broken.setattr(Credentials, "open", lambda *_: (_ for _ in ()).throw(_Gone()))
        assert ask(ROTATE, path=path, body={"overlapSeconds": 600}).status == 500
    again = ask(ROTATE, path=path, body={"overlapSeconds": 600}).json
    assert credential(again["secret"])["status"] == "active"
    assert credential(made["secret"])["expiresAt"] > datetime.now(UTC).timestamp() + 500


def test_a_key_revoked_while_it_is_being_made_is_never_opened(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Credentials.open

    def revoked_first(self: Credentials, digest: str, grant: Any) -> None:
        assert ask(REVOKE, path={"id": grant["id"]}).status == 204
        opened(self, digest, grant)

    monkeypatch.setattr(Credentials, "open", revoked_first)
    assert ask(KEY, body=GOOD).status == Conflict.status
    [found] = [item for item in table("control").scan()["Items"] if "CREDENTIAL" in item["pk"]]
    assert found["status"] == "revoked"


def test_a_rotation_during_a_revocation_does_not_survive_it(
    ask: Ask, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create()
    path = {"id": made["keyId"]}
    revoked, rotated = Credentials.revoke, []

    def rotated_meanwhile(self: Credentials, digest: str, owner_id: str) -> None:
        revoked(self, digest, owner_id)
        if not rotated:
            rotated.append(ask(ROTATE, path=path, body={}).json["secret"])

    monkeypatch.setattr(Credentials, "revoke", rotated_meanwhile)
    assert ask(REVOKE, path=path).status == 204
    assert [credential(secret)["status"] for secret in (made["secret"], *rotated)] == ["revoked", "revoked"]
