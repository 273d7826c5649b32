"""The end of a run happens once, counts everything the run used, and settles what was reserved."""

from typing import Any

import pytest

from data_access_lib.conditions import Change
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.records import to_json
from governance import governor
from governance.run_state import RunStatus
from run_lifecycle.finish import finish_run
from run_lifecycle.outcome import Failure, Outcome, output_event
from tests.functional.run_platform import budget

DONE = Outcome(RunStatus.SUCCEEDED, output="hi", last=(output_event("hi"),))
GONE = Outcome(RunStatus.CANCELLED, failure=Failure("CANCELLED", "gone"))


def finish(stage: Any, run: dict[str, Any], outcome: Outcome = DONE, **more: Any) -> Any:
    return finish_run(run, outcome, stage.store, stage.parts.clock, pause=lambda _: None, **more)


def test_result_last_events_and_settlement_are_written_together(stage: Any) -> None:
    run = stage.start().run
    finished = finish(stage, run)
    assert [event["event"] for event in finished.events] == ["output", "succeeded"]
    assert finished.events[-1]["payload"]["output"] == "hi"
    stored = stage.store.runs.get(run["runId"])
    assert (stored["status"], stored["output"], stored["lastSeq"]) == ("succeeded", "hi", 3)
    money = budget("acme")
    assert (money["reserved"], money["spent"]) == (0, stored["costPico"])


@pytest.mark.parametrize(("first", "second"), [(DONE, GONE), (GONE, DONE), (DONE, DONE)])
def test_whoever_comes_second_changes_nothing_and_learns_the_end(first: Outcome, second: Outcome, stage: Any) -> None:
    run = stage.start().run
    finish(stage, run, first)
    spent = budget("acme")
    late = finish(stage, run, second)
    assert (late.ended_here, late.run["status"]) == (False, first.status)
    assert late.events == stage.store.runs.log.read(run["runId"], after=1)
    assert budget("acme") == spent


def test_tool_calls_made_meanwhile_are_shown_and_paid_for(stage: Any) -> None:
    run = stage.start().run
    call = [EventDraft("tool", "call"), EventDraft("tool", "result")]
    stage.store.runs.log.append(run["runId"], call, change=Change(add={"toolCalls": 1}))
    finished = finish(stage, run)
    assert [event["event"] for event in finished.events] == ["call", "result", "output", "succeeded"]
    assert finished.run["toolCalls"] == finished.events[-1]["payload"]["usage"]["toolCalls"] == 1
    assert finished.run["costPico"] == 20_000_000 + 30_000 * finished.run["durationMs"] + 5_000_000


def test_the_key_is_answered_with_the_end(stage: Any) -> None:
    ticket = stage.store.answers.ticket("r", "k", b"body")
    run = stage.start(ticket=ticket).run
    finish(stage, run, ticket=ticket)
    saved = stage.store.answers.look(stage.store.answers.ticket("r", "k", b"body"))
    assert saved.resource == run["runId"]


def test_a_key_that_was_lost_does_not_keep_the_run_from_ending(stage: Any) -> None:
    ticket = stage.store.answers.ticket("r", "k", b"body")
    run = stage.start(ticket=ticket).run
    stage.store.answers.fail(ticket)
    assert finish(stage, run, ticket=ticket).run["status"] == "succeeded"
    assert budget("acme")["reserved"] == 0


def test_a_job_that_never_began_costs_nothing(stage: Any) -> None:
    run = stage.start(job=True).run
    assert finish(stage, run, GONE).run["costPico"] == 0


def test_a_run_that_the_governor_has_halted_does_not_succeed_though_nobody_said_so_yet(stage: Any) -> None:
    run = stage.start().run
    halted = governor.exhaust(governor.begin(governor.ProfileName.BALANCED, 0), 5).as_dict()
    change = Change(set_={"governor": to_json(halted)})
    stage.store.runs.log.append(run["runId"], [EventDraft("tool", "policy")], change=change)
    finished = finish(stage, run)
    assert (finished.run["status"], finished.run["error"]["code"]) == ("halted", "RUN_HALTED")
    assert finished.run.get("output") is None
