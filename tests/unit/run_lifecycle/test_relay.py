from collections.abc import Callable, Sequence
from typing import Any

import pytest

from data_access_lib.errors import RunClosed
from governance.guardrails import Action, DataClass, GuardrailPolicy
from governance.run_state import RunStatus
from run_lifecycle import relay as relay_module
from run_lifecycle.agent_answer import AgentEvent, AgentFault, Output, Piece, TextDelta
from run_lifecycle.answer_guard import AnswerGuard
from run_lifecycle.answer_reader import Ended
from run_lifecycle.outcome import Draft, Outcome
from run_lifecycle.relay import Relay, Watch

MASKS = GuardrailPolicy()


class Script:
    """A reader that gives these batches, one at each take, then nothing."""

    def __init__(self, *batches: Sequence[Piece | Ended]) -> None:
        self.batches = list(batches)
        self.closed = False
        self.waits: list[float] = []

    def start(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    def take(self, timeout: float) -> list[Piece | Ended]:
        self.waits.append(timeout)
        return list(self.batches.pop(0)) if self.batches else []


class Log:
    """A journal that numbers what it is given; `others` is what comes between."""

    def __init__(self) -> None:
        self.written: list[list[Draft]] = []
        self.others: list[dict[str, Any]] = []
        self.closed = False

    def append(self, drafts: Sequence[Draft]) -> list[dict[str, Any]]:
        self._refuse_when_closed()
        self.written.append(list(drafts))
        return [draft.payload for draft in drafts]

    def catch_up(self) -> list[dict[str, Any]]:
        self._refuse_when_closed()
        found, self.others = self.others, []
        return found

    def _refuse_when_closed(self) -> None:
        if self.closed:
            raise RunClosed("cancelled")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


def relayed(
    script: Script,
    log: Log | None = None,
    *,
    seconds: float = 100,
    gone: Callable[[], bool] = lambda: False,
    policy: GuardrailPolicy = MASKS,
) -> tuple[Outcome | None, list[dict[str, Any]]]:
    shown: list[dict[str, Any]] = []
    clock = Clock()
    watch = Watch(clock, seconds, gone)
    guard = AnswerGuard(policy)
    outcome = Relay(script, log or Log(), watch, guard, shown.extend).run()  # type: ignore[arg-type]  # a fake reader
    return outcome, shown


def test_a_single_answer_goes_along_with_the_end() -> None:
    log = Log()
    outcome, shown = relayed(Script([Output("hi", last=True)]), log)
    assert outcome is not None
    assert (outcome.status, outcome.output) == (RunStatus.SUCCEEDED, "hi")
    assert [draft.payload for draft in outcome.last] == [{"type": "output", "output": "hi"}]
    assert (log.written, shown) == ([], [])


def test_the_output_of_a_stream_is_its_joined_text() -> None:
    outcome, shown = relayed(Script([TextDelta("one ")], [TextDelta("two")], [Ended()]))
    assert outcome is not None
    assert outcome.output == "one two"
    assert [event["text"] for event in shown] == ["one "]
    assert [draft.payload for draft in outcome.last] == [{"type": "delta", "text": "two"}]


def test_an_output_that_is_named_wins_over_the_text() -> None:
    outcome, _ = relayed(Script([TextDelta("x"), Output({"n": 1})], [Ended()]))
    assert outcome is not None
    assert outcome.output == {"n": 1}


def test_texts_that_gathered_become_one_event_and_keep_their_place() -> None:
    log = Log()
    batch: list[Piece | Ended] = [
        TextDelta("a "),
        TextDelta("b "),
        AgentEvent({"type": "finding"}),
        TextDelta("c "),
        TextDelta("d "),
    ]
    relayed(Script(batch, [Ended()]), log)
    assert [draft.payload for draft in log.written[0]] == [
        {"type": "delta", "text": "a b "},
        {"type": "finding"},
        {"type": "delta", "text": "c d "},
    ]


def test_a_joined_text_stays_within_an_event() -> None:
    log = Log()
    relayed(Script([TextDelta("x" * 20_000)] * 5, [Ended()]), log)
    assert max(len(draft.payload["text"]) for draft in log.written[0]) <= 48_000


def test_a_fault_fails_the_run_with_what_was_said_before() -> None:
    outcome, _ = relayed(Script([TextDelta("a"), Ended(AgentFault("broken"))]))
    assert outcome is not None
    assert outcome.status is RunStatus.FAILED
    assert outcome.failure is not None
    assert outcome.failure.message == "broken"
    assert [draft.payload["text"] for draft in outcome.last] == ["a"]


def test_silence_beyond_the_sockets_patience_is_a_timeout() -> None:
    outcome, _ = relayed(Script([Ended(AgentFault("silent", "AGENT_TIMEOUT"))]))
    assert outcome is not None
    assert outcome.status is RunStatus.TIMED_OUT


def test_time_that_is_up_ends_the_run_though_the_agent_still_speaks() -> None:
    script = Script(*[[TextDelta("tick")] for _ in range(1000)])
    outcome, _ = relayed(script, seconds=2)
    assert outcome is not None
    assert outcome.status is RunStatus.TIMED_OUT
    assert script.closed


def test_a_client_that_left_cancels_the_run() -> None:
    answers = iter([False, False, True])
    outcome, _ = relayed(Script([TextDelta("a")]), gone=lambda: next(answers))
    assert outcome is not None
    assert outcome.status is RunStatus.CANCELLED


def test_a_run_that_somebody_else_ended_has_no_outcome_here() -> None:
    log = Log()
    log.closed = True
    assert relayed(Script([TextDelta("a")], []), log)[0] is None
    assert relayed(Script([], []), log)[0] is None


def test_while_the_agent_is_silent_the_log_is_looked_at_every_second() -> None:
    log = Log()
    log.others = [{"type": "call"}]
    script = Script([], [], [Ended()])
    _, shown = relayed(script, log)
    assert shown == [{"type": "call"}]
    assert max(script.waits) <= 1.0


def test_more_than_the_end_can_carry_is_written_before_it() -> None:
    log = Log()
    events = [AgentEvent({"type": "note", "n": number}) for number in range(60)]
    outcome, shown = relayed(Script([*events, Ended()]), log)
    assert outcome is not None
    assert outcome.last == ()
    assert len(log.written[0]) == len(shown) == 60


def test_text_without_end_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "MAX_OUTPUT_BYTES", 1_000)
    outcome, _ = relayed(Script(*[[TextDelta("x" * 100)] for _ in range(1000)]))
    assert outcome is not None
    assert outcome.failure is not None
    assert outcome.failure.code == "AGENT_OUTPUT_TOO_LARGE"


def test_an_answer_that_is_blocked_fails_the_run_at_once_and_says_so_last() -> None:
    log, blocks = Log(), GuardrailPolicy({DataClass.AWS_KEY: Action.BLOCK})
    script = Script([TextDelta("so far. ")], [TextDelta("AKIAIOSFODNN7EXAMPLE ")], [TextDelta("never taken")])
    outcome, shown = relayed(script, log, policy=blocks)
    assert outcome is not None
    assert outcome.failure is not None
    assert (outcome.status, outcome.failure.code) == (RunStatus.FAILED, "GUARDRAIL_BLOCKED")
    assert [event["text"] for event in shown] == ["so far. "]
    assert [draft.event for draft in outcome.last] == ["guardrails"]
    assert (len(script.batches), script.closed) == (1, True)


def test_what_was_masked_is_told_with_the_end() -> None:
    outcome, _ = relayed(Script([TextDelta("key AKIAIOSFODNN7EXAMPLE "), Ended()]))
    assert outcome is not None
    assert outcome.output == "key [AWS_KEY] "
    assert [draft.event for draft in outcome.last] == ["delta", "guardrails"]
    assert outcome.last[-1].stream == "lifecycle"
