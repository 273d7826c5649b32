from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governance import recovery
from governance.recovery import MOST_PRIOR_CALLS, Broken, Unrepeatable

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
RUN = {"maxSeconds": 100, "startedAt": "2026-03-04T05:06:07.000Z", "maxAttempts": 3}


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def call(seq: int, call_id: str, **told: Any) -> dict[str, Any]:
    return {"stream": "tool", "event": "call", "seq": seq, "payload": {"callId": call_id, "tool": "t", **told}}


def result(seq: int, call_id: str, status: str = "succeeded") -> dict[str, Any]:
    return {"stream": "tool", "event": "result", "seq": seq, "payload": {"callId": call_id, "status": status}}


@pytest.mark.parametrize("broken", [Broken.SILENT, Broken.LOST, Broken.PASSING])
def test_what_passes_by_gets_another_attempt_while_there_are_any(broken: Broken) -> None:
    assert recovery.goes_on(RUN, broken, later(1))
    assert recovery.goes_on({**RUN, "failures": 1}, broken, later(1))
    assert not recovery.goes_on({**RUN, "failures": 2}, broken, later(1))
    assert not recovery.goes_on({**RUN, "maxAttempts": None}, broken, later(1))


def test_an_attempt_that_reached_no_agent_is_none_of_those_it_declares() -> None:
    unreached = {**RUN, "maxAttempts": None, "failures": 2}
    assert recovery.goes_on(unreached, Broken.UNREACHABLE, later(1))
    assert recovery.goes_on({**unreached, "unreached": recovery.MOST_UNREACHED - 1}, Broken.UNREACHABLE, later(1))
    assert not recovery.goes_on({**unreached, "unreached": recovery.MOST_UNREACHED}, Broken.UNREACHABLE, later(1))
    assert not recovery.goes_on(unreached, Broken.UNREACHABLE, later(100))


@pytest.mark.parametrize("broken", [Broken.LATE, Broken.FAILED])
def test_what_another_attempt_cannot_cure_gets_none(broken: Broken) -> None:
    assert not recovery.goes_on(RUN, broken, later(1))


def test_no_attempt_begins_after_the_runs_time() -> None:
    assert recovery.goes_on(RUN, Broken.LOST, later(99))
    assert not recovery.goes_on(RUN, Broken.LOST, later(100))


def test_waiting_for_people_is_no_work() -> None:
    assert recovery.seconds_left({**RUN, "waitedMs": 50_000}, later(60)) == 90
    waiting = {**RUN, "waitedMs": 10_000, "waitingSince": "2026-03-04T05:07:07.000Z"}
    assert (recovery.waited_ms(waiting, later(90)), recovery.seconds_left(waiting, later(90))) == (40_000, 50)


def test_a_run_that_has_not_begun_has_all_its_time() -> None:
    assert recovery.seconds_left({"maxSeconds": 7}, later(10**6)) == 7


def test_pauses_double_up_to_a_minute() -> None:
    assert [recovery.pause_seconds(failures) for failures in (1, 2, 3, 6, 9, 10**6)] == [2, 4, 8, 60, 60, 60]


def test_calls_whose_outcome_a_checkpoint_knows_are_left_out() -> None:
    log = [call(2, "a"), result(3, "a"), call(4, "b"), call(6, "c"), result(7, "c", "failed"), result(8, "b")]
    found = recovery.prior_calls(log, 5)
    assert [(one.call_id, one.status) for one in found] == [("b", "succeeded"), ("c", "failed")]


def test_a_call_without_a_result_is_unknown_however_old() -> None:
    [found] = recovery.prior_calls([call(2, "a"), {**call(3, "x"), "stream": "assistant"}], 99)
    assert (found.call_id, found.status) == ("a", "unknown")


def test_more_calls_than_can_be_held_against_an_attempt_are_refused() -> None:
    log = [call(number, str(number)) for number in range(MOST_PRIOR_CALLS + 1)]
    assert len(recovery.prior_calls(log[1:], 0)) == MOST_PRIOR_CALLS
    with pytest.raises(Unrepeatable):
        recovery.prior_calls(log, 0)


def test_a_call_is_the_same_by_tool_and_arguments_whatever_their_order() -> None:
    log = [call(1, "a", arguments={"x": 1, "y": 2}), result(2, "a"), call(3, "b", arguments={"y": 2, "x": 1})]
    known = [one.as_dict() for one in recovery.prior_calls(log, 0)]
    found = recovery.made_before(known, "t", {"y": 2, "x": 1})
    assert found is not None
    assert (found["callId"], found["status"]) == ("b", "unknown")  # the one that nobody knows of counts first
    assert recovery.made_before(known, "t", {"x": 1}) is None
    assert recovery.made_before(known, "u", {"x": 1, "y": 2}) is None
