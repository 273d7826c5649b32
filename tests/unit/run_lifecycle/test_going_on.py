from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from data_access_lib.repositories.run_checkpoints import HANDED_OVER, Checkpoint
from governance.recovery import MOST_PRIOR_CALLS, PriorCall
from run_lifecycle.going_on import CannotGoOn, Continuation, keep_handed, prior_calls, told

AT = "2026-03-04T05:06:07.890Z"
OLD = PriorCall("old", "files.write", "succeeded", "0" * 64)


def left(seq: int, attempt: int = 1) -> Checkpoint:
    return Checkpoint(1, attempt, seq, "0" * 64, AT, {"step": 1})


def call(seq: int, call_id: str, name: str = "call", **fields: Any) -> dict[str, Any]:
    payload = {"callId": call_id, "tool": "files.write", "arguments": {}, **fields}
    return {"seq": seq, "stream": "tool", "event": name, "payload": payload}


@pytest.fixture
def store() -> Callable[[list[dict[str, Any]]], Any]:
    def of(events: list[dict[str, Any]]) -> Any:
        def read(_run_id: str, *, after: int, limit: int) -> list[dict[str, Any]]:
            return [event for event in events if event["seq"] > after][: min(limit, 2)]

        return SimpleNamespace(runs=SimpleNamespace(log=SimpleNamespace(read=read)))

    return of


def test_the_whole_log_is_read_page_by_page(store: Any) -> None:
    log = [call(seq, f"c{seq}") for seq in range(1, 8)]
    found = prior_calls({"runId": "run_1"}, store(log), None)
    assert [one.call_id for one in found] == [f"c{seq}" for seq in range(1, 8)]


def test_what_was_done_before_the_checkpoint_is_known_to_it(store: Any) -> None:
    log = [call(1, "a"), call(2, "a", "result", status="succeeded"), call(3, "b")]
    assert [one.call_id for one in prior_calls({"runId": "run_1"}, store(log), left(2))] == ["b"]


@pytest.mark.parametrize(
    ("checkpoint", "stands"),
    [(None, True), (left(0, HANDED_OVER), True), (left(5), False)],
    ids=["none", "handed over", "its own"],
)
def test_calls_of_the_job_before_stand_until_there_is_a_checkpoint_of_its_own(
    checkpoint: Checkpoint | None, store: Any, *, stands: bool
) -> None:
    run = {"runId": "run_1", "requeuedFrom": "job_1", "priorCalls": [OLD.as_dict()]}
    found = prior_calls(run, store([call(6, "new")]), checkpoint)
    assert [one.call_id for one in found] == (["old"] if stands else []) + ["new"]


def test_a_call_is_told_once_and_as_the_log_has_it(store: Any) -> None:
    """What an attempt was told is on the run's record when the next one asks."""
    kept = PriorCall("a", "files.write", "unknown", "0" * 64)
    run = {"runId": "run_1", "requeuedFrom": "job_1", "priorCalls": [kept.as_dict()]}
    log = [call(1, "a"), call(2, "a", "result", status="succeeded")]
    assert [one.status for one in prior_calls(run, store(log), None)] == ["succeeded"]


def test_calls_of_a_run_that_is_no_heir_are_those_of_its_log(store: Any) -> None:
    assert prior_calls({"runId": "run_1", "priorCalls": [OLD.as_dict()]}, store([]), None) == []


@pytest.mark.parametrize("own", [1, MOST_PRIOR_CALLS + 1])
def test_with_too_many_calls_it_cannot_go_on(own: int, store: Any) -> None:
    taken = [{**OLD.as_dict(), "callId": f"o{number}"} for number in range(MOST_PRIOR_CALLS)]
    run = {"runId": "run_1", "requeuedFrom": "job_1", "priorCalls": taken}
    with pytest.raises(CannotGoOn):
        prior_calls(run, store([call(seq, f"c{seq}") for seq in range(1, own + 1)]), None)


def test_the_record_of_an_heir_names_where_it_comes_from() -> None:
    assert Continuation("job_1").as_fields() == {"requeuedFrom": "job_1", "priorCalls": None}
    whole = Continuation("job_1", left(3), (OLD,)).as_fields()
    assert (whole["checkpointNumber"], whole["checkpointAt"], whole["priorCalls"]) == (1, AT, [OLD.as_dict()])


def test_an_agent_is_told_the_state_and_where_it_is_from() -> None:
    assert told(None) is None
    shown = told(left(3))
    assert shown == {"number": 1, "attempt": 1, "savedAt": AT, "sha256": "0" * 64, "state": {"step": 1}}


@pytest.mark.parametrize(
    ("run", "kept"),
    [
        ({"recorded": True, "attempt": 2, "resume": {"checkpoint": None}}, [("run_1", 2, {"checkpoint": None})]),
        ({"recorded": True, "attempt": 1, "requeuedFrom": "job_1"}, [("run_1", 1, None)]),
        ({"recorded": True, "attempt": 1}, []),
        ({"recorded": None, "attempt": 2, "resume": {"checkpoint": None}}, []),
        ({"attempt": 1, "requeuedFrom": "job_1", "resume": {"checkpoint": None}}, []),
    ],
)
def test_only_of_a_recorded_run_that_goes_on_is_kept_what_it_is_told(run: dict[str, Any], kept: list[Any]) -> None:
    found: list[Any] = []
    store: Any = SimpleNamespace(recordings=SimpleNamespace(hand=lambda *told: found.append(told)))
    assert keep_handed({"runId": "run_1", **run}, store) == {"runId": "run_1", **run}
    assert found == kept
