import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.tenant import TenantContext, TenantId
from governance.audit.checkpoint import read, signature_holds
from scripts.ambit_cli.public_keys import verifier
from tests.functional.moto_platform import REGION, event, machine, operator, person, platform_on_moto, table

ADMIN = person("acme", "Tenant.Admin", "admin")
BUCKET = "ambit-test-audit"
MAKE, LIST, KEYS = "POST /v1/audit/checkpoints", "GET /v1/audit/checkpoints", "GET /v1/audit/keys"
CHECK = "POST /v1/tenants/{id}/audit-check"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from data_access_lib import key_uses
    from lambdas.checkpoints import handler

    with platform_on_moto(monkeypatch, AUDIT_BUCKET=BUCKET):
        key = boto3.client("kms", region_name=REGION).create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        monkeypatch.setenv("AUDIT_KEY_ARN", key["KeyMetadata"]["Arn"])
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        for tenant, status in (("acme", "active"), ("globex", "suspended"), ("gone", "deleted")):
            record = {"tenantId": tenant, "status": status, "residency": REGION, "etag": 1}
            table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": tenant, **record})
        for function in (handler.build, handler._client, key_uses.tally):
            function.cache_clear()

        def asked(route: str, who: dict[str, str] = ADMIN, **parts: Any) -> dict[str, Any]:
            answer = handler.handle(event(route, authorizer=who, **parts), None)
            return {"status": answer["statusCode"], **json.loads(answer["body"])}

        yield asked


def fill(number: int, tenant: str = "acme") -> None:
    from lambdas.checkpoints import handler

    log = handler.build().notary(TenantContext(TenantId(tenant), "usr:1:ada")).log
    for _ in range(number):
        log.append(AuditDraft("file.deleted", "fil_1"))


def schedule(milliseconds: int = 300_000, step: str = "checkpoint") -> Any:
    from lambdas.checkpoints import handler

    context = SimpleNamespace(get_remaining_time_in_millis=lambda: milliseconds)
    return handler.handle({"step": step}, context)


def test_a_checkpoint_that_is_made_is_listed_and_holds_by_the_published_key(ask: Ask) -> None:
    fill(3)
    made = ask(MAKE)
    assert (made.pop("status"), made["count"], made["tenant"]) == (200, 3, "acme")
    assert ask(LIST)["items"] == [made]
    (key,) = ask(KEYS)["items"]
    assert key["keyId"] == made["keyId"]
    assert signature_holds(read(made), verifier([key["pem"].encode()]))


def test_a_key_with_the_scope_may_have_one_made(ask: Ask) -> None:
    fill(1)
    assert ask(MAKE, machine("acme", "audit:read"))["status"] == 200
    assert ask(MAKE, machine("acme", "runs:read"))["status"] == 403
    assert ask(MAKE, person("acme", "Tenant.Developer"))["status"] == 403


def test_the_schedule_attests_every_tenant_that_is_open(ask: Ask) -> None:
    fill(2)
    fill(1, "globex")
    assert schedule() == {"attested": 2}
    assert [item["count"] for item in ask(LIST, person("globex", "Tenant.Admin"))["items"]] == [1]
    assert schedule(5_000) == {"attested": 0}
    with pytest.raises(ValueError, match="step"):
        schedule(step="erase")


def test_each_tenant_sees_its_own_checkpoints(ask: Ask) -> None:
    fill(1)
    ask(MAKE)
    assert ask(LIST, person("globex", "Tenant.Admin"))["items"] == []
    assert ask(MAKE, person("globex", "Tenant.Admin"))["status"] == 404


def test_a_ledger_that_was_changed_is_refused_checked_and_told(ask: Ask) -> None:
    fill(3)
    table("ledger").update_item(
        Key={"pk": "TENANT#acme#AUDIT", "sk": f"{2:012d}"},
        UpdateExpression="SET decision = :d",
        ExpressionAttributeValues={":d": "denied"},
    )
    refused = ask(MAKE)
    assert (refused["status"], refused["code"]) == (409, "AUDIT_CHAIN_BROKEN")
    checked = ask(CHECK, operator(), path={"id": "acme"}, body={})
    assert (checked["holds"], checked["entry"], checked["kind"]) == (False, 2, "altered")
    told = [item for item in table("ops").scan()["Items"] if item.get("type") == "audit.verification_failed"]
    assert {(item["tenantId"], item["resource"]) for item in told} == {("acme", "audit entry 2")}
    assert ask(LIST)["items"] == []


def test_operators_check_and_mend_any_tenants_log_and_tenants_none(ask: Ask) -> None:
    fill(3)
    table("ops").delete_item(Key={"pk": "TENANT#acme#AUDITHEAD", "sk": "META"})
    assert ask(CHECK, operator(), path={"id": "acme"}, body={})["why"] == "the end of the chain lies behind the ledger"
    mended = ask(CHECK, operator(), path={"id": "acme"}, body={"repairHead": True})
    assert (mended["holds"], mended["repaired"], mended["head"]) == (True, True, 4)
    assert ask(CHECK, ADMIN, path={"id": "acme"}, body={})["status"] == 403
    assert ask(CHECK, operator(), path={"id": "nobody"}, body={})["status"] == 404
    assert ask(CHECK, operator(), path={"id": "acme"}, body={"x": 1})["status"] == 400


def test_what_is_kept_is_locked_for_good(ask: Ask) -> None:
    fill(1)
    ask(MAKE)
    kept = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [one["Key"] for one in kept] == [
        f"tenants/acme/audit/checkpoints/{1:012d}.json",
        f"tenants/acme/audit/segments/{1:012d}-{1:012d}.jsonl",
    ]
