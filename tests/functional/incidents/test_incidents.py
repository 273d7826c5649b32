"""From a run that is halted to the incident, what is done about it, and the document in the end."""

from typing import Any

import pytest

from tests.functional.incidents.conftest import (
    GLOBEX,
    MITIGATE,
    OPERATOR,
    POSTMORTEM,
    PUT_HOLD,
    RESET,
    VIEWER,
    World,
    entries,
)
from tests.functional.moto_platform import machine, table


def test_a_halted_run_opens_an_incident_that_says_why(world: World) -> None:
    run = world.halt()
    [incident] = world.incidents(VIEWER)
    assert (incident["kind"], incident["severity"], incident["status"]) == ("repeated-denials", "S2", "open")
    assert (incident["agent"], incident["halt"], incident["count"]) == ("echo-agent", "SAFETY", 1)
    shown = world.show(incident["incidentId"], VIEWER)
    [entry] = shown.json["timeline"]
    assert (entry["source"], entry["detail"]["halt"]["rule"]) == (run["runId"], "denials")
    assert shown.headers["etag"] == '"1"'


def test_halts_of_one_kind_fold_into_one_incident_and_of_another_do_not(world: World) -> None:
    runs = [world.halt(), world.halt(), world.stuck()]
    found = {incident["kind"]: incident for incident in world.incidents()}
    assert {kind: incident["count"] for kind, incident in found.items()} == {"repeated-denials": 2, "run-halted": 1}
    timeline = world.show(found["repeated-denials"]["incidentId"]).json["timeline"]
    assert {entry["source"] for entry in timeline} == {run["runId"] for run in runs[:2]}
    assert found["run-halted"]["severity"] == "S3"


def test_a_run_that_goes_on_asking_after_its_halt_is_counted_once(world: World) -> None:
    run = world.halt()
    for _ in range(3):
        assert world.gateway.tool(run, "files.read", fileId="fil_" + "1" * 32).status == 409
    [incident] = world.incidents()
    assert incident["count"] == 1


