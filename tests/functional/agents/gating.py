"""Versions before their gates, and what people do about them: for tests through the API."""

import json
from collections.abc import Iterator
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
from tests.functional.agents.test_agents import MANIFEST, TEMPLATE, Ask, ask, package, promote
from tests.functional.moto_platform import AUDIT_BUCKET, Answer, client, operator, table
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
numbers = iter(range(1, 10_000))


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
    number = next(numbers)
    built = {"builder": "https://ambit.dev/push", "treeHash": "e" * 64, "finishedAt": "2026-03-04T05:06:07Z"}
    body = {**package(number), "manifest": {**MANIFEST, **manifest}, "provenance": built}
    made_ = ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=body)
    assert made_.status == 201, made_.json
    promote(ask, made_.json["versionId"], "candidate")
    return dict(ask("GET /v1/versions/{id}", path={"id": made_.json["versionId"]}).json)


def require(digest: str = SUITE_DIGEST, threshold: float = 1.0, *, name: str = "echo", **more: Any) -> None:
    record = {"name": name, "version": 1, "digest": digest, "agents": ["echo-agent"], "threshold": threshold}
    item = {**record, "required": True, **more, **keys.suite_key(name)._asdict()}
    table("control").put_item(Item=pack(item, ("agents", "threshold")))


def bundle(
    version: dict[str, Any],
    *,
    passed: bool = True,
    digest: str = SUITE_DIGEST,
    threshold: str = "1.0",
    name: str = "echo",
) -> bytes:
    import os

    key = SigningKey(lambda: client("kms"), os.environ["EVIDENCE_KEY_ARN"])
    seen = [CaseSeen("a", passed, "hello", ({"repeat": 0, "status": "passed", "output": "hello"},))]
    by = JudgedBy(name, 1, digest, threshold)
    return made(version, by, seen, {"stage": "test"}, Signer(key.key_id, key.sign))


def keep(data: bytes) -> str:
    return EvidenceStore(PlatformBucket(client("s3"), AUDIT_BUCKET, "worker", SeenSignals())).keep(data)


def evaluated(
    version: dict[str, Any], evidence: str | None = None, *, suite: str = "echo", **more: Any
) -> dict[str, Any]:
    """The record of an evaluation as the worker leaves it."""
    evaluation_id = new_id("evl")
    record = {
        "evaluationId": evaluation_id,
        "agent": "echo-agent",
        **{name: version[name] for name in ("versionId", "contentHash")},
        "suite": suite,
        "suiteDigest": SUITE_DIGEST,
        "status": "succeeded",
        "complete": True,
        "passRate": 1.0,
        "evidenceDigest": keep(bundle(version, name=suite)) if evidence is None else evidence,
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


def certify(ask: Ask, version: dict[str, Any], who: dict[str, str] = FIRST, **more: Any) -> Answer:
    ends = rfc3339(datetime.now(UTC) + timedelta(days=30))
    body = {"kind": "security-review", "expiresAt": ends, **more}
    return ask(CERTIFY, who, path=of(version), body=body)


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


def overridden(ask: Ask, version: dict[str, Any], who: dict[str, str] = ADMIN) -> Answer:
    return ask(OVERRIDE, who, path=of(version), body={"reason": "customers are down"})


def confirm(ask: Ask, version: dict[str, Any], request_id: str, who: dict[str, str] = OTHER_ADMIN) -> Answer:
    return ask(CONFIRM, who, path={**of(version), "requestId": request_id})
