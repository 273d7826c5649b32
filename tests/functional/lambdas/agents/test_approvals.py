"""Approvals of promotions, and every way around them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from data_access_lib import keys
from tests.functional.agents.gating import (
    ADMIN,
    APPROVE,
    FIRST,
    GRAVE,
    OVERRIDE,
    PROMOTE,
    SECOND,
    THIRD,
    approved_by_two,
    asked,
    audited,
    candidate,
    certify,
    decide,
    gate,
    grave,
    of,
)
from tests.functional.agents.test_agents import OPERATOR, Ask, ask, promote
from tests.functional.moto_platform import machine, person, table

__all__ = ["ask"]


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


def test_of_two_who_promote_and_confirm_at_once_one_wins(ask: Ask) -> None:
    version = grave(ask)
    approved_by_two(ask, version)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: promote(ask, version["versionId"], "approved").status, range(4)))
    assert sorted(answers) == [200, 409, 409, 409]
    (told,) = [one for one in audited("version.promoted") if one["to"] == "approved"]
    assert told["gates"][2]["approvalId"]