def test_an_incident_that_cannot_be_written_does_not_stop_the_halt(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from data_access_lib.repositories.incidents import Incidents

    def broken(*_: object) -> Any:
        raise RuntimeError("out of order")

    monkeypatch.setattr(Incidents, "report", broken)
    world.halt()
    assert '"IncidentLost":[1.0]' in capsys.readouterr().out.replace(" ", "")
    assert world.incidents() == []


def test_lists_are_narrowed_by_status_and_severity(world: World) -> None:
    world.halt()
    world.stuck()
    assert [incident["severity"] for incident in world.incidents(severity="S3")] == ["S3"]
    assert world.incidents(status="resolved") == []
    assert world.ask("GET /v1/incidents", query={"status": "asleep"}).status == 400


def test_an_incident_is_another_tenants_business_to_nobody(world: World) -> None:
    world.halt()
    [incident] = world.incidents()
    incident_id = incident["incidentId"]
    assert world.incidents(GLOBEX) == []
    assert world.show(incident_id, GLOBEX).status == 404
    assert world.patch(incident_id, '"1"', GLOBEX, status="resolved").status == 404
    assert world.mitigate(incident_id, GLOBEX, action="pause").status == 404


def test_a_machine_for_one_agent_sees_no_other_agents_incidents(world: World) -> None:
    world.halt()
    [incident] = world.incidents()
    key = machine("acme", "incidents:read", agents="agent-b")
    assert world.incidents(key) == []
    assert world.show(incident["incidentId"], key).status == 404


def test_an_incident_is_worked_on_by_one_at_a_time(world: World) -> None:
    world.halt()
    [incident] = world.incidents()
    incident_id = incident["incidentId"]
    changed = world.patch(incident_id, '"1"', assignee="ada", severity="S1", note="I look at it")
    assert (changed.status, changed.json["assignee"], changed.json["severity"]) == (200, "ada", "S1")
    assert changed.headers["etag"] == '"2"'
    assert world.patch(incident_id, '"1"', assignee="bob").status == 412
    last = changed.json["timeline"][-1]
    assert (last["note"], last["auditSeq"]) == ("I look at it", 1)
    assert world.chain() == [("incident.updated", incident_id)]


def test_a_resolved_incident_is_open_again_when_it_happens_again(world: World) -> None:
    world.halt()
    [incident] = world.incidents()
    world.patch(incident["incidentId"], '"1"', status="resolved")
    world.halt()
    [again] = world.incidents()
    assert (again["incidentId"], again["status"], again["count"]) == (incident["incidentId"], "open", 2)
    assert world.show(again["incidentId"]).headers["etag"] == '"3"'


@pytest.mark.parametrize(
    ("steps", "status"), [(["resolved", "mitigated"], 409), (["mitigated", "open", "resolved", "open"], 200)]
)
def test_only_what_may_become_of_an_incident_becomes_of_it(world: World, steps: list[str], status: int) -> None:
    world.halt()
    [incident] = world.incidents()
    answers = [
        world.patch(incident["incidentId"], f'"{number}"', status=step) for number, step in enumerate(steps, start=1)
    ]
    assert answers[-1].status == status


def test_what_was_learnt_is_written_down_when_it_is_over(world: World) -> None:
    world.halt()
    [incident] = world.incidents()
    incident_id = incident["incidentId"]
    assert world.patch(incident_id, '"1"', postmortem="The prompt was wrong.").status == 422
    done = world.patch(incident_id, '"1"', status="resolved", postmortem="The prompt was wrong.")
    assert (done.status, done.json["postmortem"]) == (200, "The prompt was wrong.")


# What is done about it


def test_three_grave_halts_within_the_hour_latch_the_agent_until_a_reset(world: World) -> None:
    for _ in range(2):
        world.halt()
    assert (world.hold()["state"], world.hold()["graveHalts"]) == ("active", 2)
    world.halt()
    held = world.hold()
    [incident] = world.incidents()
    assert (held["state"], held["by"], held["incidentId"]) == ("halted", "governor", incident["incidentId"])
    assert "hold" in [kind for kind, _ in entries(world.show(incident["incidentId"]))]
    reset = world.ask(RESET, path={"agent": "echo-agent"}, body={"reason": "the prompt is repaired"})
    assert (reset.status, reset.json["state"], reset.json["graveHalts"]) == (200, "active", 0)
    assert [one["state"] for one in reset.json["resets"]] == ["halted"]
    assert world.chain() == [("agent.reset", "echo-agent")]


def test_what_was_counted_before_a_reset_does_not_count_again(world: World) -> None:
    for _ in range(2):
        world.halt()
    world.ask(RESET, path={"agent": "echo-agent"}, body={"reason": "looked at"})
    world.halt()
    assert (world.hold()["state"], world.hold()["graveHalts"]) == ("active", 1)


def test_runs_that_are_stuck_latch_nothing(world: World) -> None:
    for _ in range(4):
        world.stuck()
    assert (world.hold()["state"], world.hold()["graveHalts"]) == ("active", 0)
    assert world.ask(RESET, path={"agent": "echo-agent"}, body={"reason": "x"}).status == 409


def test_an_agent_is_paused_because_of_an_incident(world: World) -> None:
    world.halt()
    [incident] = world.incidents()
    incident_id = incident["incidentId"]
    done = world.mitigate(incident_id, action="pause")
    assert (done.status, done.json["target"], done.json["status"], done.json["auditSeq"]) == (
        *(200, "echo-agent", "mitigated"),
        1,
    )
    assert world.hold()["state"] == "paused"
    assert entries(world.show(incident_id))[-1] == ("mitigation", "pause echo-agent")
    assert world.mitigate(incident_id, action="pause").status == 200, "twice is fine"
    assert world.chain() == [("agent.paused", "echo-agent")] * 2


def test_a_quarantine_ends_what_the_agent_has_going_and_nothing_else(world: World) -> None:
    world.halt()
    [incident] = world.incidents()
    going = [world.going(), world.going()]
    other = world.going("agent-b")
    done = world.mitigate(incident["incidentId"], action="quarantine")
    assert (done.status, done.json["ended"]) == (200, 2)
    assert [world.gateway.record(run)["status"] for run in (*going, other)] == ["cancelled", "cancelled", "running"]
    assert world.gateway.ask("heartbeat", going[0], {}).json["status"] == "cancelled"


def test_a_graver_hold_stands(world: World) -> None:
    def put(state: str, version: int) -> Any:
        body, headers = {"state": state, "reason": "r"}, {"If-Match": f'"{version}"'}
        return world.ask(PUT_HOLD, path={"agent": "echo-agent"}, body=body, headers=headers).json

    answers = [put("paused", 0), put("quarantined", 1), put("paused", 2)]
    assert [answer["state"] for answer in answers] == ["paused", "quarantined", "quarantined"]
    assert put("paused", 1)["status"] == 412, "it was seen otherwise"


def test_a_run_is_ended_because_of_an_incident(world: World) -> None:
    world.halt()
    [incident] = world.incidents()
    run = world.going()
    done = world.mitigate(incident["incidentId"], action="kill_run", target=run["runId"])
    assert (done.status, done.json["ended"]) == (200, 1)
    record = world.gateway.record(run)
    assert (record["status"], "because" in record["error"]["message"]) == ("cancelled", True)
    assert world.mitigate(incident["incidentId"], action="kill_run", target=run["runId"]).json["ended"] == 0


def test_a_key_is_revoked_because_of_an_incident(world: World) -> None:
    key_id, digest = "key_" + "1" * 32, "a" * 64
    secret = f'[{{"digest":"{digest}","prefix":"amb_1234","createdAt":1,"expiresAt":9999999999}}]'
    record = {"keyId": key_id, "name": "ci", "prefix": "amb_1234", "status": "active", "secrets": secret, "etag": 1}
    table("control").put_item(Item={"pk": "TENANT#acme#APIKEY", "sk": key_id, **record})
    credential = {"pk": f"TENANT#platform#CREDENTIAL#{digest}", "sk": "META"}
    table("control").put_item(Item={**credential, "id": key_id, "status": "active", "tenantId": "acme"})
    world.halt()
    [incident] = world.incidents()
    assert world.mitigate(incident["incidentId"], action="revoke").status == 422, "it does not say which"
    done = world.mitigate(incident["incidentId"], action="revoke", target=key_id)
    assert done.status == 200, done.json
    assert table("control").get_item(Key=credential)["Item"]["status"] == "revoked"
    assert table("control").get_item(Key={"pk": "TENANT#acme#APIKEY", "sk": key_id})["Item"]["status"] == "revoked"
    assert world.chain() == [("api_key.revoked", key_id)]


@pytest.mark.parametrize(
    ("action", "target"), [("pause", "nobody"), ("revoke", "key_" + "2" * 32), ("kill_run", "run_" + "2" * 32)]
)
def test_what_is_not_there_cannot_be_stopped(world: World, action: str, target: str) -> None:
    world.halt()
    [incident] = world.incidents()
    assert world.mitigate(incident["incidentId"], action=action, target=target).status == 404
    assert world.show(incident["incidentId"]).json["status"] == "open"


def test_only_administrators_in_person_mitigate(world: World) -> None:
    world.halt()
    [incident] = world.incidents()
    key = machine("acme", "incidents:read", "incidents:write")
    for who in (VIEWER, key):
        assert world.ask(MITIGATE, who, path={"id": incident["incidentId"]}, body={"action": "pause"}).status == 403


# Several agents


def test_three_agents_that_fall_one_after_the_other_are_a_cascade_and_its_origin_is_paused(world: World) -> None:
    for agent in ("agent-b", "echo-agent", "agent-c"):
        world.halt_with_a_read(agent)
    [cascade] = [incident for incident in world.incidents() if incident["kind"] == "cascade"]
    assert (cascade["severity"], cascade["agent"]) == ("S1", "agent-b")
    shown = world.show(cascade["incidentId"])
    assert shown.json["timeline"][0]["detail"]["agents"] == ["agent-b", "echo-agent", "agent-c"]
    assert world.hold("agent-b")["state"] == "paused"
    assert [world.hold(agent)["state"] for agent in ("echo-agent", "agent-c")] == ["active", "active"]


def test_agents_that_share_nothing_are_no_cascade(world: World) -> None:
    for agent in ("agent-b", "echo-agent", "agent-c"):
        world.halt(agent)
    assert {incident["kind"] for incident in world.incidents()} == {"repeated-denials"}


# The document


def test_the_document_tells_what_happened_what_was_decided_and_what_was_done(world: World) -> None:
    run = world.halt()
    [incident] = world.incidents()
    incident_id = incident["incidentId"]
    world.mitigate(incident_id, action="pause")
    answer = world.ask(POSTMORTEM, VIEWER, path={"id": incident_id})
    assert answer.headers["content-type"].startswith("text/markdown")
    text = answer.json
    for told in (incident_id, run["runId"], "deny\\-not\\-granted", "halted SAFETY", "pause echo\\-agent"):
        assert told in text, told
    assert "Entries of the audit log: 1." in text
    assert text.count("files.write DENY") == 5


# The platform's


def test_this_function_serves_no_operator(world: World) -> None:
    """It can read what tenants run: see tests/infra/test_permissions.py."""
    for route in ("GET /v1/incidents", "GET /v1/platform/incidents"):
        assert world.ask(route, OPERATOR).status in {403, 404}
