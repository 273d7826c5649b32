"""Certifications open their gate, for their time."""

from datetime import UTC, datetime, timedelta

import pytest

from platform_kit.clock import rfc3339
from tests.functional.agents.gating import REVOKE, SECOND, candidate, certify, gate, numbers, of
from tests.functional.agents.test_agents import MANIFEST, OPERATOR, TEMPLATE, Ask, ask, package, promote

__all__ = ["ask"]


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
        body = {**package(next(numbers)), "manifest": {**MANIFEST, "certifications": ["vibes"]}}
        assert ask("POST /v1/templates/{id}/versions", path={"id": "echo-agent"}, body=body).status == 400
        assert certify(ask, candidate(ask), kind="vibes").status == 400
