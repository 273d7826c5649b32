from datetime import UTC, datetime
from typing import Any

import pytest

from data_access_lib.errors import NotReplayable
from governance.run_state import RunStatus
from run_lifecycle.outcome import Failure, Outcome, assistant, lifecycle
from run_lifecycle.replaying import as_replay, is_late, new_replay, plan_of, recorded_calls, told_by

RUN: dict[str, Any] = {"runId": "run_1", "agent": "a", "versionId": "ver_1", "mode": "sync", "sessionId": "ses_1"}
CALL = {"kind": "tool", "name": "t", "hash": "h", "position": 1, "over": 2, "answer": {}}


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 2, tzinfo=UTC)


def test_a_replay_begins_with_what_it_is_to_find() -> None:
    plan = plan_of([CALL])
    made = new_replay(RUN, "ver_2", "usr:1:ada", "stop", plan, FixedClock())
    assert made["replayId"].startswith("rpl_")
    assert (made["versionId"], made["recordedVersionId"], made["replayPlan"]) == (
        "ver_2",
        "ver_1",
        [["tool", "t", "h", 1, 2]],
    )
    assert not is_late(made, FixedClock())
    assert is_late({**made, "deadline": 0}, FixedClock())
    assert not is_late({**made, "deadline": 0, "status": "finished"}, FixedClock())


def test_the_agent_is_called_as_its_run_was_but_for_token_and_version() -> None:
    called = as_replay({**RUN, "runtimeArn": "old"}, {"replayId": "rpl_1", "versionId": "ver_2"}, "new")
    assert called == {**RUN, "replayId": "rpl_1", "versionId": "ver_2", "runtimeArn": "new"}


def test_what_an_agent_answered_is_its_events_and_its_end() -> None:
    delta, output = assistant({"type": "delta", "text": "x"}), assistant({"type": "output", "output": 1})
    told = told_by(Outcome(RunStatus.SUCCEEDED, output=1, last=(output, lifecycle("guardrails"))), [delta])
    assert (told.events, told.outcome) == ([delta.payload, output.payload], {"status": "succeeded", "output": 1})
    failed = told_by(Outcome(RunStatus.FAILED, failure=Failure("AGENT_FAILED", "no")), [])
    assert failed.outcome == {"status": "failed", "error": {"code": "AGENT_FAILED", "message": "no"}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "running"}, "not_over"),
        ({"status": "awaiting_approval"}, "not_over"),
        ({"recorded": None}, "not_recorded"),
        ({"status": "cancelled"}, "interrupted"),
        ({"status": "timed_out"}, "interrupted"),
        ({"status": "failed", "error": {"code": "RUN_LOST"}}, "interrupted"),
        ({"status": "failed", "attempt": 4, "error": {"code": "RUNTIME_UNAVAILABLE"}}, "interrupted"),
        ({"status": "failed", "error": {"code": "CHECKPOINT_CORRUPT"}}, "interrupted"),
        ({"status": "failed", "error": {"code": "EFFECTS_UNKNOWN"}}, "interrupted"),
    ],
)
def test_why_a_run_cannot_be_replayed_is_said(change: dict[str, Any], reason: str) -> None:
    store: Any = None
    with pytest.raises(NotReplayable) as refused:
        recorded_calls({**RUN, "status": "succeeded", "recorded": True, **change}, store)
    assert refused.value.members == {"reason": reason}
