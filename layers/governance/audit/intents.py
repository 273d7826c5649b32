"""Calls that were announced and never ended, though their run has: an intent without an outcome.

Before a tool is called an intent is written, and how it went after. When a run is over and an intent of it has no
outcome, the call may have been made, in part or whole, and nobody wrote down how it ended: a machine died in between,
or something was kept from the log.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

CALLED: Final = "tool.called"
OUTCOMES: Final = frozenset({"tool.succeeded", "tool.failed"})
_RUN: Final = "run."


class Unjoined(NamedTuple):
    """An intent without an outcome, in a run that is over."""

    seq: int
    run_id: str
    call_id: str
    tool: str


class Intents:
    """Told of a log's entries in order, it knows which intents are open. Entries without detail tell it nothing."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Unjoined] = {}
        self._over: set[str] = set()

    def see(self, entry: Mapping[str, Any]) -> None:
        """One more entry. Events of one run are entered in their order."""
        action, detail = str(entry["action"]), entry.get("detail") or {}
        run_id, call_id = str(entry["target"]), str(detail.get("callId") or "")
        if action.startswith(_RUN):
            self._over.add(run_id)
        elif action == CALLED and call_id:
            self._open[run_id, call_id] = Unjoined(entry["seq"], run_id, call_id, str(detail.get("tool") or ""))
        elif action in OUTCOMES:
            self._open.pop((run_id, call_id), None)

    def unjoined(self) -> list[Unjoined]:
        """The open intents of runs that are over, in order."""
        return sorted(one for one in self._open.values() if one.run_id in self._over)


def unjoined(entries: Iterable[Mapping[str, Any]]) -> list[Unjoined]:
    """As `Intents`, of a whole log."""
    intents = Intents()
    for entry in entries:
        intents.see(entry)
    return intents.unjoined()
