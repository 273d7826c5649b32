"""The gate of evaluations: evidence opens it and nothing else does."""

from typing import Any

import pytest

from data_access_lib import keys
from tests.functional.agents.gating import (
    ADMIN,
    GATES,
    audited,
    bundle,
    candidate,
    confirm,
    evaluated,
    gate,
    keep,
    of,
    overridden,
    require,
    strict,
)
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


OPTIONAL: dict[str, Any] = {"name": "core", "required": False}


def required_suites(ask: Ask, version: dict[str, Any]) -> dict[str, list[str]]:
    shown = ask(GATES, path=of(version)).json["requiredSuites"]
    return {one["suite"]: one["by"] for one in shown}


class TestSuitesThatTheManifestNames:
    def test_is_required_whatever_its_own_mark_says(self, ask: Ask) -> None:
        require(**OPTIONAL)
        version = candidate(ask, evaluations=["core"])
        assert "core: It has not been evaluated" in gate(ask, version, "evaluation")["why"]
        assert promote(ask, version["versionId"], "approved").json["code"] == "PROMOTION_REFUSED"
        evaluated(version, suite="core")
        assert promote(ask, version["versionId"], "approved").status == 200
        (told,) = [one for one in audited("version.promoted") if one["to"] == "approved"]
        assert told["gates"][0]["evidence"][0]["requiredBy"] == ["manifest"]

    def test_comes_beside_what_the_platform_requires(self, strict: Ask) -> None:
        require()
        require(**OPTIONAL)
        version = candidate(strict, evaluations=["core"])
        evaluated(version, suite="core")
        assert gate(strict, version, "evaluation")["why"].startswith("echo: ")
        evaluated(version)
        assert gate(strict, version, "evaluation")["holds"]
        assert required_suites(strict, version) == {"core": ["manifest"], "echo": ["suite"]}

    @pytest.mark.parametrize("stage", ["ask", "strict"])
    def test_one_that_is_not_there_closes_the_gate_and_is_named_with_the_command(
        self, stage: str, request: pytest.FixtureRequest
    ) -> None:
        on: Ask = request.getfixturevalue(stage)
        found = gate(on, candidate(on, evaluations=["core"]), "evaluation")
        assert found["why"] == "core: There is no such suite here: ambit suites push evaluations/core.json"
        assert not found["holds"]

    def test_one_that_is_for_other_agents_closes_the_gate(self, ask: Ask) -> None:
        require(**OPTIONAL, agents=["another"])
        version = candidate(ask, evaluations=["core"])
        evaluated(version, suite="core")
        assert "add echo-agent to its agents" in gate(ask, version, "evaluation")["why"]


class TestSuitesThatAnApprovedVersionNamed:
    @staticmethod
    def approved(ask: Ask) -> dict[str, Any]:
        require(**OPTIONAL)
        version = candidate(ask, evaluations=["core"])
        evaluated(version, suite="core")
        assert promote(ask, version["versionId"], "approved").status == 200
        return version

    def test_a_version_cannot_drop_one_nor_can_the_one_after_it(self, ask: Ask) -> None:
        self.approved(ask)
        second = candidate(ask)
        assert required_suites(ask, second) == {"core": ["approved"]}
        assert promote(ask, second["versionId"], "approved").json["code"] == "PROMOTION_REFUSED"
        evaluated(second, suite="core")
        assert promote(ask, second["versionId"], "approved").status == 200
        third = candidate(ask)
        assert (required_suites(ask, third), gate(ask, third, "evaluation")["holds"]) == ({"core": ["approved"]}, False)

    def test_nor_when_it_goes_beside_the_default(self, ask: Ask) -> None:
        promote(ask, candidate(ask)["versionId"], "approved")
        require(**OPTIONAL)
        second = candidate(ask, evaluations=["core"])
        evaluated(second, suite="core")
        body = {"to": "approved", "asDefault": False}
        assert ask("POST /v1/versions/{id}/promote", path=of(second), body=body).status == 200
        assert required_suites(ask, candidate(ask)) == {"core": ["approved"]}

    def test_nor_after_a_rollback(self, ask: Ask) -> None:
        first = candidate(ask)
        promote(ask, first["versionId"], "approved")
        second = self.approved(ask)
        body = {"reason": "slow"}
        assert ask("POST /v1/versions/{id}/rollback", path=of(second), body=body).status == 200
        assert required_suites(ask, candidate(ask)) == {"core": ["approved"]}

    def test_the_suite_itself_lets_the_agent_go(self, ask: Ask) -> None:
        self.approved(ask)
        version = candidate(ask)
        require(**OPTIONAL, agents=[])
        assert required_suites(ask, version) == {}
        assert gate(ask, version, "evaluation")["holds"]

    def test_what_was_promoted_past_the_gate_holds_nobody_to_a_suite_that_never_was(self, ask: Ask) -> None:
        version = candidate(ask, evaluations=["core"])
        asked = overridden(ask, version, ADMIN)
        assert confirm(ask, version, asked.json["requestId"]).status == 200
        assert required_suites(ask, candidate(ask)) == {}
