"""The evidence that an evaluation leaves: signed by the worker, kept under its hash, verified with the key alone."""

import json
from typing import Any

import pytest

from data_access_lib import keys
from governance.evidence.bundle import Proven, address, unpacked, verified
from scripts.ambit_cli.public_keys import verifier
from tests.functional.evaluations.conftest import EXACT, Evaluating, put_version
from tests.functional.moto_platform import AUDIT_BUCKET, client, person, table

EVIDENCE, KEYS = "GET /v1/evaluation-runs/{id}/evidence", "GET /v1/evidence-keys"
PROVENANCE = {"builder": "https://ambit.dev/push", "treeHash": "e" * 64, "finishedAt": "2026-03-04T05:06:07Z"}


def stored(digest: str) -> bytes:
    body = client("s3").get_object(Bucket=AUDIT_BUCKET, Key=keys.evidence_object(digest))["Body"]
    return bytes(body.read())


def proven(evaluating: Evaluating, digest: str, content: str | None = None) -> Proven:
    pems = [one["pem"].encode() for one in evaluating.ask(KEYS).json["items"]]
    return verified(stored(digest), verifier(pems), content)


def test_an_evaluation_leaves_evidence_that_whoever_has_the_key_can_verify(evaluating: Evaluating) -> None:
    found = evaluating.evaluated()
    digest = found["evidenceDigest"]
    shown = proven(evaluating, digest, found["contentHash"])
    assert (shown.digest, shown.version_id) == (digest, found["versionId"])
    assert (shown.passed, shown.cases, shown.passed_cases) == (
        found["verdict"] == "passed",
        found["cases"],
        found["passed"],
    )
    files = unpacked(stored(digest))
    assert json.loads(files["environment.json"])["evaluationId"] == found["evaluationId"]
    assert "expected" not in files["cases.jsonl"].decode()


def test_what_failed_is_evidence_too(evaluating: Evaluating) -> None:
    wrong = {"caseId": "wrong", "input": "hello", "scorers": [{**EXACT, "expected": "goodbye"}]}
    found = evaluating.evaluated(cases=[wrong])
    assert (found["verdict"], proven(evaluating, found["evidenceDigest"]).passed) == ("failed", False)


def test_the_provenance_that_the_push_told_is_in_it(evaluating: Evaluating) -> None:
    version = put_version(artifact="b" * 64, provenance=PROVENANCE)
    evaluating.push()
    evaluation_id = evaluating.start(version_id=version).json["evaluationId"]
    evaluating.lead(evaluation_id)
    assert proven(evaluating, evaluating.get(evaluation_id)["evidenceDigest"]).provenance


def test_it_can_be_had_by_operators_alone(evaluating: Evaluating) -> None:
    found = evaluating.evaluated()
    path = {"id": found["evaluationId"]}
    answer = evaluating.ask(EVIDENCE, path=path)
    data = stored(found["evidenceDigest"])
    assert (answer.status, answer.json["digest"], answer.json["bytes"]) == (200, address(data), len(data))
    assert keys.evidence_object(address(data)) in answer.json["url"]
    assert evaluating.ask(EVIDENCE, person("acme", "Tenant.Admin"), path=path).status == 403


def test_an_evaluation_that_goes_on_or_is_cancelled_has_none(evaluating: Evaluating) -> None:
    evaluating.push()
    evaluation_id = evaluating.start().json["evaluationId"]
    assert evaluating.ask(EVIDENCE, path={"id": evaluation_id}).status == 404
    evaluating.ask("POST /v1/evaluation-runs/{id}/cancel", path={"id": evaluation_id})
    evaluating.step(step="finish", evaluationId=evaluation_id)
    assert "evidenceDigest" not in evaluating.get(evaluation_id)


def test_finishing_twice_leaves_one(evaluating: Evaluating) -> None:
    found = evaluating.evaluated()
    evaluating.step(step="finish", evaluationId=found["evaluationId"])
    assert evaluating.get(found["evaluationId"])["evidenceDigest"] == found["evidenceDigest"]
    listed = client("s3").list_objects_v2(Bucket=AUDIT_BUCKET, Prefix="platform/evidence/")
    assert listed["KeyCount"] == 1


def test_nothing_is_signed_about_a_version_that_was_changed(evaluating: Evaluating) -> None:
    evaluating.push()
    evaluation_id = evaluating.start().json["evaluationId"]
    for case in evaluating.step(step="begin", evaluationId=evaluation_id)["attempts"]:
        evaluating.step(step="case", evaluationId=evaluation_id, **case)
    place: dict[str, Any] = keys.version_key("echo-agent", evaluating.version_id)._asdict()
    item = table("control").get_item(Key=place)["Item"]
    table("control").put_item(Item={**item, "lockDigest": "f" * 64})
    with pytest.raises(Exception, match="not what was"):
        evaluating.step(step="finish", evaluationId=evaluation_id)
    assert evaluating.get(evaluation_id)["status"] == "running"
