from typing import Any

from governance.audit.intents import Unjoined, unjoined


def entry(seq: int, action: str, run: str = "run_1", **detail: Any) -> dict[str, Any]:
    return {"seq": seq, "action": action, "target": run, "detail": detail}


def test_an_intent_without_outcome_in_a_run_that_is_over_is_told() -> None:
    log = [
        entry(1, "tool.called", callId="a", tool="files.read"),
        entry(2, "tool.called", callId="b", tool="files.write"),
        entry(3, "tool.succeeded", callId="a"),
        entry(4, "run.failed"),
    ]
    assert unjoined(log) == [Unjoined(2, "run_1", "b", "files.write")]
    assert unjoined(log[:3]) == [], "the run is going: its call may be too"


def test_an_outcome_joins_the_call_of_its_own_run_alone() -> None:
    log = [
        entry(1, "tool.called", callId="a", tool="t"),
        entry(2, "tool.failed", "run_2", callId="a"),
        entry(3, "run.halted"),
        entry(4, "run.succeeded", "run_2"),
    ]
    assert [one.seq for one in unjoined(log)] == [1]


def test_entries_whose_detail_was_erased_say_nothing() -> None:
    assert unjoined([{"seq": 1, "action": "tool.called", "target": "run_1"}, entry(2, "run.failed")]) == []
