from typing import Any

import boto3
import pytest
from moto import mock_aws

from data_access_lib.keys import credential_key, issuer_key, member_key, tenant_key
from data_access_lib.tenant import PLATFORM, TenantId
from lambdas.authoriser.models import DependencyDown, Grant, Issuer, Member, Tenant
from lambdas.authoriser.records import (
    KEPT_SECONDS,
    ControlTable,
    RememberedRecords,
    dynamodb_reader,
    grant_from,
    issuer_from,
    member_from,
    tenant_from,
)

ISS = "https://login.example.test"
ISSUER_ITEM: dict[str, Any] = {
    "iss": ISS,
    "jwksUri": f"{ISS}/jwks",
    "boundTo": "platform",
    "audiences": ["ambit-api"],
    "algorithms": ["RS256"],
    "tenantClaim": "tenantid",
    "rolesClaim": "groups",
    "allowPlatformRoles": True,
    "allowedRoles": ["Tenant.Viewer"],
    "status": "active",
}
AWS = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
DIGEST = "d" * 64
GRANT_ITEM: dict[str, Any] = {
    "kind": "key",
    "tenantId": "acme",
    "id": "key_1",
    "scopes": ["runs:read"],
    "environment": "prod",
    "expiresAt": 1_900_000_000,
    "status": "active",
}
TENANT_ITEM = {"tenantId": "acme", "status": "active", "tier": "standard", "usageKey": "k"}


def test_an_issuer_is_read_from_its_item() -> None:
    assert issuer_from(ISSUER_ITEM, "ambit-api") == Issuer(
        *(ISS, f"{ISS}/jwks", "platform", ("ambit-api",), ("RS256",), "tenantid", "groups"),
        allow_platform_roles=True,
        allowed_roles=frozenset({"Tenant.Viewer"}),
        active=True,
    )


def test_what_an_issuers_item_lacks_has_the_narrowest_meaning() -> None:
    found = issuer_from({"iss": ISS, "jwksUri": "u", "boundTo": "acme", "allowPlatformRoles": "yes"}, "ambit-api")
    assert found == Issuer(
        *(ISS, "u", "acme", ("ambit-api",), (), None, "roles"),
        allow_platform_roles=False,
        allowed_roles=frozenset(),
        active=False,
    )


def test_an_issuers_own_audiences_replace_the_platforms() -> None:
    assert issuer_from(ISSUER_ITEM | {"audiences": ["api://x"]}, "ambit-api").audiences == ("api://x",)


def test_an_issuer_signs_with_our_algorithms_only() -> None:
    listed = ["HS256", "none", "ES256", "RS256", "RS512"]
    assert issuer_from(ISSUER_ITEM | {"algorithms": listed}, "x").algorithms == ("RS256", "ES256")


def test_a_tenant_is_read_from_its_item() -> None:
    item = TENANT_ITEM | {"agentsUsageKey": "a", "residency": "eu-west-1"}
    assert tenant_from(item) == Tenant("acme", "active", "standard", "k", "a", "eu-west-1")


def test_what_a_tenants_item_lacks_opens_nothing() -> None:
    assert tenant_from({"sk": "acme"}) == Tenant("acme", "", "", "", "", "")


def test_a_grant_is_read_from_its_item() -> None:
    limits = {"agents": ["a", "b"], "domains": ["hr"], "ipAllow": ["192.0.2.0/24"], "ratePerSecond": 5}
    assert grant_from(GRANT_ITEM | limits) == Grant(
        *("key", "acme", "key_1", frozenset({"runs:read"}), ("a", "b"), ("hr",), "prod", ("192.0.2.0/24",), "5"),
        expires_at=1_900_000_000.0,
        active=True,
    )
    without = grant_from(GRANT_ITEM)
    assert (without.agents, without.domains, without.ip_allow, without.rate) == ((), (), (), "")
    assert without.active


@pytest.mark.parametrize(
    "change",
    [
        {"status": "revoked"},
        {"status": "pending"},
        {"status": ""},
        {"status": "ACTIVE"},
        {"agents": []},
        {"agents": "echo-agent"},
        {"agents": ["echo-agent", " "]},
        {"agents": ["echo agent"]},
        {"agents": None},
        {"domains": []},
        {"domains": None},
        {"domains": "finance"},
        {"domains": ["finance", ""]},
        {"domains": ["finance hr"]},
        {"domains": ["Finance"]},
        {"domains": [["finance"]]},
        {"ipAllow": []},
        {"ipAllow": None},
        {"ipAllow": "192.0.2.1"},
    ],
    ids=str,
)
def test_a_grant_that_is_not_plainly_active_opens_nothing(change: dict[str, Any]) -> None:
    assert not grant_from(GRANT_ITEM | change).active


def test_what_a_grants_item_lacks_opens_nothing() -> None:
    found = grant_from({"status": "revoked", "id": "key_1"})
    assert (found.active, found.scopes, found.tenant_id, found.kind) == (False, frozenset(), "", "")
    assert not grant_from({}).active


