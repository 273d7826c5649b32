"""What happens between the judging of gates and the write of a promotion, forced into that very moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from data_access_lib.platform_incidents import report_switch, report_tampered, table_of
from data_access_lib.repositories.incidents import Incidents
from data_access_lib.signals import Tampered
from lambdas.agents import break_glass, promotion
from tests.functional.agents.gating import (
    ADMIN,
    GRAVE,
    PROMOTE,
    REVOKE,
    SECOND,
    approved_by_two,
    candidate,
    certify,
    confirm,
    of,
    overridden,
)
from tests.functional.agents.test_agents import Ask, ask, promote, status
from tests.functional.moto_platform import Answer, client, table
from tests.stores import SeenSignals

__all__ = ["ask"]
CERTIFIED: dict[str, Any] = {"certifications": ["privacy-review"]}
NOTHING = {"kind": "privacy-review"}


def just_before_the_write(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen once, after the gates were judged and held."""
    judged, left = promotion._refuse_unless_open, [happens]

    def then(findings: Any) -> None:
        judged(findings)
        if left:
            left.pop()()

    monkeypatch.setattr(promotion, "_refuse_unless_open", then)


def incident_table() -> Any:
    return table_of(client("dynamodb"), table("ops").name, SeenSignals())


def tampered(agent: str = "echo-agent") -> None:
    report_tampered(incident_table(), Tampered(agent, "ver_" + "1" * 32, "recordHash"), datetime.now(UTC))


def switched() -> None:
    named = {"switchId": "ksw_" + "1" * 32, "scope": "agent", "target": "echo-agent", "reason": "r", "createdBy": "me"}
    report_switch(incident_table(), named, datetime.now(UTC))


def reopened() -> None:
    incidents = Incidents(incident_table())
    (incident,) = incidents.list().items
    incidents.change(incident, {"status": "open"})


def refused(ask: Ask, version: dict[str, Any], answer: Answer) -> bool:
    assert (answer.status, answer.json["code"]) == (409, "CONFLICT"), answer.json
    assert "changed at this moment" in answer.json["detail"]
    return status(ask, version["versionId"]) == "candidate"


@pytest.mark.parametrize("happens", [tampered, switched])
def test_an_incident_that_is_opened_stops_it_and_shows_the_next_time(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]
) -> None:
    version = candidate(ask)
    just_before_the_write(monkeypatch, happens)
    assert refused(ask, version, promote(ask, version["versionId"], "approved"))
    again = promote(ask, version["versionId"], "approved")
    assert [one["pointer"] for one in again.json["errors"]] == ["/gates/incidents"]


def test_an_incident_that_is_opened_again_by_hand_stops_it(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    version = candidate(ask)
    tampered()
    incidents = Incidents(incident_table())
    (incident,) = incidents.list().items
    incidents.change(incident, {"status": "resolved"})
    just_before_the_write(monkeypatch, reopened)
    assert refused(ask, version, promote(ask, version["versionId"], "approved"))


def test_an_incident_of_another_agent_asks_for_another_look_and_no_more(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = candidate(ask)
    just_before_the_write(monkeypatch, lambda: tampered("another"))
    assert refused(ask, version, promote(ask, version["versionId"], "approved"))
    assert promote(ask, version["versionId"], "approved").status == 200


def test_a_certification_that_is_revoked_stops_it(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    version = candidate(ask, **CERTIFIED)
    granted = certify(ask, version, **NOTHING).json["certificationId"]

    def revoke() -> None:
        path = {**of(version), "certificationId": granted}
        assert ask(REVOKE, SECOND, path=path, body={"reason": "seen otherwise"}).status == 200

    just_before_the_write(monkeypatch, revoke)
    assert refused(ask, version, promote(ask, version["versionId"], "approved"))
    again = promote(ask, version["versionId"], "approved")
    assert [one["pointer"] for one in again.json["errors"]] == ["/gates/certification"]


def test_one_that_is_revoked_beside_another_that_holds_stops_nothing(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    version = candidate(ask, **CERTIFIED)
    older = certify(ask, version, **NOTHING).json["certificationId"]
    certify(ask, version, **NOTHING)
    path = {**of(version), "certificationId": older}
    just_before_the_write(monkeypatch, lambda: ask(REVOKE, SECOND, path=path, body={"reason": "the older one"}))
    assert promote(ask, version["versionId"], "approved").status == 200


def test_neither_is_gone_past_when_a_version_becomes_the_second(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    promote(ask, candidate(ask)["versionId"], "approved")
    version = candidate(ask)
    just_before_the_write(monkeypatch, tampered)
    body = {"to": "approved", "asDefault": False}
    assert refused(ask, version, ask(PROMOTE, path=of(version), body=body))


@pytest.mark.parametrize("what", ["incident", "certification"])
def test_break_glass_goes_past_the_gates_that_were_seen_and_not_past_this(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    version = candidate(ask, **GRAVE)
    granted = certify(ask, version).json["certificationId"]
    request = overridden(ask, version, ADMIN).json
    assert [one["gate"] for one in request["closed"]] == ["approvals"]
    path = {**of(version), "certificationId": granted}
    happens: dict[str, Callable[[], object]] = {
        "incident": tampered,
        "certification": lambda: ask(REVOKE, SECOND, path=path, body={"reason": "seen otherwise"}),
    }
    seen = break_glass.Overrides._check_seen

    def then(record: Any, closed: Any) -> None:
        seen(record, closed)
        happens[what]()

    monkeypatch.setattr(break_glass.Overrides, "_check_seen", staticmethod(then))
    assert refused(ask, version, confirm(ask, version, request["requestId"]))


def test_what_nobody_disturbs_is_promoted_with_all_that_it_holds_by(ask: Ask) -> None:
    version = candidate(ask, **GRAVE)
    certify(ask, version)
    approved_by_two(ask, version)
    tampered("another")
    assert promote(ask, version["versionId"], "approved").status == 200
