"""How a replay's agent is answered: from the record alone, by order and hash, until it asks for something else."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from data_access_lib.errors import StaleVersion
from enforcement.recording import Asked
from enforcement.replaying import ReplayDesk, ReplayDiverged, ReplayOver, is_replay, own_replay
from governance.guardrails import GuardrailPolicy
from governance.replays.calls import APPROVAL, EVENTS, TOOL, Recorded
from platform_kit.errors import KillSwitchActive, NotFound
from platform_kit.identity import RunBinding
from platform_kit.ids import new_id
from run_lifecycle.replaying import FINISHED, GO_ON, RUNNING, STOP

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PLACES = [Asked(TOOL, "a", {"x": 1}), Asked(TOOL, "b", {}), Asked(EVENTS, "events", []), Asked(APPROVAL, "p", {})]


class FixedClock:
    def now(self) -> datetime:
        return NOW


class FakeReplays:
    """One replay; `late` writes find that somebody else was faster."""

    def __init__(self, **fields: Any) -> None:
        plan = [Recorded(*place.call.told(), at, at).packed() for at, place in enumerate(PLACES, 1)]
        deadline = int(NOW.timestamp()) + 60
        self.record = {"agent": "a", "versionId": "ver_1", "status": RUNNING, "onDivergence": STOP}
        self.record |= {"replayPlan": plan, "replayHeard": [], "deadline": deadline, **fields}
        self.late = 0

    def get(self, _run_id: str, _replay_id: str) -> dict[str, Any]:
        return dict(self.record)

    def change(self, _replay: Any, fields: dict[str, Any]) -> None:
        if self.late:
            self.late -= 1
            raise StaleVersion
        self.record |= fields


def desk(**fields: Any) -> tuple[ReplayDesk, FakeReplays]:
    replays = FakeReplays(**fields)
    binding = RunBinding(new_id("rpl"), "a", "ver_1", new_id("run"), "sync", attempt=2)

    def call(run_id: str, attempt: int, place: int) -> dict[str, Any]:
        assert (run_id, attempt) == (binding.session_id, 2)
        return {"answer": {"status": 200, "body": place}}

    store: Any = SimpleNamespace(replays=replays, recordings=SimpleNamespace(call=call))
    return ReplayDesk(binding, store, lambda: GuardrailPolicy({}, frozenset(), b""), FixedClock()), replays


def test_the_recorded_answers_come_in_their_order() -> None:
    found, replays = desk()
    assert [found.ask(PLACES[0])["body"], found.say(PLACES[2]), found.ask(PLACES[1])["body"]] == [
        1,
        {"status": 200, "body": 3},
        2,
    ]
    assert [heard[3:5] for heard in replays.record["replayHeard"]] == [[1, True], [3, True], [2, True]]


@pytest.mark.parametrize("how", [STOP, GO_ON])
@pytest.mark.parametrize("other", [Asked(TOOL, "c", {}), Asked("model", "a", {"x": 1})])
def test_after_another_tool_or_model_everything_is_refused(how: str, other: Asked) -> None:
    found, replays = desk(onDivergence=how)
    for asked in (other, *PLACES[:2]):
        with pytest.raises(ReplayDiverged):
            found.ask(asked)
    assert {heard[3] for heard in replays.record["replayHeard"]} == {None}


def test_other_arguments_are_answered_where_the_replay_is_to_go_on_and_refused_where_it_is_not() -> None:
    other = Asked(TOOL, "a", {"x": 2})
    going, stopping = desk(onDivergence=GO_ON)[0], desk()[0]
    assert (going.ask(other)["body"], going.ask(PLACES[1])["body"]) == (1, 2)
    with pytest.raises(ReplayDiverged):
        stopping.ask(other)


@pytest.mark.parametrize(
    "fields", [{"status": FINISHED}, {"deadline": int(NOW.timestamp())}, {"versionId": "ver_2"}, {"agent": "b"}]
)
def test_a_replay_that_is_over_or_another_ones_answers_nothing(fields: dict[str, Any]) -> None:
    found, replays = desk(**fields)
    for ask in (lambda: found.ask(PLACES[0]), lambda: found.say(PLACES[2]), lambda: found.decided(PLACES[3])):
        with pytest.raises(ReplayOver):
            ask()
    assert replays.record["replayHeard"] == []


def test_who_was_late_is_placed_again() -> None:
    found, replays = desk()
    replays.late = 3
    assert found.ask(PLACES[0])["body"] == 1
    assert len(replays.record["replayHeard"]) == 1


def test_a_decision_is_given_by_its_id_and_no_other_is_made_up() -> None:
    found, replays = desk()
    assert found.decided(PLACES[3])["body"] == 4
    with pytest.raises(NotFound):
        found.decided(Asked(APPROVAL, "p", {"other": 1}))
    assert replays.record["replayHeard"] == []


def test_what_is_said_is_no_question_and_a_question_is_not_said() -> None:
    found, _ = desk()
    with pytest.raises(ValueError, match="not answered"):
        found.ask(PLACES[2])
    with pytest.raises(ValueError, match="not said"):
        found.say(PLACES[0])


def test_a_replay_is_known_by_the_id_in_its_token() -> None:
    assert is_replay(RunBinding(new_id("rpl"), "a", "v", new_id("run"), "sync"))
    assert not is_replay(RunBinding(new_id("run"), "a", "v", new_id("rpl"), "sync"))


def test_a_replay_is_stopped_as_its_run_is() -> None:
    found, _ = desk()
    stopped: list[str] = []

    class Controls:
        def let_run(self, *, tenant: str, agent: str, run_id: str) -> None:
            if run_id in stopped:
                raise KillSwitchActive(f"{tenant} {agent} {run_id}")

    controls: Any = Controls()

    def opened(run_id: str) -> ReplayDesk | None:
        who: Any = SimpleNamespace(
            tenant=lambda: "acme", agent_run=lambda: RunBinding(run_id, "a", "ver_1", found.run_id, "sync")
        )
        return own_replay(who, controls, lambda _: found)

    assert opened(found.binding.run_id) is found
    assert opened(new_id("run")) is None
    stopped.append(found.run_id)
    with pytest.raises(KillSwitchActive, match=f"^acme a {found.run_id}$"):
        opened(found.binding.run_id)
