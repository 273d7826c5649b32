from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest

from governance.events import facts
from governance.events.catalogue import event_type
from governance.events.envelope import PlatformEvent

NOW = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)
AT = "2026-11-22T10:15:30.000Z"
HEX = "0198c0de" + "0" * 24
RUN: dict[str, Any] = {
    "runId": f"run_{HEX}",
    "agent": "analyst-agent",
    "versionId": f"ver_{HEX}",
    "sessionId": f"ses_{HEX}",
    "createdAt": AT,
    "finishedAt": AT,
    "durationMs": 5,
    "costPico": 150_000_000,
    "inputTokens": 3,
    "output": "a secret answer",
    "input": "a secret question",
    "error": {"code": "AGENT_FAILED", "message": "the customer's own text"},
}
APPROVAL: dict[str, Any] = {
    "approvalId": f"apr_{HEX}",
    "kind": "tool",
    "status": "pending",
    "runId": f"run_{HEX}",
    "agent": "analyst-agent",
    "tool": "payments.refund",
    "risk": "high",
    "requiredRoles": ["Tenant.Admin"],
    "createdAt": AT,
    "expiresAt": 1_800_000_000_000,
}


def holds(event: PlatformEvent | None) -> PlatformEvent:
    """The event, when its data is what the catalogue promises."""
    assert event is not None
    jsonschema_rs.validate(event_type(event.type).schema(), dict(event.data))
    assert event.data[event_type(event.type).subject]
    return event


@pytest.mark.parametrize("status", ["succeeded", "failed", "halted", "cancelled", "timed_out"])
def test_a_job_tells_how_it_ended_and_a_halted_one_that_it_was_halted(status: str) -> None:
    told = facts.of_run("acme", {**RUN, "jobId": f"job_{HEX}", "status": status})
    halted = ["run.halted"] if status == "halted" else []
    assert [holds(event).type for event in told] == [f"job.{status}", *halted]


def test_a_run_that_is_no_job_tells_only_that_it_was_halted() -> None:
    assert facts.of_run("acme", {**RUN, "status": "succeeded"}) == []
    (event,) = facts.of_run("acme", {**RUN, "status": "halted"})
    assert "jobId" not in holds(event).data


def test_nothing_that_was_said_is_told() -> None:
    for event in facts.of_run("acme", {**RUN, "jobId": f"job_{HEX}", "status": "halted"}):
        assert "secret" not in repr(event)
        assert "own text" not in repr(event)


def test_the_same_fact_is_the_same_event_and_another_tenants_is_another() -> None:
    run = {**RUN, "jobId": f"job_{HEX}", "status": "succeeded"}
    assert facts.of_run("acme", run) == facts.of_run("acme", dict(run))
    ids = {facts.of_run(tenant, run)[0].event_id for tenant in ("acme", "globex")}
    assert len(ids) == 2


def test_the_endpoint_that_a_run_names_is_told_whatever_it_asked_for() -> None:
    (event,) = facts.of_run("acme", {**RUN, "jobId": f"job_{HEX}", "status": "failed", "webhookId": f"whk_{HEX}"})
    assert event.also_to == f"whk_{HEX}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [("pending", "approval.requested"), ("approved", "approval.decided"), ("denied", "approval.decided")],
)
def test_an_approval_tells_that_it_was_asked_for_and_decided(status: str, kind: str) -> None:
    event = holds(facts.of_approval("acme", {**APPROVAL, "status": status, "decidedAt": AT}))
    assert event.type == kind


def test_an_approval_that_is_over_tells_so_as_of_its_end_whoever_wrote_it_down() -> None:
    over = {**APPROVAL, "status": "expired"}
    event = holds(facts.of_approval("acme", over))
    assert (event.type, event.time) == ("approval.expired", event.data["expiresAt"])
    assert event == facts.of_approval("acme", {**over, "decidedAt": AT})


@pytest.mark.parametrize("status", ["consumed", "void"])
def test_of_every_other_state_of_an_approval_nothing_is_told(status: str) -> None:
    assert facts.of_approval("acme", {**APPROVAL, "status": status}) is None


def test_an_incident_tells_what_it_is_about() -> None:
    incident = {"incidentId": f"inc_{HEX}", "kind": "run-halted", "severity": "S2", "about": "agent:a", "openedAt": AT}
    assert "agent" not in holds(facts.of_incident("acme", incident)).data
    assert holds(facts.of_incident("acme", {**incident, "agent": "a"})).data["agent"] == "a"


def test_a_suspension_is_told_without_its_reason() -> None:
    tenant = {"tenantId": "acme", "status": "suspended", "suspendedAt": AT, "suspensionReason": "unpaid"}
    assert "unpaid" not in repr(holds(facts.of_suspension(tenant)))
    assert facts.of_suspension({**tenant, "status": "active"}) is None


def test_a_version_tells_that_it_was_approved_and_where_and_that_it_was_taken_back() -> None:
    version = {"agent": "a", "versionId": f"ver_{HEX}", "status": "approved", "approvedAt": AT, "updatedAt": AT}
    other = f"ver_{HEX[:-1]}1"
    first = holds(facts.of_version("acme", version, {"approvedVersionId": f"ver_{HEX}"}))
    second = holds(facts.of_version("acme", version, {"secondVersionId": f"ver_{HEX}"}))
    back = holds(facts.of_version("acme", {**version, "status": "rolled_back"}, {"approvedVersionId": other}))
    assert (first.data["place"], second.data["place"]) == ("default", "second")
    assert (back.type, back.data["approvedVersion"]) == ("agent.version.rolled_back", other)
    assert facts.of_version("acme", {**version, "status": "candidate"}, {}) is None


@pytest.mark.parametrize(
    ("spent", "percents"), [(0, []), (49, []), (50, [50]), (79, [50]), (80, [50, 80]), (130, [50, 80, 100])]
)
def test_thresholds_are_reached_from_their_share_on(spent: int, percents: list[int]) -> None:
    assert facts.reached(spent, 100) == percents
    assert facts.reached(spent, 0) == []


def test_a_threshold_tells_what_is_spent_of_what() -> None:
    event = holds(facts.of_budget("acme", "2026-11", 80, 40 * 10**12, 50 * 10**12, NOW))
    assert event.data["spent"]["amount"] == "40.000000"


def test_a_disabled_endpoint_is_told_to_all_and_a_test_to_one() -> None:
    endpoint = {"webhookId": f"whk_{HEX}", "disabledAt": AT, "disabledReason": "failing", "failingSince": AT}
    assert holds(facts.of_webhook("acme", endpoint)).only_to == ""
    test = holds(facts.of_test("acme", f"whk_{HEX}", NOW, f"evt_{HEX}"))
    asked = holds(facts.of_challenge("acme", f"whk_{HEX}", "abc", NOW, f"evt_{HEX}"))
    assert (test.only_to, asked.only_to) == (f"whk_{HEX}", f"whk_{HEX}")
