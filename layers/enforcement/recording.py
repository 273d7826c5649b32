"""Keeps what a run's agent asks and is answered, where its version says so, for replays (ADR 0094).

A call gets its place before anything is done for it, so that none is done unrecorded: where it cannot have one, it is
refused. An answer that cannot be kept is given all the same, and leaves a record that says it is not whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from data_access_lib.errors import RunClosed, Superseded
from enforcement.guarding import policy_of
from enforcement.policies import InForce
from enforcement.run_desk import RunDesk
from governance.replays.calls import Call, hash_of
from platform_kit.errors import AmbitError
from platform_kit.observability import count, logger
from run_lifecycle.answer_guard import scan_output

T = TypeVar("T")
MOST_NAME: Final = 64


@dataclass(frozen=True)
class Asked:
    """What an agent asks or says: its kind (`governance.replays.calls`), of which tool or model, and the document."""

    kind: str
    name: str
    document: Any

    @property
    def call(self) -> Call:
        """As it is matched: the hash is of what the agent sent, before guardrails."""
        return Call(self.kind, self.name[:MOST_NAME], hash_of([self.kind, self.name, self.document]))


@dataclass(frozen=True)
class Recorder:
    """Records calls of one run. `refusal` tells a failure as the agent is told it: `{status, body}`."""

    desk: RunDesk
    in_force: InForce
    refusal: Callable[[AmbitError], dict[str, Any]]

    def keep(self, asked: Asked, carry_out: Callable[[], T], told: Callable[[T], dict[str, Any] | None]) -> T:
        """Carry a call out, and keep it with its answer (`told`, plain JSON) where the run is recorded."""
        if not self.in_force.recorded:
            return carry_out()
        position = self.begin()
        try:
            given = carry_out()
        except (RunClosed, Superseded):
            self.end(position, asked, None)
            raise
        except AmbitError as failure:
            self.end(position, asked, self.refusal(failure))
            raise
        self.end(position, asked, told(given))
        return given

    def begin(self) -> int:
        """The place of a call. DependencyUnavailable when it can have none: then nothing is done for it."""
        return self.desk.store.recordings.begin(*self._attempt)

    def end(self, position: int, asked: Asked, answer: Mapping[str, Any] | None) -> None:
        """Keep a call at its place; None: the run was over, or another attempt's. Never raises."""
        try:
            self.desk.store.recordings.end(*self._attempt, position, answer and self._kept(asked, answer))
        except Exception:  # noqa: BLE001 - the call was made; that its answer is missing is what the record then says
            count("RecordingIncomplete", agent=self.desk.binding.agent)
            logger().exception("an answer could not be recorded", run_id=self.desk.binding.run_id, position=position)

    @property
    def _attempt(self) -> tuple[str, int]:
        return self.desk.binding.run_id, self.desk.binding.attempt

    def _kept(self, asked: Asked, answer: Mapping[str, Any]) -> dict[str, Any]:
        call = asked.call
        about = {"kind": call.kind, "name": call.name, "hash": call.hash, "count": _count(asked)}
        return {**about, "asked": self._guarded(asked.document), "answer": dict(answer)}

    def _guarded(self, document: Any) -> Any:
        """What was asked as it may be shown; None where it may not be."""
        scan = scan_output(document, policy_of(self.desk, self.in_force))
        return None if scan.blocked else scan.value


def _count(asked: Asked) -> int:
    return len(asked.document) if isinstance(asked.document, list) else 1
