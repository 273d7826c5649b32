"""Gates through the API, with evidence that the worker's own code signed: what opens them, and ways around them."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from data_access_lib import keys
from data_access_lib.admin import PlatformBucket
from data_access_lib.evidence_store import EvidenceStore
from data_access_lib.repositories.records import pack
from data_access_lib.signing_keys import SigningKey
from governance.evidence.making import CaseSeen, JudgedBy, Signer, made
from platform_kit.clock import rfc3339
from platform_kit.ids import new_id
from tests.functional.agents.test_agents import MANIFEST, OPERATOR, TEMPLATE, Ask, ask, package, promote, status
from tests.functional.moto_platform import AUDIT_BUCKET, Answer, client, machine, operator, person, table
from tests.stores import SeenSignals

__all__ = ["ask"]
GATES, PROMOTE = "GET /v1/versions/{id}/gates", "POST /v1/versions/{id}/promote"
CERTIFY, APPROVE = "POST /v1/versions/{id}/certifications", "POST /v1/versions/{id}/approvals"
REVOKE = "POST /v1/versions/{id}/certifications/{certificationId}/revoke"
DECIDE = "POST /v1/versions/{id}/approvals/{approvalId}/decision"
OVERRIDE, CONFIRM = "POST /v1/versions/{id}/break-glass", "POST /v1/versions/{id}/break-glass/{requestId}/confirm"
FIRST, SECOND, THIRD = (operator(name=name) for name in ("first", "second", "third"))
ADMIN, OTHER_ADMIN = (operator("Platform.Admin", name) for name in ("admin", "other-admin"))
SUITE_DIGEST: Final = "d" * 64
_numbers = iter(range(1, 10_000))


@pytest.fixture
def strict(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """A stage that customers depend on."""
    from lambdas.agents import handler

    monkeypatch.setenv("NO_REQUIRED_SUITE", "refuse")
    handler.build.cache_clear()
    yield ask
    handler.build.cache_clear()


def candidate(ask: Ask, **manifest: Any) -> dict[str, Any]:
    ask("POST /v1/templates", body=TEMPLATE)
    number = next(_numbers)
    built = {"builder": "https://ambit.dev/push", "treeHash": "e" * 64, "finishedAt": "2026-03-04T05:06:07Z"}
    body = {**package(number), "manifest": {**MANIFEST, **manifest}, "provenance": built}
    made_ = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=body)
    assert made_.status == 201, made_.json
    promote(ask, made_.json["versionId"], "candidate")
    return dict(ask("GET /v1/versions/{id}", path={"id": made_.json["versionId"]}).json)


def require(digest: str = SUITE_DIGEST, threshold: float = 1.0, **more: Any) -> None:
    record = {"name": "echo", "version": 1, "digest": digest, "agents": ["echo-agent"], "threshold": threshold}
    item = {**record, "required": True, **more, **keys.suite_key("echo")._asdict()}
    table("control").put_item(Item=pack(item, ("agents", "threshold")))


def bundle(
    version: dict[str, Any], *, passed: bool = True, digest: str = SUITE_DIGEST, threshold: str = "1.0"
) -> bytes:
    import os

    key = SigningKey(lambda: client("kms"), os.environ["EVIDENCE_KEY_ARN"])
    seen = [CaseSeen("a", passed, "hello", ({"repeat": 0, "status": "passed", "output": "hello"},))]
    by = JudgedBy("echo", 1, digest, threshold)
    return made(version, by, seen, {"stage": "test"}, Signer(key.key_id, key.sign))


def keep(data: bytes) -> str:
    return EvidenceStore(PlatformBucket(client("s3"), AUDIT_BUCKET, "worker", SeenSignals())).keep(data)


def evaluated(version: dict[str, Any], evidence: str | None = None, **more: Any) -> dict[str, Any]:
    """The record of an evaluation as the worker leaves it."""
    evaluation_id = new_id("evl")
    record = {
        "evaluationId": evaluation_id,
        "agent": "echo-agent",
        **{name: version[name] for name in ("versionId", "contentHash")},
        "suite": "echo",
        "suiteDigest": SUITE_DIGEST,
        "status": "succeeded",
        "complete": True,
        "passRate": 1.0,
        "evidenceDigest": keep(bundle(version)) if evidence is None else evidence,
        **more,
    }
    index = keys.evaluation_index(str(record["versionId"]), evaluation_id)
    item = {**record, **keys.evaluation_key(evaluation_id)._asdict(), **index._asdict()}
    table("ops").put_item(Item=pack(item, ("passRate",)))
    return record


def gate(ask: Ask, version: dict[str, Any], name: str) -> dict[str, Any]:
    found = ask(GATES, path={"id": version["versionId"]}).json
    return next(dict(one) for one in found["gates"] if one["gate"] == name)


def of(version: dict[str, Any]) -> dict[str, str]:
    return {"id": str(version["versionId"])}


def audited(action: str) -> list[dict[str, Any]]:
    entries = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#platform#AUDIT"]
    wanted = {item["sk"] for item in entries if item["action"] == action}
    details = [item for item in table("ops").scan()["Items"] if item["pk"].startswith("TENANT#platform#AUDITDETAIL")]
    return [json.loads(item["detail"]) for item in details if item["sk"] in wanted]


class TestEvaluation:
    def test_what_every_required_suite_and_its_evidence_show_is_promoted_and_the_audit_names_the_evidence(
        self, strict: Ask
    ) -> None:
        require()
        version = candidate(strict)
        assert "has not been evaluated" in gate(strict, version, "evaluation")["why"]
        record = evaluated(version)
        assert gate(strict, version, "evaluation")["holds"]
        assert promote(strict, version["versionId"], "approved").status == 200
        told = [one for one in audited("version.promoted") if one["to"] == "approved"]
        assert told[0]["gates"][0]["evidence"][0]["evidenceDigest"] == record["evidenceDigest"]

    def test_on_the_local_stage_too_once_one_suite_is_required(self, ask: Ask) -> None:
        version = candidate(ask)
        assert gate(ask, version, "evaluation")["holds"]
        require()
        refused = promote(ask, version["versionId"], "approved")
        assert [one["pointer"] for one in refused.json["errors"]] == ["/gates/evaluation"]

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"passRate": 0.5}, "below"),
            ({"complete": False}, "not decided"),
            ({"status": "running"}, "not finished"),
            ({"suiteDigest": "f" * 64}, "has not been evaluated"),
            ({"contentHash": "f" * 64}, "has not been evaluated"),
            ({"versionId": "ver_" + "9" * 32}, "has not been evaluated"),
            ({"evidence": "a" * 64}, "not there"),
            ({"evidenceDigest": None}, "no evidence"),
        ],
    )
    def test_nothing_else_counts(self, strict: Ask, change: dict[str, Any], why: str) -> None:
        require()
        version = candidate(strict)
        evaluated(version, **change)
        found = gate(strict, version, "evaluation")
        assert (found["holds"], why in found["why"]) == (False, True), found
        assert promote(strict, version["versionId"], "approved").json["code"] == "PROMOTION_REFUSED"

    def test_a_suite_that_is_weakened_after_the_run_asks_for_another_run(self, strict: Ask) -> None:
        require()
        version = candidate(strict)
        evaluated(version)
        require(digest="b" * 64, threshold=0.0)
        assert not gate(strict, version, "evaluation")["holds"]

    @pytest.mark.parametrize(
        "forged", ["another version", "failed", "another suite", "other threshold", "a stranger's"]
    )
    def test_a_record_that_was_forged_has_no_evidence(self, strict: Ask, forged: str) -> None:
        from tests.evidence_bundles import bundle_of

        require()
        version, other = candidate(strict), candidate(strict, maxDurationSeconds=7)
        data = {
            "another version": lambda: bundle(other),
            "failed": lambda: bundle(version, passed=False),
            "another suite": lambda: bundle(version, digest="f" * 64),
            "other threshold": lambda: bundle(version, threshold="0.1"),
            "a stranger's": bundle_of,
        }[forged]()
        evaluated(version, keep(data))
        assert not gate(strict, version, "evaluation")["holds"]

    def test_evidence_that_was_changed_where_it_lies_does_not_hold(self, strict: Ask) -> None:
        require()
        version = candidate(strict)
        digest = evaluated(version)["evidenceDigest"]
        client("s3").put_object(Bucket=AUDIT_BUCKET, Key=keys.evidence_object(digest), Body=b"other")
        assert "not what its name says" in gate(strict, version, "evaluation")["why"]

    def test_a_lucky_run_is_undone_by_the_next(self, strict: Ask) -> None:
        require()
        version = candidate(strict)
        evaluated(version)
        evaluated(version, passRate=0.0)
        assert not gate(strict, version, "evaluation")["holds"]


def certify(ask: Ask, version: dict[str, Any], who: dict[str, str] = FIRST, **more: Any) -> Answer:
    ends = rfc3339(datetime.now(UTC) + timedelta(days=30))
    body = {"kind": "security-review", "expiresAt": ends, **more}
    return ask(CERTIFY, who, path=of(version), body=body)


class TestCertification:
    def test_what_the_manifest_names_must_be_vouched_for_by_somebody_else(self, ask: Ask) -> None:
        version = candidate(ask, certifications=["privacy-review"])
        assert gate(ask, version, "certification")["why"] == "missing, expired or revoked: privacy-review"
        assert certify(ask, version).status == 201
        assert not gate(ask, version, "certification")["holds"]
        own = certify(ask, version, OPERATOR, kind="privacy-review")
        assert (own.status, own.json["code"]) == (403, "OWN_CERTIFICATION")
        granted = certify(ask, version, kind="privacy-review")
        assert (granted.status, granted.json["holds"]) == (201, True)
        assert promote(ask, version["versionId"], "approved").status == 200

    def test_revoked_is_revoked_for_good(self, ask: Ask) -> None:
        version = candidate(ask, certifications=["security-review"])
        granted = certify(ask, version).json
        path = {**of(version), "certificationId": granted["certificationId"]}
        gone = ask(REVOKE, SECOND, path=path, body={"reason": "overlooked"})
        assert (gone.status, gone.json["holds"]) == (200, False)
        assert ask(REVOKE, SECOND, path=path, body={"reason": "again"}).status == 409
        assert not gate(ask, version, "certification")["holds"]

    def test_one_versions_certification_is_not_anothers(self, ask: Ask) -> None:
        first, second = (candidate(ask, certifications=["security-review"], maxDurationSeconds=n) for n in (5, 6))
        certify(ask, first)
        assert gate(ask, first, "certification")["holds"]
        assert not gate(ask, second, "certification")["holds"]

    @pytest.mark.parametrize("days", [-1, 400])
    def test_it_ends_within_a_year(self, ask: Ask, days: int) -> None:
        version = candidate(ask)
        answer = certify(ask, version, expiresAt=rfc3339(datetime.now(UTC) + timedelta(days=days)))
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/expiresAt")

    def test_an_unknown_kind_is_no_manifest_and_no_certification(self, ask: Ask) -> None:
        ask("POST /v1/templates", body=TEMPLATE)
        body = {**package(next(_numbers)), "manifest": {**MANIFEST, "certifications": ["vibes"]}}
        assert ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=body).status == 400
        assert certify(ask, candidate(ask), kind="vibes").status == 400


GRAVE: Final = {"tools": ["http.send"]}


def grave(ask: Ask) -> dict[str, Any]:
    """A version of high risk that is certified and lacks approvals alone."""
    version = candidate(ask, **GRAVE)
    assert certify(ask, version).status == 201
    return version


def asked(ask: Ask, version: dict[str, Any], who: dict[str, str] = FIRST, **more: Any) -> str:
    answer = ask(APPROVE, who, path=of(version), body={"reason": "ready", **more})
    assert answer.status == 201, answer.json
    return str(answer.json["approvalId"])


def decide(ask: Ask, version: dict[str, Any], approval: str, who: dict[str, str], decision: str = "approve") -> Answer:
    path = {**of(version), "approvalId": approval}
    return ask(DECIDE, who, path=path, body={"decision": decision, "reason": "looked at"})


def approved_by_two(ask: Ask, version: dict[str, Any], **more: Any) -> str:
    approval = asked(ask, version, **more)
    for who in (SECOND, THIRD):
        assert decide(ask, version, approval, who).status == 200
    return approval


class TestApprovals:
    @pytest.mark.parametrize("tool", ["http.send", "nobody.knows"])
    def test_a_version_of_high_or_unknown_risk_needs_a_review_and_two_people(self, ask: Ask, tool: str) -> None:
        version = candidate(ask, tools=[tool])
        refused = promote(ask, version["versionId"], "approved")
        assert [one["pointer"] for one in refused.json["errors"]] == ["/gates/certification", "/gates/approvals"]
        certify(ask, version)
        approval = asked(ask, version)
        assert decide(ask, version, approval, SECOND).json["status"] == "pending"
        assert promote(ask, version["versionId"], "approved").status == 409
        assert decide(ask, version, approval, THIRD).json["status"] == "approved"
        assert promote(ask, version["versionId"], "approved").status == 200

    def test_nobody_approves_for_themselves_nor_twice(self, ask: Ask) -> None:
        version = grave(ask)
        approval = asked(ask, version)
        for who in (FIRST, OPERATOR):  # who asked, and who registered
            own = decide(ask, version, approval, who)
            assert (own.status, own.json["code"]) == (403, "SELF_APPROVAL")
        assert decide(ask, version, approval, SECOND).status == 200
        assert decide(ask, version, approval, SECOND).json["code"] == "APPROVAL_DECIDED"
        assert not gate(ask, version, "approvals")["holds"]

    def test_one_no_ends_it(self, ask: Ask) -> None:
        version = grave(ask)
        approval = asked(ask, version)
        assert decide(ask, version, approval, SECOND, "deny").json["status"] == "denied"
        assert decide(ask, version, approval, THIRD).status == 409
        assert not gate(ask, version, "approvals")["holds"]

    def test_an_approval_is_used_once(self, ask: Ask) -> None:
        version = grave(ask)
        approval = approved_by_two(ask, version)
        assert promote(ask, version["versionId"], "approved").status == 200
        assert promote(ask, version["versionId"], "deprecated").status == 200
        refused = promote(ask, version["versionId"], "approved")
        assert [one["pointer"] for one in refused.json["errors"]] == ["/gates/approvals"]
        (listed,) = ask("GET /v1/versions/{id}/approvals", path=of(version)).json["items"]
        assert (listed["approvalId"], listed["status"]) == (approval, "consumed")
        assert decide(ask, version, approval, ADMIN).json["code"] == "APPROVAL_OVER"

    def test_it_is_void_when_the_version_moved_and_never_anothers(self, ask: Ask) -> None:
        version, other = grave(ask), candidate(ask, **GRAVE, maxDurationSeconds=9)
        certify(ask, other)
        approval = approved_by_two(ask, version)
        assert not gate(ask, other, "approvals")["holds"]
        assert decide(ask, other, approval, ADMIN).status == 404
        promote(ask, version["versionId"], "quarantined")
        assert ask(PROMOTE, ADMIN, path=of(version), body={"to": "candidate"}).status == 200
        (listed,) = ask("GET /v1/versions/{id}/approvals", path=of(version)).json["items"]
        assert listed["status"] == "void"
        assert promote(ask, version["versionId"], "approved").json["code"] == "PROMOTION_REFUSED"

    def test_an_approval_to_stand_beside_is_none_to_be_the_default(self, ask: Ask) -> None:
        version = grave(ask)
        approved_by_two(ask, version, asDefault=False)
        assert promote(ask, version["versionId"], "approved").json["code"] == "PROMOTION_REFUSED"

    @pytest.mark.parametrize(("minutes", "code"), [(-10, None), (10, "APPROVAL_OVER")])
    def test_the_servers_clock_says_when_it_is_over(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch, minutes: int, code: str | None
    ) -> None:
        from platform_kit.clock import SystemClock

        version = grave(ask)
        approval = asked(ask, version)
        now = datetime.now(UTC) + timedelta(hours=48, minutes=minutes)
        monkeypatch.setattr(SystemClock, "now", lambda _self: now)
        assert decide(ask, version, approval, SECOND).json.get("code") == code

    def test_a_forged_status_approves_nothing(self, ask: Ask) -> None:
        version = grave(ask)
        approval = asked(ask, version)
        item = table("control").get_item(Key=keys.promotion_approval_key(version["versionId"], approval)._asdict())[
            "Item"
        ]
        table("control").put_item(Item={**item, "status": "approved", "quorum": 0})
        assert not gate(ask, version, "approvals")["holds"]

    def test_what_needs_no_approval_is_not_asked_about(self, ask: Ask) -> None:
        assert ask(APPROVE, FIRST, path=of(candidate(ask)), body={"reason": "x"}).status == 409

    @pytest.mark.parametrize("who", [machine("acme", "agents:invoke"), person("acme", "Tenant.Admin")])
    def test_no_key_and_no_tenant_has_a_say(self, ask: Ask, who: dict[str, str]) -> None:
        version = grave(ask)
        approval = asked(ask, version)
        assert decide(ask, version, approval, who).status == 403
        assert certify(ask, version, who).status == 403
        assert ask(OVERRIDE, who, path=of(version), body={"reason": "let me do it"}).status == 403


def overridden(ask: Ask, version: dict[str, Any], who: dict[str, str] = ADMIN) -> Answer:
    return ask(OVERRIDE, who, path=of(version), body={"reason": "customers are down"})


def confirm(ask: Ask, version: dict[str, Any], request_id: str, who: dict[str, str] = OTHER_ADMIN) -> Answer:
    return ask(CONFIRM, who, path={**of(version), "requestId": request_id})


class TestBreakGlass:
    def test_two_administrators_promote_past_closed_gates_and_everything_tells_of_it(
        self, strict: Ask, capsys: pytest.CaptureFixture[str]
    ) -> None:
        version = candidate(strict, **GRAVE)
        request = overridden(strict, version).json
        assert [one["gate"] for one in request["closed"]] == ["evaluation", "certification", "approvals"]
        assert status(strict, version["versionId"]) == "candidate"
        assert confirm(strict, version, request["requestId"]).status == 200
        assert status(strict, version["versionId"]) == "approved"
        (told,) = audited("version.break_glass_promoted")
        assert (told["reason"], told["requestId"]) == ("customers are down", request["requestId"])
        events = {item.get("type") for item in table("ops").scan()["Items"]}
        assert {"version.break_glass_requested", "version.break_glass_promoted"} <= events
        assert '"PromotionBreakGlass"' in capsys.readouterr().out
        assert confirm(strict, version, request["requestId"]).status == 409

    def test_one_person_is_not_two_and_an_operator_is_none(self, strict: Ask) -> None:
        version = candidate(strict)
        assert overridden(strict, version, FIRST).status == 403
        request = overridden(strict, version).json["requestId"]
        own = confirm(strict, version, request, ADMIN)
        assert (own.status, own.json["code"]) == (403, "SELF_APPROVAL")
        assert confirm(strict, version, request, FIRST).status == 403
        assert status(strict, version["versionId"]) == "candidate"

    def test_a_gate_that_closed_since_refuses_it(self, strict: Ask) -> None:
        import boto3

        from data_access_lib.signals import OpsAccessSignals, Tampered

        version = candidate(strict)
        request = overridden(strict, version).json["requestId"]
        OpsAccessSignals(lambda: boto3.client("dynamodb"), "ambit-test-ops").tampered(
            Tampered("echo-agent", "ver_" + "8" * 32, "recordHash")
        )
        refused = confirm(strict, version, request)
        assert (refused.status, "incidents" in refused.json["detail"]) == (409, True)

    def test_it_is_over_within_the_hour_and_when_the_version_moves(
        self, strict: Ask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from platform_kit.clock import SystemClock

        version = candidate(strict)
        request = overridden(strict, version).json["requestId"]
        promote(strict, version["versionId"], "quarantined")
        assert confirm(strict, version, request).status == 409
        assert overridden(strict, version).status == 409  # quarantined: no row leads to approval
        assert strict(PROMOTE, ADMIN, path=of(version), body={"to": "candidate"}).status == 200
        assert "void" in confirm(strict, version, request).json["detail"]
        again = overridden(strict, version).json["requestId"]
        later = datetime.now(UTC) + timedelta(minutes=61)
        monkeypatch.setattr(SystemClock, "now", lambda _self: later)
        assert "expired" in confirm(strict, version, again).json["detail"]

    def test_what_was_tampered_with_is_never_promoted(self, strict: Ask) -> None:
        version = candidate(strict)
        request = overridden(strict, version).json["requestId"]
        key = keys.version_key("echo-agent", version["versionId"])._asdict()
        item = table("control").get_item(Key=key)["Item"]
        table("control").put_item(Item={**item, "lockDigest": "f" * 64})
        assert confirm(strict, version, request).json["code"] == "VERSION_TAMPERED"
        assert overridden(strict, version).json["code"] == "VERSION_TAMPERED"

    def test_open_gates_need_none(self, ask: Ask) -> None:
        assert overridden(ask, candidate(ask)).status == 409


def test_of_two_who_promote_and_confirm_at_once_one_wins(ask: Ask) -> None:
    version = grave(ask)
    approved_by_two(ask, version)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: promote(ask, version["versionId"], "approved").status, range(4)))
    assert sorted(answers) == [200, 409, 409, 409]
    (told,) = [one for one in audited("version.promoted") if one["to"] == "approved"]
    assert told["gates"][2]["approvalId"]
