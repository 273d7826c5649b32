import json
from typing import Any

import pytest

from data_access_lib.codec import decode_item, encode_item
from data_access_lib.signals import AccessAttempt, AgentAttempt, OpsAccessSignals, print_line
from tests.stores import HandClock, WatchedClient, failure, raising

OPENED = {"pk": "TENANT#platform#INCIDENT", "sk": "inc", "count": 1, "status": "open"}
ATTEMPT = AccessAttempt("acme", "usr:1:ada", "get", "runs", "TENANT#globex#RUN#run_1")


def signals_with(client: Any, clock: HandClock) -> tuple[OpsAccessSignals, list[str]]:
    lines: list[str] = []
    return OpsAccessSignals(lambda: client, "ops", clock=clock, emit=lines.append), lines


def accepting() -> WatchedClient:
    client = WatchedClient()
    client.answers["put_item"] = lambda _: {}
    client.answers["update_item"] = lambda _: {
        "Attributes": encode_item({"pk": "TENANT#platform#INCIDENT", "sk": "s", **OPENED})
    }
    client.answers["transact_write_items"] = lambda _: {}
    return client


def test_a_violation_is_counted_as_an_embedded_metric_without_the_foreign_key(clock: HandClock) -> None:
    signals, lines = signals_with(accepting(), clock)
    signals.violation(ATTEMPT)
    [line] = lines
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": 1772600767890,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Ambit",
                    "Dimensions": [[], ["operation"]],
                    "Metrics": [{"Name": "TenantAccessViolation", "Unit": "Count"}],
                }
            ],
        },
        "TenantAccessViolation": 1,
        "operation": "get",
        "tenantId": "acme",
        "principalId": "usr:1:ada",
    }
    assert "globex" not in line


def test_a_violation_is_written_down_for_the_platforms_investigators(clock: HandClock) -> None:
    client = accepting()
    signals_with(client, clock)[0].violation(ATTEMPT)
    (operation, request), *_ = client.calls
    item = decode_item(request["Item"])
    event_id = item["eventId"]
    assert (operation, request["TableName"]) == ("put_item", "ops")
    assert event_id.startswith("evt_")
    assert item == {
        "pk": "TENANT#platform#SECURITY#2026-03-04",
        "sk": event_id,
        "eventId": event_id,
        "type": "tenant.access_violation",
        "severity": "critical",
        "tenantId": "acme",
        "principalId": "usr:1:ada",
        "operation": "get",
        "resource": "runs",
        "attempted": "TENANT#globex#RUN#run_1",
        "at": "2026-03-04T05:06:07.890Z",
        "ttl": 1772600767 + 400 * 86400,
    }


def test_a_hostile_key_is_written_bounded_and_printable(clock: HandClock) -> None:
    client = accepting()
    hostile = "a\0\n\x1b\u202e" + "x" * 500
    signals_with(client, clock)[0].violation(AccessAttempt("acme", "p", "get", "runs", hostile))
    assert decode_item(client.calls[0][1]["Item"])["attempted"] == "a" + "\ufffd" * 4 + "x" * 195


@pytest.mark.parametrize("error", [failure("InternalServerError"), RuntimeError("anything")])
def test_an_event_that_cannot_be_written_is_counted_and_stops_nothing(clock: HandClock, error: Exception) -> None:
    client = accepting()
    client.answers["put_item"] = raising(error)
    signals, lines = signals_with(client, clock)
    signals.violation(ATTEMPT)
    assert [json.loads(line).get("SecurityEventLost") for line in lines] == [None, 1]
    lost = json.loads(lines[1])
    assert lost["operation"] == "get"
    assert lost["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "SecurityEventLost", "Unit": "Count"}]
    assert "tenantId" not in lost


def test_metrics_go_to_standard_output_by_the_machines_clock(capsys: pytest.CaptureFixture[str]) -> None:
    OpsAccessSignals(accepting, "ops").violation(ATTEMPT)  # type: ignore[arg-type]  # a double
    print_line("next")
    printed = capsys.readouterr().out.splitlines()
    assert json.loads(printed[0])["TenantAccessViolation"] == 1
    assert printed[-1] == "next"


def test_a_violation_opens_an_incident_of_the_platforms(clock: HandClock, capsys: pytest.CaptureFixture[str]) -> None:
    client = accepting()
    signals_with(client, clock)[0].violation(ATTEMPT)
    _, (_, entry), (operation, incident) = client.calls
    told = decode_item(entry["Item"])
    assert (told["pk"].rpartition("#")[0], told["type"]) == ("TENANT#platform#TIMELINE", "fact")
    written = [decode_item(piece["Update"]["Key"])["pk"] for piece in incident["TransactItems"]]
    assert (operation, written) == ("transact_write_items", [f"TENANT#platform#INCIDENT{of}" for of in ("", "EPOCH")])
    assert "globex" not in json.dumps([entry, incident], default=str)
    opened, gravest = map(json.loads, capsys.readouterr().out.splitlines())
    assert gravest["GravestIncident"] == [1.0]
    assert (opened["kind"], opened["severity"], opened["IncidentOpened"]) == ("access-violation", "S1", [1.0])


def test_no_client_is_made_before_there_is_something_to_write() -> None:
    def client() -> Any:
        pytest.fail("made at once")

    OpsAccessSignals(client, "ops")


def test_what_an_agent_tried_is_an_event_and_a_write_that_fails_hides_nothing(clock: HandClock) -> None:
    written: list[dict[str, object]] = []

    class Table:
        def put_item(self, **request: Any) -> None:
            written.append(request["Item"])
            raise RuntimeError

    signals, lines = signals_with(Table(), clock)
    signals.agent_refused(AgentAttempt("acme", "run:run_1", "hostile-agent", "POST /v1/gateway/mcp", "RPC-32602\n"))
    assert (written[0]["type"], written[0]["severity"]) == ({"S": "agent.refused"}, {"S": "warning"})
    assert written[0]["attempted"] == {"S": "RPC-32602\N{REPLACEMENT CHARACTER}"}
    assert "SecurityEventLost" in lines[0]
