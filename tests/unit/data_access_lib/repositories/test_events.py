import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from data_access_lib.conditions import Change, attr
from data_access_lib.errors import (
    ConditionFailed,
    EventTooLarge,
    InvalidIdentifier,
    RunClosed,
    TransactionConflict,
    UnstorableValue,
)
from data_access_lib.keys import run_key
from data_access_lib.repositories.events import EventDraft, EventLog
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantId
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import PASS, HandClock, Stores, failure, make_stores, raising

SESSION = "ses_" + "0" * 32
STARTED = EventDraft("lifecycle", "started")


def delta(text: str) -> EventDraft:
    return EventDraft("assistant", "delta", {"text": text})


@pytest.fixture
def log(stores: Stores, clock: HandClock) -> EventLog:
    return EventLog(stores.table(stores.runs), clock, pause=stores.pauses.append)


@pytest.fixture
def run_id(stores: Stores, clock: HandClock) -> str:
    return started(stores, clock)


def started(stores: Stores, clock: HandClock, status: str = "running") -> str:
    run_id = new_id("run")
    table = stores.table(stores.runs)
    transaction = table.transaction()
    Runs(table, clock).start(transaction, {"runId": run_id, "sessionId": SESSION, "status": status}, [STARTED])
    transaction.commit()
    stores.client.calls.clear()
    return run_id


def seqs(events: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for event in events]


def test_an_event_is_appended_in_an_envelope(log: EventLog, run_id: str, stores: Stores) -> None:
    appended = log.append(run_id, [delta("a")], session_id=SESSION, known=1)
    assert appended.events == [
        {
            "runId": run_id,
            "sessionId": SESSION,
            "seq": 2,
            "stream": "assistant",
            "event": "delta",
            "payload": {"text": "a", "type": "delta"},
            "timestamp": "2026-03-04T05:06:07.890Z",
        }
    ]
    assert appended.last_seq == 2
    assert log.read(run_id, after=1) == appended.events
    assert stores.client.operations == ["transact_write_items", "query"]
    stored = stores.raw(stores.runs, f"TENANT#acme#RUN#{run_id}", "EVENT#0000000002")
    assert stored is not None
    assert stored["ttl"] == {"N": str(1772600767 + 90 * 86400)}
    assert stored["payload"] == {"S": '{"text":"a","type":"delta"}'}


def test_the_payload_says_what_the_event_is_whatever_it_claims(log: EventLog, run_id: str) -> None:
    [event] = log.append(run_id, [EventDraft("tool", "call", {"type": "forged"})], known=1).events
    assert (event["event"], event["payload"]["type"]) == ("call", "call")


def test_the_whole_log_is_read_in_order_and_in_parts(log: EventLog, run_id: str) -> None:
    log.append(run_id, [delta(str(number)) for number in range(5)], session_id=SESSION, known=1)
    assert seqs(log.read(run_id)) == [1, 2, 3, 4, 5, 6]
    assert seqs(log.read(run_id, after=2, limit=2)) == [3, 4]
    assert log.read(run_id, after=6) == []
    assert log.read(new_id("run")) == []


def test_a_read_is_consistent_and_of_a_hundred_unless_told(log: EventLog, run_id: str, stores: Stores) -> None:
    log.read(run_id)
    assert (stores.client.calls[0][1]["ConsistentRead"], stores.client.calls[0][1]["Limit"]) == (True, 100)


def test_a_read_stops_before_what_is_still_being_written(log: EventLog, run_id: str, stores: Stores) -> None:
    log.append(run_id, [delta(str(number)) for number in range(4)], session_id=SESSION, known=1)
    raw: Any = stores.client._client
    key = {"pk": {"S": f"TENANT#acme#RUN#{run_id}"}, "sk": {"S": "EVENT#0000000003"}}
    raw.delete_item(TableName=stores.runs, Key=key)
    assert seqs(log.read(run_id)) == [1, 2]
    assert log.read(run_id, after=2) == []


def test_a_late_writer_is_given_what_came_between(log: EventLog, run_id: str) -> None:
    others = log.append(run_id, [delta("x"), delta("y")], session_id=SESSION, known=1)
    mine = log.append(run_id, [delta("z")], session_id=SESSION, known=1)
    assert mine.events[:2] == others.events
    assert (seqs(mine.events), mine.last_seq) == ([2, 3, 4], 4)
    assert log.read(run_id, after=1) == mine.events


