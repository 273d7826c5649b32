from typing import Any, cast

import pytest

from evaluation.suites import Suite
from governance.evidence.bundle import verified
from governance.version_identity import content_hash
from lambdas.evaluation_worker.evidence import EvidenceMaker
from platform_kit.errors import VersionTampered
from tests.audit_logs import KEY
from tests.evidence_bundles import CONTENT, TRUSTED, signed_by

VERSION_ID = "ver_" + "1" * 32
SUITE = Suite.model_validate(
    {
        "name": "golden",
        "description": "Says it again.",
        "agents": ["echo-agent"],
        "repeats": 2,
        "cases": [{"caseId": name, "input": name, "scorers": [{"type": "exact", "expected": "x"}]} for name in "ab"],
    }
)
RECORD = {
    "evaluationId": "evl_1",
    "agent": "a",
    "versionId": VERSION_ID,
    "contentHash": content_hash(CONTENT),
    "suite": "golden",
    "suiteVersion": 1,
    "suiteDigest": SUITE.digest(),
    "threshold": 0.5,
}


class Key:
    """A key of the tests' own."""

    key_id = "key-1"
    sign = staticmethod(signed_by(KEY))


class Kept:
    """A store, and the catalogue that has one version."""

    def __init__(self, **version: Any) -> None:
        self.bundles: list[bytes] = []
        self.version = {**CONTENT, **RECORD, "artifactKey": "agents/a/a.zip", **version}

    def keep(self, data: bytes) -> str:
        self.bundles.append(data)
        return "address"

    def get(self, _agent: str, _version_id: str) -> Any:
        return self.version


def leave(kept: Kept, *statuses: str) -> str:
    maker = EvidenceMaker(cast("Any", kept), cast("Any", kept), cast("Any", Key()), {"stage": "test"})
    cases = [{"caseId": "ab"[n // 2], "repeat": n % 2, "status": status} for n, status in enumerate(statuses)]
    return maker.leave(RECORD, SUITE, cases, "2026-03-04T05:06:07.890Z")


@pytest.mark.parametrize(
    ("statuses", "passed", "cases"),
    [
        (("passed", "passed", "passed", "passed"), True, 2),
        (("passed", "failed", "passed", "passed"), True, 1),
        (("passed", "failed", "error", "passed"), False, 0),
    ],
)
def test_a_case_passes_when_every_repeat_does(statuses: tuple[str, ...], *, passed: bool, cases: int) -> None:
    kept = Kept()
    assert leave(kept, *statuses) == "address"
    shown = verified(kept.bundles[0], TRUSTED, RECORD["contentHash"])  # type: ignore[arg-type] # a text
    assert (shown.passed, shown.passed_cases, shown.cases) == (passed, cases, 2)


def test_nothing_is_signed_about_another_content() -> None:
    kept = Kept(contentHash="b" * 64)
    with pytest.raises(VersionTampered):
        leave(kept, "passed", "passed", "passed", "passed")
    assert kept.bundles == []