BOTH = frozenset({"Tenant.Viewer", "Tenant.Admin"})
NOTHING: frozenset[str] = frozenset()
FOREIGN = ["Platform.Admin", "Tenant.Guest", "tenant.admin", ""]
MEMBERS = [
    ({"status": "active", "roles": sorted(BOTH)}, Member(BOTH, active=True)),
    ({"status": "disabled", "roles": sorted(BOTH)}, Member(BOTH, active=False)),
    ({"status": "active", "roles": FOREIGN}, Member(NOTHING, active=True)),
    ({"status": "active", "roles": "Tenant.Admin"}, Member(NOTHING, active=True)),
    ({"status": "Active"}, Member(NOTHING, active=False)),
    ({}, Member(NOTHING, active=False)),
]


@pytest.mark.parametrize(("item", "expected"), MEMBERS)
def test_a_membership_gives_a_tenants_roles_and_is_active_only_when_it_says_so(
    item: dict[str, Any], expected: Member
) -> None:
    assert member_from(item) == expected


class Source:
    """Counts what is read; answers None for everything but acme and the one issuer."""

    def __init__(self) -> None:
        self.reads = 0

    def issuer(self, iss: str) -> Issuer | None:
        self.reads += 1
        return issuer_from(ISSUER_ITEM, "ambit-api") if iss == ISS else None

    def tenant(self, tenant_id: str) -> Tenant | None:
        self.reads += 1
        return tenant_from(TENANT_ITEM) if tenant_id == "acme" else None

    def grant(self, digest: str) -> Grant | None:
        self.reads += 1
        return grant_from(GRANT_ITEM) if digest == DIGEST else None

    def member(self, tenant_id: str, principal_id: str) -> Member | None:
        self.reads += 1
        return member_from({"status": "active"}) if (tenant_id, principal_id) == ("acme", "usr:1:ada") else None


@pytest.mark.parametrize("known", [True, False])
def test_records_and_their_absence_are_remembered_for_fifteen_seconds(known: bool) -> None:  # noqa: FBT001 - a case
    source = Source()
    records = RememberedRecords(source)
    iss, tenant, digest = (ISS, "acme", DIGEST) if known else ("https://other.test", "initech", "0" * 64)
    for now in (0, 1, KEPT_SECONDS - 0.001):
        found = (records.issuer(iss, now), records.tenant(tenant, now), records.grant(digest, now))
        assert (records.member(tenant, "usr:1:ada", now) is not None) == known
        assert [one is not None for one in found] == [known] * 3
    assert source.reads == 4
    records.issuer(iss, KEPT_SECONDS)
    records.tenant(tenant, KEPT_SECONDS)
    records.grant(digest, KEPT_SECONDS)
    records.member(tenant, "usr:1:ada", KEPT_SECONDS)
    assert source.reads == 8


def test_a_principals_membership_is_remembered_for_its_tenant_alone() -> None:
    records = RememberedRecords(Source())
    assert records.member("acme", "usr:1:ada", 0) is not None
    assert records.member("globex", "usr:1:ada", 0) is None
    assert records.member("acme", "usr:1:bob", 0) is None


def test_records_are_read_by_the_keys_of_the_data_access_library() -> None:
    asked: list[tuple[str, str]] = []
    table = ControlTable(lambda pk, sk: asked.append((pk, sk)), "x")
    assert (table.issuer(ISS), table.tenant("acme"), table.tenant("platform")) == (None, None, None)
    assert (table.grant(DIGEST), table.member("acme", "usr:1:ada")) == (None, None)
    tenants = [tuple(tenant_key(TenantId("acme"))), tuple(tenant_key(PLATFORM))]
    assert asked[:3] == [tuple(issuer_key(ISS)), *tenants]
    assert asked[3:] == [tuple(credential_key(DIGEST)), tuple(member_key(TenantId("acme"), "usr:1:ada"))]


@pytest.mark.parametrize("item", [{}, {"iss": ISS}])
def test_a_broken_record_is_our_fault(item: dict[str, Any]) -> None:
    with pytest.raises(DependencyDown, match="KeyError"):
        ControlTable(lambda _pk, _sk: item, "x").issuer(ISS)


def test_a_table_that_fails_is_a_dependency_that_is_down() -> None:
    def fail(_pk: str, _sk: str) -> None:
        raise TimeoutError("the secret address")

    with pytest.raises(DependencyDown) as caught:
        ControlTable(fail, "x").tenant("acme")
    assert str(caught.value) == "control table: TimeoutError"


@mock_aws
def test_items_are_read_from_dynamodb(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }.items():
        monkeypatch.setenv(name, value)
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    table: Any = boto3.resource("dynamodb").create_table(
        TableName="control",
        KeySchema=keys,  # type: ignore[arg-type] # the literals are right; the stubs want them spelt out
        AttributeDefinitions=attributes,  # type: ignore[arg-type] # as above
        BillingMode="PAY_PER_REQUEST",
    )
    table.put_item(Item=ISSUER_ITEM | issuer_key(ISS)._asdict())
    records = ControlTable(dynamodb_reader("control"), "ambit-api")
    assert records.issuer(ISS) == issuer_from(ISSUER_ITEM, "ambit-api")
    assert records.issuer("https://other.test") is None
    assert records.tenant("acme") is None
