"""Calls that one process begins and another one finishes: what is left of them stands in the run's own record.

An entry is written in the transaction of the intent and removed in that of the result, both on the condition that
nobody has moved the run meanwhile: there is no call that was begun and cannot be finished, and none is finished twice.
Of the arguments only their digest is kept.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.repositories.records import to_json
from enforcement.actions import Action
from governance.policy.registry import RegisteredTool
from governance.policy.tools import Risk
from platform_kit.errors import Conflict

PREFIX: Final = "openCall."
"""What the attributes of a run begin with that hold its open calls."""
MOST_OPEN: Final = 64
_DIGEST: Final = 32
_MILLISECOND: Final = 1000


class CallOpen(Conflict):
    """A call of the run with this id is not finished yet."""

    code, title = "CALL_OPEN", "The call is open already"


class NoOpenCall(Conflict):
    """No call of the run is open that this could be the result of: none was begun, or it was finished before."""

    code, title = "NO_OPEN_CALL", "No such call is open"


@dataclass(frozen=True)
class OpenCall:
    """What is known of a call that was begun. `held` in pico-dollars, `began` in milliseconds since the epoch."""

    name: str
    call_id: str
    tool: str
    seen: str
    risk: Risk
    held: int
    began: int

    def stored(self) -> str:
        """As the run's record has it."""
        kept = [self.call_id, self.tool, self.seen, self.risk.value, self.held, self.began]
        return to_json(kept)

    def action(self, registration: RegisteredTool) -> Action:
        """What was begun, without its arguments."""
        return Action(self.tool, {}, {}, registration=registration, call_id=self.call_id, seen=self.seen)

    def since(self, now: int) -> float:
        """When it began by the clock that durations are measured with; `now` in milliseconds since the epoch."""
        return time.perf_counter() - (now - self.began) / _MILLISECOND


def name_of(session: str, rpc_id: int | str) -> str:
    """The attribute for a call by its JSON-RPC id, which one session of a client uses once: 1 is not "1"."""
    text = json.dumps([session, rpc_id])
    return PREFIX + hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def find(run: Mapping[str, Any], name: str) -> OpenCall:
    """The open call of this name; NoOpenCall when there is none, or it makes no sense."""
    try:
        call_id, tool, seen, risk, held, began = json.loads(run[name])
        return OpenCall(name, str(call_id), str(tool), str(seen), Risk(risk), int(held), int(began))
    except (LookupError, ValueError, TypeError):
        raise NoOpenCall("No call with this id was begun, or it is finished.") from None


def check_free(run: Mapping[str, Any], name: str) -> None:
    """CallOpen when a call of this name is open, or too many are."""
    if name in run:
        raise CallOpen("A call with this id is not finished. Use each id once in a session.")
    if sum(attribute.startswith(PREFIX) for attribute in run) >= MOST_OPEN:
        raise CallOpen(f"A run has at most {MOST_OPEN} calls open at a time.")


def check_open(run: Mapping[str, Any], name: str, call_id: str) -> None:
    """NoOpenCall unless this very call is open still."""
    if find(run, name).call_id != call_id:
        raise NoOpenCall("That call is finished.")
