"""The gate of evaluations: evidence opens it and nothing else does."""

from typing import Any

import pytest

from data_access_lib import keys
from tests.functional.agents.gating import audited, bundle, candidate, evaluated, gate, keep, require, strict
from tests.functional.agents.test_agents import Ask, ask, promote
from tests.functional.moto_platform import AUDIT_BUCKET, client

__all__ = ["ask", "strict"]


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