def test_a_writer_late_by_many_reads_them_all(log: EventLog, run_id: str) -> None:
    log.append(run_id, [delta(str(number)) for number in range(150)], session_id=SESSION, known=1)
    mine = log.append(run_id, [delta("z")], session_id=SESSION, known=1)
    assert seqs(mine.events) == list(range(2, 153))


def test_who_knows_nothing_reads_the_run_first(log: EventLog, run_id: str, stores: Stores) -> None:
    log.append(run_id, [delta("x")], session_id=SESSION, known=1)
    stores.client.calls.clear()
    appended = log.append(run_id, [delta("y")])
    assert (seqs(appended.events), appended.events[0]["sessionId"]) == ([3], SESSION)
    assert stores.client.operations == ["get_item", "transact_write_items"]
    assert stores.client.calls[0][1]["ConsistentRead"] is True
    assert seqs(log.append(run_id, [delta("z")], session_id=SESSION).events) == [4]
    assert seqs(log.append(run_id, [delta("z")], known=2).events) == [3, 4, 5]


def test_an_unknown_run_takes_no_event(log: EventLog) -> None:
    for arguments in ({}, {"session_id": SESSION, "known": 0}):
        with pytest.raises(NotFound, match=r"^There is no such run\.$"):
            log.append(new_id("run"), [delta("x")], **arguments)  # type: ignore[arg-type]  # a table's row
    with pytest.raises(InvalidIdentifier):
        log.append("run_1", [delta("x")])


@pytest.mark.parametrize("status", ["succeeded", "failed", "halted", "cancelled", "timed_out"])
def test_nothing_follows_the_event_that_ended_the_run(
    log: EventLog, stores: Stores, clock: HandClock, status: str
) -> None:
    run_id = started(stores, clock)
    log.append(run_id, [EventDraft("lifecycle", status)], known=1, change=Change(set_={"status": status}))
    with pytest.raises(RunClosed) as caught:
        log.append(run_id, [delta("x")], session_id=SESSION, known=2)
    assert caught.value.run_status == status
    assert seqs(log.read(run_id)) == [1, 2]


@pytest.mark.parametrize("status", ["queued", "running", "awaiting_approval", "paused", "retrying"])
def test_an_open_run_takes_events(log: EventLog, stores: Stores, clock: HandClock, status: str) -> None:
    assert log.append(started(stores, clock, status), [delta("x")]).last_seq == 2


def test_a_change_and_other_pieces_come_with_the_last_event(log: EventLog, run_id: str, stores: Stores) -> None:
    change = Change(set_={"status": "paused"}, add={"toolCalls": 2}, remove=("input",))
    side = {"pk": "TENANT#acme#THING#1", "sk": "a"}
    log.append(run_id, [delta("x")], known=1, change=change, also=lambda t: t.put(stores.ops, side))
    run = stores.table(stores.runs).get(run_key(TenantId("acme"), run_id)) or {}
    assert (run["status"], run["toolCalls"], run["lastSeq"]) == ("paused", 2, 2)
    assert stores.raw(stores.ops, "TENANT#acme#THING#1", "a") is not None


def test_a_change_without_events_moves_no_sequence(log: EventLog, run_id: str) -> None:
    appended = log.append(run_id, [], session_id=SESSION, known=1, change=Change(set_={"status": "paused"}))
    assert (appended.events, appended.last_seq) == ([], 1)
    late = log.append(run_id, [delta("x")], session_id=SESSION, known=1)
    assert seqs(late.events) == [2]


def test_the_condition_of_another_piece_is_the_callers(log: EventLog, run_id: str, stores: Stores) -> None:
    def demand(transaction: Any) -> None:
        transaction.check(stores.ops, ("TENANT#acme#THING#1", "a"), attr("pk").exists(), label="mine")

    with pytest.raises(ConditionFailed) as caught:
        log.append(run_id, [delta("x")], session_id=SESSION, known=1, also=demand)
    assert (caught.value.label, caught.value.index) == ("mine", 2)
    assert seqs(log.read(run_id)) == [1]


