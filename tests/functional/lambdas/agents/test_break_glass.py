"""Promotions past closed gates."""

from datetime import UTC, datetime, timedelta

import pytest

from data_access_lib import keys
from platform_kit.errors import DependencyUnavailable
from tests.functional.agents.gating import (
    ADMIN,
    FIRST,
    GRAVE,
    PROMOTE,
    audited,
    candidate,
    confirm,
    of,
    overridden,
    strict,
)
from tests.functional.agents.test_agents import Ask, ask, promote, status
from tests.functional.moto_platform import table

__all__ = ["ask", "strict"]


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

    def test_what_people_on_call_do_not_see_does_not_happen(
        self, strict: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The security event is in the same write: none is lost, and no promotion is made without it."""
        from data_access_lib.repositories.security_events import SecurityEvents

        def refuse(*_: object) -> None:
            raise DependencyUnavailable("later")

        version = candidate(strict)
        request = overridden(strict, version).json["requestId"]
        assert '"PromotionBreakGlassRequested"' in capsys.readouterr().out
        with monkeypatch.context() as lost:
            lost.setattr(SecurityEvents, "record", refuse)
            lost.setattr(SecurityEvents, "record_in", refuse, raising=False)
            assert confirm(strict, version, request).status == 503
            assert overridden(strict, version).status == 503
        assert status(strict, version["versionId"]) == "candidate"
        assert len(audited("version.break_glass_requested")) == 1
        assert confirm(strict, version, request).status == 200

    def test_a_confirmed_request_says_so_when_it_is_confirmed_again(self, strict: Ask) -> None:
        version = candidate(strict)
        request = overridden(strict, version).json["requestId"]
        assert confirm(strict, version, request).status == 200
        again = confirm(strict, version, request)
        assert (again.status, "promoted by it" in again.json["detail"]) == (409, True)

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
