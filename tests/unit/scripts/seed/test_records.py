from __future__ import annotations

from lambdas.authoriser.records import issuer_from, tenant_from
from scripts.seed.records import issuer_record, platform_record

ISS = "http://127.0.0.1:8090/oidc"


def test_the_authoriser_reads_the_platforms_record() -> None:
    tenant = tenant_from(platform_record("key", "agents-key"))
    assert (tenant.tenant_id, tenant.status) == ("platform", "active")
    assert (tenant.usage_key, tenant.agents_usage_key) == ("key", "agents-key")


def test_only_the_platforms_issuer_may_vouch_for_platform_roles() -> None:
    ours, theirs = (issuer_from(issuer_record(ISS, "j", bound), "ambit-api") for bound in ("platform", "globex"))
    assert ours.allow_platform_roles
    assert "Platform.Operator" in ours.allowed_roles
    assert not theirs.allow_platform_roles
    assert not any(role.startswith("Platform.") for role in theirs.allowed_roles)
    assert theirs.bound_to == "globex"
    assert theirs.active