def test_a_late_writers_other_pieces_come_once(log: EventLog, run_id: str, stores: Stores) -> None:
    log.append(run_id, [delta("x")], session_id=SESSION, known=1)
    key = ("TENANT#acme#THING#1", "a")
    log.append(run_id, [delta("y")], known=1, also=lambda t: t.update(stores.ops, key, add={"n": 1}))  # type: ignore[arg-type]
    assert stores.table(stores.ops).get(key) == {"pk": key[0], "sk": "a", "n": 1}  # type: ignore[arg-type]


def test_many_events_are_written_in_several_transactions(log: EventLog, run_id: str, stores: Stores) -> None:
    change = Change(set_={"status": "paused"})
    appended = log.append(run_id, [delta(str(n)) for n in range(181)], session_id=SESSION, known=1, change=change)
    assert (seqs(appended.events), appended.last_seq) == (list(range(2, 183)), 182)
    sizes = [len(request["TransactItems"]) for _, request in stores.client.calls]
    assert sizes == [91, 91, 2]
    updates = [request["TransactItems"][0]["Update"] for _, request in stores.client.calls]
    changed = [set(update["ExpressionAttributeNames"].values()) - {"gsi2pk", "gsi2sk"} for update in updates]
    assert changed == [{"lastSeq", "status"}] * 3
    assert [update["UpdateExpression"].count("=") for update in updates] == [3, 3, 4]


def test_large_events_are_spread_by_their_bytes(log: EventLog, run_id: str, stores: Stores) -> None:
    big = "é" * 149_990  # 299 980 bytes, and eleven more for {"text":""}
    log.append(run_id, [delta(big)] * 11, session_id=SESSION, known=1)
    assert [len(request["TransactItems"]) for _, request in stores.client.calls] == [11, 2]
    assert len(json.dumps({"text": big}, ensure_ascii=False, separators=(",", ":")).encode()) == 299_991


@pytest.mark.parametrize(("length", "fits"), [(300_000 - 11, True), (300_001 - 11, False)])
def test_one_event_has_a_greatest_size(log: EventLog, run_id: str, length: int, fits: bool) -> None:  # noqa: FBT001
    if fits:
        log.append(run_id, [delta("x" * length)], known=1)
        return
    with pytest.raises(EventTooLarge):
        log.append(run_id, [delta("fine"), delta("x" * length)], known=1)
    assert seqs(log.read(run_id)) == [1]


def test_a_payload_is_json(log: EventLog, run_id: str) -> None:
    with pytest.raises(UnstorableValue):
        log.append(run_id, [EventDraft("tool", "call", {"x": {1, 2}})], known=1)


