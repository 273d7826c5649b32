from collections.abc import Sequence
from typing import Any

import pytest

from data_access_lib.errors import RunClosed
from data_access_lib.repositories.events import Appended, EventDraft
from run_lifecycle.journal import LogJournal, UnwrittenJournal, ends_a_run
from run_lifecycle.outcome import assistant

RUN = {"runId": "run_1", "sessionId": "ses_1", "lastSeq": 1}


class Log:
    """An event log in a list; events have a sequence number and a name only."""

    def __init__(self) -> None:
        self.events = [envelope(1, "started", "lifecycle")]

    def append(self, run_id: str, drafts: Sequence[EventDraft], *, session_id: str, known: int) -> Appended:
        assert (run_id, session_id) == ("run_1", "ses_1")
        self.events += [envelope(len(self.events) + 1, draft.event, draft.stream) for draft in drafts]
        return Appended(self.events[known:], len(self.events))

    def read(self, run_id: str, *, after: int) -> list[dict[str, Any]]:
        return self.events[after:]


def envelope(seq: int, event: str, stream: str) -> dict[str, Any]:
    return {"seq": seq, "event": event, "stream": stream}


def journal() -> tuple[LogJournal, Log]:
    log = Log()
    return LogJournal(log, RUN), log  # type: ignore[arg-type]  # a fake log


def test_an_append_shows_what_others_wrote_before_it() -> None:
    mine, log = journal()
    log.events.append(envelope(2, "call", "tool"))
    shown = mine.append([assistant({"type": "delta", "text": "a"})])
    assert [event["event"] for event in shown] == ["call", "delta"]
    assert mine.last_seq == 3


def test_catching_up_shows_each_event_once() -> None:
    mine, log = journal()
    log.events.append(envelope(2, "call", "tool"))
    assert [event["seq"] for event in mine.catch_up()] == [2]
    assert mine.catch_up() == []


def test_the_end_of_the_run_is_raised_and_not_counted_as_shown() -> None:
    mine, log = journal()
    log.events += [envelope(2, "call", "tool"), envelope(3, "cancelled", "lifecycle")]
    with pytest.raises(RunClosed):
        mine.catch_up()
    assert mine.last_seq == 1


@pytest.mark.parametrize(
    ("stream", "event", "ends"),
    [("lifecycle", "succeeded", True), ("lifecycle", "started", False), ("assistant", "failed", False)],
)
def test_only_a_terminal_lifecycle_event_ends_a_run(stream: str, event: str, *, ends: bool) -> None:
    assert ends_a_run(envelope(1, event, stream)) is ends


def test_what_a_replay_says_is_kept_and_not_written() -> None:
    mine = UnwrittenJournal()
    draft = assistant({"type": "delta", "text": "x"})
    assert (mine.append([draft]), mine.catch_up(), mine.drafts) == ([], [], [draft])
