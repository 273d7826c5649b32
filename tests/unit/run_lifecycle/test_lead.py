from datetime import UTC, datetime, timedelta

import pytest

from run_lifecycle import lead

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
RUN = {"agentMode": "async", "maxSeconds": 900, "heartbeatSeconds": 20}


def test_an_agent_of_its_own_has_the_runs_time_and_its_own_silence() -> None:
    found = lead.to_work(RUN, NOW)
    assert (found["next"], found["timeoutSeconds"], found["heartbeatSeconds"]) == ("start", 900, 20)


def test_who_is_led_has_time_to_be_settled() -> None:
    assert lead.to_work({"agentMode": "sync", "maxSeconds": 900}, NOW)["timeoutSeconds"] == 960


@pytest.mark.parametrize("seconds", [0, 1, 5, 20])
def test_a_heartbeat_is_always_shorter_than_its_timeout(seconds: int) -> None:
    found = lead.to_work({**RUN, "maxSeconds": seconds}, NOW)
    assert 0 < found["heartbeatSeconds"] < found["timeoutSeconds"]


def test_people_have_until_the_approval_ends_and_no_less_than_a_second() -> None:
    until = int((NOW + timedelta(seconds=90, milliseconds=1)).timestamp() * 1000)
    assert lead.to_wait({"expiresAt": until}, NOW)["waitSeconds"] == 91
    assert lead.to_wait({"expiresAt": 1}, NOW)["waitSeconds"] == 1


def test_every_number_that_the_workflow_reads_is_always_there() -> None:
    names = {"next", "delaySeconds", "timeoutSeconds", "heartbeatSeconds", "waitSeconds"}
    every = [lead.SETTLE, lead.OVER, lead.to_work(RUN, NOW), lead.to_wait({"expiresAt": 1}, NOW)]
    assert [set(found) for found in every] == [names] * 4
