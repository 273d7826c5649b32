"""Answers the agent of a replay from the record, and from nothing else (ADR 0094).

A replay's token names no run: where a run's token holds the run's id it holds the replay's, which no door knows but by
this module. Nothing here can reach a tool, a model, a budget or an approval: it has repositories alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.controls import Controls
from data_access_lib.errors import StaleVersion
from enforcement.recording import Asked
from governance.replays.calls import APPROVAL, ASKS, MOST_CALLS, SAID, Heard, Recorded, expected, match
from governance.replays.comparing import MOST_DIFFERENCES, Told, shown
from platform_kit.clock import Clock
from platform_kit.errors import Conflict, DependencyUnavailable, NotFound
from platform_kit.identity import Identity, RunBinding
from platform_kit.ids import is_id
from platform_kit.observability import count
from run_lifecycle import replaying
from run_lifecycle.answer_guard import scan_output
from run_lifecycle.replaying import GO_ON, RUNNING, Replay
from run_lifecycle.store import TenantStore

if TYPE_CHECKING:
    from governance.guardrails import GuardrailPolicy

PREFIX: Final = "rpl"
_ATTEMPTS: Final = 16


class ReplayDiverged(Conflict):
    """A call of a replay that is not the recorded one: nobody knows how it would have been answered."""

    code, title = "REPLAY_DIVERGED", "Not as recorded"

    def __init__(self) -> None:
        super().__init__("The replay asks for something else than its run did, which nobody can answer: it ends here.")


class ReplayOver(Conflict):
    """A replay that has ended, or had all its time."""

    code, title = "REPLAY_OVER", "The replay is over"

    def __init__(self) -> None:
        super().__init__("The replay is over: nothing of it is answered any more.")


def is_replay(binding: RunBinding) -> bool:
    """Whether a token is a replay's; `session_id` is the run's then, and `attempt` which of its attempts."""
    return is_id(binding.run_id, PREFIX)


def own_replay(who: Identity, controls: Controls, open_desk: "Callable[[Identity], ReplayDesk]") -> "ReplayDesk | None":
    """The caller's own replay, stopped as its run is (KillSwitchActive); None for who is no replay."""
    binding = who.agent_run()
    if not is_replay(binding):
        return None
    controls.let_run(tenant=who.tenant(), agent=binding.agent, run_id=binding.session_id)
    return open_desk(who)


@dataclass(frozen=True)
class ReplayDesk:
    """One replay of one tenant's run: the binding of its token, and the repositories it is answered from.

    `guardrails` are those that what it says is kept and shown by.
    """

    binding: RunBinding
    store: TenantStore
    guardrails: "Callable[[], GuardrailPolicy]"
    clock: Clock

    @property
    def run_id(self) -> str:
        """The run that is replayed."""
        return self.binding.session_id

    def running(self) -> Replay:
        """The replay's record while it runs; ReplayOver, NotFound."""
        replay = self.store.replays.get(self.run_id, self.binding.run_id)
        mine = (replay["agent"], replay["versionId"]) == (self.binding.agent, self.binding.version_id)
        if not mine or replay["status"] != RUNNING or replaying.is_late(replay, self.clock):
            raise ReplayOver
        return replay

    def ask(self, asked: Asked) -> dict[str, Any]:
        """The recorded answer to a call. ReplayDiverged when it is not the recorded one; ReplayOver.

        Of a replay that goes on after differences, a call that differs is given what the call in its place was given,
        where that was of the same tool or model. After any other all it asks for is refused.
        """
        if asked.kind not in ASKS:
            raise ValueError(f"a call of the kind {asked.kind} is not answered")
        heard = self._hear(asked, _answering)
        count("ReplayCall", result="same" if heard.same else "diverged")
        if heard.position is None:
            raise ReplayDiverged
        return self._answer(heard.position)

    def say(self, asked: Asked) -> dict[str, Any] | None:
        """Take down what an agent says of itself; the answer that the record has in that place, None beyond it."""
        if asked.kind not in SAID:
            raise ValueError(f"a call of the kind {asked.kind} is not said")
        heard = self._hear(asked, _beside)
        return None if heard.position is None else self._answer(heard.position)

    def decided(self, asked: Asked) -> dict[str, Any]:
        """How people decided about a held call, at once; NotFound where the record does not say."""
        found = [one for one in _plan(self.running()) if one.kind == APPROVAL and one.like(asked.call)]
        if not found:
            raise NotFound("There is no such approval.")
        return self._answer(found[-1].position)

    def complete(self, status: str, spoken: Any, code: str | None) -> None:
        """End the replay of a job as its agent says it ended: with an output, or with the message of a `code`."""
        clean = self._guarded(spoken)
        said = {"output": clean} if code is None else {"error": {"code": code, "message": clean}}
        replaying.finish(self.running(), Told([], {"status": status, **said}), self.store, self.clock)

    def _answer(self, position: int) -> dict[str, Any]:
        return dict(self.store.recordings.call(self.run_id, self.binding.attempt, position)["answer"])

    def _hear(self, asked: Asked, place: "_Place") -> Heard:
        """Write down one call, placed by what was heard before it: whoever is late is placed again."""
        call, text = asked.call, self._text(asked)
        for _ in range(_ATTEMPTS):
            replay = self.running()
            before = [Heard.unpacked(packed) for packed in replay["replayHeard"]]
            if len(before) >= 2 * MOST_CALLS:
                raise ReplayOver
            position, same = place(replay, before, asked)
            told = None if same or _crowded(before) else text
            heard = Heard(call.kind, call.name, call.hash, position, same, told)
            try:
                self.store.replays.change(replay, {"replayHeard": [one.packed() for one in (*before, heard)]})
            except StaleVersion:
                continue
            return heard
        raise DependencyUnavailable("The replay is being written to. Try again.", retry_after=1)

    def _text(self, asked: Asked) -> str:
        return shown(self._guarded(asked.document))

    def _guarded(self, value: Any) -> Any:
        scan = scan_output(value, self.guardrails())
        return None if scan.blocked else scan.value


_Place = Callable[[Replay, list[Heard], Asked], tuple[int | None, bool]]
"""At which recorded call one is placed, None: at no call's; and whether it is the same."""


def _answering(replay: Replay, before: list[Heard], asked: Asked) -> tuple[int | None, bool]:
    plan, taken = _plan(replay), {one.position for one in before if one.position is not None}
    if any(one.position is None for one in before if one.kind in ASKS):
        return None, False
    found = match(plan, taken, asked.call)
    if found is not None:
        return found.position, True
    instead = expected(plan, taken)
    if replay["onDivergence"] != GO_ON or instead is None:
        return None, False
    alike = (instead.kind, instead.name) == (asked.call.kind, asked.call.name)
    return (instead.position, False) if alike else (None, False)


def _beside(replay: Replay, before: list[Heard], asked: Asked) -> tuple[int | None, bool]:
    said = sum(one.kind == asked.kind for one in before)
    there = [one for one in _plan(replay) if one.kind == asked.kind][said : said + 1]
    return (there[0].position, there[0].like(asked.call)) if there else (None, False)


def _crowded(before: list[Heard]) -> bool:
    """Whether as many differences are kept in words as a result shows."""
    return sum(one.asked is not None for one in before) >= MOST_DIFFERENCES


def _plan(replay: Mapping[str, Any]) -> list[Recorded]:
    return [Recorded.unpacked(packed) for packed in replay["replayPlan"]]
