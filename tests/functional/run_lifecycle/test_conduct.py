"""A run is led to an end whatever the agent does, and those who follow see what the log holds."""

from typing import Any

from data_access_lib.conditions import Change
from data_access_lib.repositories.events import EventDraft
from platform_kit.tracing import continue_trace
from run_lifecycle.conduct import Audience
from tests.functional.run_platform import budget

TRACE = continue_trace(None)


def conduct(stage: Any, seconds: float = 20, **context: Any) -> tuple[Any, list[dict[str, Any]]]:
    run = stage.start(context=context).run
    shown: list[dict[str, Any]] = []
    finished = stage.parts.conductor.conduct(run, stage.store, TRACE, seconds=seconds, audience=Audience(shown.extend))
    return finished.run, shown


def test_what_is_shown_is_what_the_log_holds(stage: Any) -> None:
    run, shown = conduct(stage, act="script", lines=["a", {"type": "note"}, "b"])
    assert shown == stage.store.runs.log.read(run["runId"], after=1)
    assert shown[-1]["event"] == "succeeded"


def test_an_agent_that_hangs_is_stopped_when_its_time_is_up(stage: Any) -> None:
    run, shown = conduct(stage, seconds=0.3, act="hang")
    assert (run["status"], shown[-1]["event"]) == ("timed_out", "timed_out")
    assert stage.runtime.stopped == [f"acme-{run['sessionId']}"]


def test_an_agent_that_fails_by_itself_is_not_stopped(stage: Any) -> None:
    run, _ = conduct(stage, act="crash")
    assert run["status"] == "failed"
    assert stage.runtime.stopped == []


def test_nothing_stays_reserved_after_any_end(stage: Any) -> None:
    for act in ("echo", "crash", "die", "malformed", "busy"):
        conduct(stage, act=act)
    assert budget("acme")["reserved"] == 0


def test_a_tool_call_that_was_shown_live_is_counted_at_the_end(stage: Any) -> None:
    """The gateway writes between two pieces of the answer: the relay has seen it before it ends the run."""
    run = stage.start(input="a b", context={"act": "words", "delayMs": 1500}).run
    calls = [[EventDraft("tool", "call"), EventDraft("tool", "result")]]

    def show(_events: list[dict[str, Any]]) -> None:
        if calls:
            stage.store.runs.log.append(run["runId"], calls.pop(), change=Change(add={"toolCalls": 1}))

    finished = stage.parts.conductor.conduct(run, stage.store, TRACE, seconds=20, audience=Audience(show)).run
    assert finished["toolCalls"] == 1
    assert finished["costPico"] == 20_000_000 + 30_000 * finished["durationMs"] + 5_000_000
