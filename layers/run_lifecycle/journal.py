"""A run's event log as one relay sees it."""

from collections.abc import Sequence
from typing import Any

from data_access_lib.errors import RunClosed
from data_access_lib.repositories.events import TERMINAL_STATES, EventDraft, EventLog
from run_lifecycle.outcome import Draft, Run


class LogJournal:
    """Remembers the last event it has shown, `last_seq`, and whether others wrote too: then the run was metered."""

    def __init__(self, log: EventLog, run: Run) -> None:
        self._log = log
        self._run_id = str(run["runId"])
        self._session_id = str(run["sessionId"])
        self.last_seq = int(run["lastSeq"])
        self.others_wrote = False

    def append(self, drafts: Sequence[Draft]) -> list[dict[str, Any]]:
        """Write events; all envelopes not shown yet. RunClosed when the run is over."""
        appended = self._log.append(
            self._run_id,
            [EventDraft(draft.stream, draft.event, draft.payload) for draft in drafts],
            session_id=self._session_id,
            known=self.last_seq,
        )
        self.last_seq = appended.last_seq
        self.others_wrote = self.others_wrote or len(appended.events) > len(drafts)
        return appended.events

    def catch_up(self) -> list[dict[str, Any]]:
        """What others wrote since. RunClosed when that ends the run: then nothing counts as shown."""
        events = self._log.read(self._run_id, after=self.last_seq)
        if events and ends_a_run(events[-1]):
            raise RunClosed(events[-1]["event"])
        self.last_seq = events[-1]["seq"] if events else self.last_seq
        self.others_wrote = self.others_wrote or bool(events)
        return events


class UnwrittenJournal:
    """Keeps what a replay's agent says, and writes nothing."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []

    def append(self, drafts: Sequence[Draft]) -> list[dict[str, Any]]:
        """Keep them; there is nothing to show."""
        self.drafts += drafts
        return []

    def catch_up(self) -> list[dict[str, Any]]:
        """Nobody else writes."""
        return []


def ends_a_run(event: dict[str, Any]) -> bool:
    """Whether this envelope is a run's last."""
    return bool(event["stream"] == "lifecycle" and event["event"] in TERMINAL_STATES)
