import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.tenant import TenantContext, TenantId
from governance.audit.checkpoint import read, signature_holds
from governance.audit.verification import Verdict
from scripts.ambit_cli.audit_file import Broken, verify
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
    assert schedule() == {"attested": 3}, "the platform's own, which is empty here, among them"
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


class TestThePlatformsOwnChain:
    """What operators did that is no tenant's. Its ledger, its end and its checkpoints are tampered with."""

    def chain(self) -> Any:
        from lambdas.checkpoints import handler
        from lambdas.checkpoints.service import PlatformChain

        return handler.build().notary(PlatformChain("usr:1:op"))

    def fill(self, number: int) -> None:
        for _ in range(number):
            self.chain().log.append(AuditDraft("flag.changed", "agents.invoke"))

    def check(self, ask: Ask, **body: Any) -> dict[str, Any]:
        return ask(CHECK, operator(), path={"id": "platform"}, body=body)

    def entry(self, seq: int) -> dict[str, str]:
        return {"pk": "TENANT#platform#AUDIT", "sk": f"{seq:012d}"}

    def drop(self, *seqs: int) -> None:
        for seq in seqs:
            table("ledger").delete_item(Key=self.entry(seq))
            table("ops").delete_item(Key={**self.entry(seq), "pk": "TENANT#platform#AUDITDETAIL"})

    def end_at(self, seq: int) -> None:
        found = table("ledger").get_item(Key=self.entry(seq))["Item"]
        head = {"pk": "TENANT#platform#AUDITHEAD", "sk": "META", "seq": seq, "hash": found["hash"]}
        table("ops").put_item(Item=head)

    def test_the_schedule_signs_it_and_a_check_holds_it_against_that(self, ask: Ask) -> None:
        self.fill(3)
        schedule()
        (made,) = [self.chain().archive.checkpoint(count) for count in self.chain().archive.counts()]
        assert (made.tenant, made.count) == ("platform", 3)
        (key,) = ask(KEYS)["items"]
        assert signature_holds(made, verifier([key["pem"].encode()]))
        found = self.check(ask)
        assert (found["tenant"], found["holds"], found["covered"], found["last"]) == ("platform", True, 3, 3)

    def test_it_lies_under_the_lock_and_beside_the_tenants_prefixes(self, ask: Ask) -> None:
        self.fill(1)
        schedule()
        found = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket=BUCKET)["Contents"]
        assert sorted(item["Key"] for item in found) == [
            f"platform/audit/checkpoints/{1:012d}.json",
            f"platform/audit/segments/{1:012d}-{1:012d}.jsonl",
        ]

    def test_a_field_that_was_changed_is_told_with_its_place(self, ask: Ask) -> None:
        self.fill(3)
        change = {"UpdateExpression": "SET #a = :a", "ExpressionAttributeNames": {"#a": "action"}}
        table("ledger").update_item(Key=self.entry(2), **change, ExpressionAttributeValues={":a": "flag.read"})
        assert schedule() == {"attested": 2}, "both tenants hold"
        found = self.check(ask)
        assert (found["holds"], found["entry"], found["kind"]) == (False, 2, "altered")
        told = [item for item in table("ops").scan()["Items"] if item.get("type") == "audit.verification_failed"]
        assert {item["tenantId"] for item in told} == {"platform"}

    def test_an_entry_that_was_taken_out_is_told(self, ask: Ask) -> None:
        self.fill(4)
        self.drop(2)
        found = self.check(ask)
        assert (found["holds"], found["entry"], found["kind"]) == (False, 3, "out_of_order")

    def test_an_end_that_was_cut_off_with_its_head_is_told_by_the_checkpoint(self, ask: Ask) -> None:
        self.fill(4)
        schedule()
        self.drop(3, 4)
        self.end_at(2)
        found = self.check(ask)
        assert (found["holds"], found["kind"]) == (False, "truncated")
        assert schedule() == {"attested": 2}

    def test_another_history_from_an_entry_on_is_told_by_the_checkpoint(self, ask: Ask) -> None:
        self.fill(3)
        schedule()
        self.drop(3)
        self.end_at(2)
        self.fill(2)
        found = self.check(ask)
        assert (found["holds"], found["entry"], found["kind"]) == (False, 3, "forked")

    def test_a_tenants_entry_is_none_of_its(self, ask: Ask) -> None:
        self.fill(2)
        fill(3)
        strange = table("ledger").get_item(Key={"pk": "TENANT#acme#AUDIT", "sk": f"{3:012d}"})["Item"]
        table("ledger").put_item(Item={**strange, **self.entry(3)})
        found = self.check(ask)
        assert (found["holds"], found["entry"], found["kind"]) == (False, 3, "unlinked")

    def test_a_checkpoint_of_a_tenants_is_none_of_its(self, ask: Ask) -> None:
        fill(1)
        ask(MAKE)
        self.fill(1)
        s3 = boto3.client("s3", region_name=REGION)
        theirs = s3.get_object(Bucket=BUCKET, Key=f"tenants/acme/audit/checkpoints/{1:012d}.json")["Body"].read()
        s3.put_object(Bucket=BUCKET, Key=f"platform/audit/checkpoints/{1:012d}.json", Body=theirs)
        found = self.check(ask)
        assert (found["holds"], found["kind"]) == (False, "foreign")

    def test_an_end_that_lies_behind_is_mended_and_says_by_whom(self, ask: Ask) -> None:
        self.fill(3)
        table("ops").delete_item(Key={"pk": "TENANT#platform#AUDITHEAD", "sk": "META"})
        found = self.check(ask, repairHead=True)
        assert (found["holds"], found["repaired"], found["head"]) == (True, True, 4)
        (last,) = self.chain().log.list(newest_first=True, limit=1).entries
        assert (last["action"], last["detail"]["by"]) == ("audit.head_repaired", operator()["principalId"])

    def test_what_lies_under_the_lock_is_verified_offline_and_no_bit_of_it_can_differ(
        self, ask: Ask, tmp_path: Path
    ) -> None:
        """As docs/audit.md has operators do: segments, checkpoints and the key, and nothing of the platform's."""
        for number in (3, 2):
            self.fill(number)
            schedule()
        s3, kept = boto3.client("s3", region_name=REGION), {"checkpoints": b"", "segments": b""}
        for item in s3.list_objects_v2(Bucket=BUCKET, Prefix="platform/audit/")["Contents"]:
            body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
            kept[item["Key"].split("/")[2]] += body.rstrip(b"\n") + b"\n"
        key = tmp_path / "audit.pem"
        key.write_text(ask(KEYS)["items"][0]["pem"])
        files = {name: tmp_path / f"{name}.jsonl" for name in kept}
        for name, text in kept.items():
            files[name].write_bytes(text)

        def verified(of: str = "platform") -> Verdict:
            return verify([files["segments"]], checkpoints=[files["checkpoints"]], keys=[key], tenant=of)

        assert (verified().last, verified().covered) == (5, 5)
        with pytest.raises(Broken):
            verified("acme")
        lines = kept["segments"].splitlines(keepends=True)
        for forged in (
            kept["segments"].replace(b"flag.changed", b"flag.reading", 1),
            b"".join(lines[:-1]),
            b"".join([*lines[:2], *lines[3:]]),
            b"".join([lines[1], lines[0], *lines[2:]]),
        ):
            files["segments"].write_bytes(forged)
            with pytest.raises(Broken):
                verified()

    def test_no_tenant_has_it_checked(self, ask: Ask) -> None:
        assert ask(CHECK, ADMIN, path={"id": "platform"}, body={})["status"] == 403