def contended() -> Exception:
    return failure("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}] * 2)


def test_contention_is_waited_out(log: EventLog, run_id: str, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    stores.client.answers["transact_write_items"] = raising(contended(), times=9)
    assert log.append(run_id, [delta("x")], session_id=SESSION, known=1).last_seq == 2
    assert stores.pauses == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.64, 0.64]


def test_endless_contention_is_told(log: EventLog, run_id: str, stores: Stores) -> None:
    stores.client.answers["transact_write_items"] = raising(contended())
    with pytest.raises(TransactionConflict):
        log.append(run_id, [delta("x")], session_id=SESSION, known=1)
    assert stores.client.operations == ["transact_write_items"] * 16


def test_events_that_are_not_readable_yet_are_waited_for(log: EventLog, run_id: str, stores: Stores) -> None:
    others = log.append(run_id, [delta("x")], session_id=SESSION, known=1)
    hidden = iter([1, 1])
    stores.client.answers["query"] = lambda _: {"Items": []} if next(hidden, None) else PASS
    mine = log.append(run_id, [delta("y")], session_id=SESSION, known=1)
    assert mine.events[:1] == others.events
    assert seqs(mine.events) == [2, 3]


def test_retention_can_be_set(stores: Stores, clock: HandClock, run_id: str) -> None:
    EventLog(stores.table(stores.runs), clock, retention=timedelta(days=1)).append(run_id, [delta("x")], known=1)
    stored = stores.raw(stores.runs, f"TENANT#acme#RUN#{run_id}", "EVENT#0000000002")
    assert stored is not None
    assert stored["ttl"] == {"N": str(1772600767 + 86400)}


def test_the_machines_clock_is_the_default(stores: Stores, run_id: str) -> None:
    [event] = EventLog(stores.table(stores.runs)).append(run_id, [delta("x")], known=1).events
    assert event["timestamp"] > "2026"


def test_another_tenants_run_takes_no_event(stores: Stores, clock: HandClock, run_id: str) -> None:
    theirs = EventLog(stores.table(stores.runs, "acme-2"), clock)
    with pytest.raises(NotFound):
        theirs.append(run_id, [delta("x")])
    assert theirs.read(run_id) == []


class Writers(RuleBasedStateMachine):
    """Three writers with knowledge of their own, overtaken at any moment, contention, half-visible reads, one end."""

    make: Callable[[], Stores]

    @initialize()
    def start_a_run(self) -> None:
        self.stores = type(self).make()
        self.clock = HandClock()
        self.run_id = started(self.stores, self.clock)
        self.log = EventLog(self.stores.table(self.stores.runs), self.clock, pause=lambda _: None)
        self.seen: list[list[dict[str, Any]]] = [self.log.read(self.run_id) for _ in range(3)]
        self.said: list[str] = []
        self.ended = False

    def _write(self, writer: int, texts: list[str], change: Change | None = None) -> None:
        known = self.seen[writer][-1]["seq"]
        drafts = [delta(text) for text in texts]
        try:
            new = self.log.append(self.run_id, drafts, session_id=SESSION, known=known, change=change)
        except RunClosed:
            assert self.ended
            return
        assert not self.ended
        self.seen[writer] += new.events
        self.said += texts
        assert new.last_seq == self.seen[writer][-1]["seq"]
        self.ended = change is not None

    @rule(writer=st.integers(0, 2), texts=st.lists(st.text("abc", max_size=2), min_size=1, max_size=4))
    def write(self, writer: int, texts: list[str]) -> None:
        self._write(writer, texts)

    @rule(writer=st.integers(0, 2), other=st.integers(0, 2), times=st.integers(1, 3))
    def write_while_another_overtakes(self, writer: int, other: int, times: int) -> None:
        """In the moment before the commit, another writer commits: the condition fails for real."""
        if writer == other:
            return
        left = [times]

        def overtake(_request: dict[str, Any]) -> Any:
            if left[0]:
                left[0] -= 1
                del self.stores.client.answers["transact_write_items"]
                self._write(other, ["o"])
                self.stores.client.answers["transact_write_items"] = overtake
            return PASS

        self.stores.client.answers["transact_write_items"] = overtake
        self._write(writer, ["w"])
        self.stores.client.answers.clear()

    @rule(writer=st.integers(0, 2), times=st.integers(1, 5))
    def write_under_contention(self, writer: int, times: int) -> None:
        self.stores.client.answers["transact_write_items"] = raising(contended(), times=times)
        self._write(writer, ["c"])
        self.stores.client.answers.clear()

    @rule(writer=st.integers(0, 2), drop=st.integers(0, 2))
    def write_while_reads_are_behind(self, writer: int, drop: int) -> None:
        """The first query misses one of the newest events, as a read beside a transaction may."""
        first = [True]

        def behind(request: dict[str, Any]) -> Any:
            if not first[0]:
                return PASS
            first[0] = False
            raw: Any = self.stores.client._client
            answer = raw.query(**request)
            del answer["Items"][drop : drop + 1]
            return answer

        self.stores.client.answers["query"] = behind
        self._write(writer, ["b"])
        self.stores.client.answers.clear()

    @rule(writer=st.integers(0, 2))
    def end(self, writer: int) -> None:
        self._write(writer, ["end"], Change(set_={"status": "succeeded"}))

    @invariant()
    def the_log_has_no_gap_and_everybody_saw_the_same(self) -> None:
        if not hasattr(self, "log"):
            return
        replay = self.log.read(self.run_id, limit=1000)
        assert seqs(replay) == list(range(1, len(replay) + 1))
        assert sorted(event["payload"]["text"] for event in replay[1:]) == sorted(self.said)
        for seen in self.seen:
            assert seen == replay[: len(seen)]


@pytest.mark.proof
def test_whoever_writes_the_log_is_one_sequence_that_live_and_replay_agree_on(aws: dict[str, Any]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    make = staticmethod(lambda: make_stores(aws["dynamodb"], aws["s3"]))
    machine = type("Machine", (Writers,), {"make": make})
    run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=15, deadline=None))
