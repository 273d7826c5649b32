"""Thousands of concurrent histories of what guards effects: each is explained by some order of its operations.

Three processes, three operations each, let go on one call of the store at a time, while leases run out. How many
histories there are of each subject is `AMBIT_HISTORIES`; `make chaos` asks for 2500.
"""

import os
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final, cast

import pytest

from data_access_lib.client import TenantScopedTable
from data_access_lib.content import PLAIN
from data_access_lib.errors import RunClosed, TransactionConflict
from data_access_lib.repositories.deliveries import CLAIM_MS, Deliveries
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.idempotency import LEASE as KEY_LEASE
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.runs import Runs
from data_access_lib.repositories.schedules import LEASE as FIRING_LEASE
from data_access_lib.repositories.schedules import Firings
from data_access_lib.tenant import TenantContext, TenantId
from platform_kit.clock import milliseconds, rfc3339
from platform_kit.errors import IdempotencyInProgress
from tests.dynamodb_in_memory import DynamoDBInMemory
from tests.linearisability import Done, Interleaving, Model, explained
from tests.stores import HandClock, SeenSignals

pytestmark = [pytest.mark.proof, pytest.mark.chaos("histories"), pytest.mark.timeout(1200)]
HISTORIES: Final = int(os.environ.get("AMBIT_HISTORIES", "100"))
PROCESSES, OPERATIONS, TICKS = 3, 3, 3
AT: Final = "2026-03-04T05:06:00.000Z"
SCHEDULE, ENDPOINT, DELIVERY = f"sch_{'1' * 32}", f"whk_{'1' * 32}", f"dlv_{'1' * 32}"
RUN, SESSION = f"run_{'1' * 32}", f"ses_{'1' * 32}"
Step = tuple[Any, Any]


class Subject:
    """What is done by so many processes, over a store of its own; `tick` is how far the clock moves."""

    tick = timedelta(0)
    begin: Any = None
    model: Model
    names: tuple[str, ...]

    def __init__(self, turn: Callable[[], None]) -> None:
        self.clock = HandClock()
        self.client: Any = DynamoDBInMemory(turn)

    def table(self) -> TenantScopedTable:
        who = TenantContext(TenantId("acme"), "usr:1:ada")
        return TenantScopedTable(self.client, "t", who, SeenSignals(), pause=lambda _: None, content=PLAIN)

    def process(self, number: int) -> Callable[[str, int], Any]:
        """What process `number` does: `(name, n)`."""
        raise NotImplementedError


class Keys(Subject):
    """Idempotency records: (whose, until, saved)."""

    tick = KEY_LEASE
    names = ("begin", "begin", "complete", "fail")

    def process(self, number: int) -> Callable[[str, int], Any]:
        records = Idempotency(self.table(), self.clock)
        ticket = records.ticket("POST /v1/files", "k", b"body")

        def act(name: str, n: int) -> Any:
            if name == "begin":
                try:
                    saved = records.begin(ticket)
                except IdempotencyInProgress:
                    return "held"
                return "mine" if saved is None else saved.response
            return records.complete(ticket, n) if name == "complete" else records.fail(ticket)

        return act

    @staticmethod
    def model(state: Any, one: Done, clock: int) -> Iterator[Step]:
        owner, until, saved = state or (None, 0, None)
        mine = owner == one.process and saved is None
        if one.name == "begin":
            if saved is not None:
                yield saved, state
            elif owner is None or until <= clock:
                # The lease is counted from when the operation read the clock: at its call, or when it tried again.
                for read in range(one.clock[0], clock + 1):
                    if owner is None or until <= read:
                        yield "mine", (one.process, read + 1, None)
            if owner is not None and saved is None and until > one.clock[0]:
                yield "held", state
        elif one.name == "complete":
            yield (True, (owner, until, one.given)) if mine else (False, state)
        else:
            yield None, (None if mine else state)


class Locks(Subject):
    """Firings, which are leases with fencing: (whose, until, done)."""

    tick = FIRING_LEASE + timedelta(milliseconds=1)
    names = ("claim", "claim", "release", "finish")

    def process(self, number: int) -> Callable[[str, int], Any]:
        firings = Firings(self.table(), self.clock)

        def act(name: str, n: int) -> Any:
            if name == "claim":
                return firings.claim(SCHEDULE, AT).value
            if name == "release":
                return firings.release(SCHEDULE, AT)
            return firings.finish(SCHEDULE, AT, {"result": "started", "runId": str(n)})

        return act

    @staticmethod
    def model(state: Any, one: Done, _clock: int) -> Iterator[Step]:
        owner, until, done = state or (None, 0, False)
        mine = owner == one.process and not done
        if one.name == "claim":
            read = one.clock[0]
            if done:
                yield "done", state
            elif owner is None or until <= read:
                yield "mine", (one.process, read + 1, False)
            if owner is not None and not done and until > read:
                yield "others", state
        elif one.name == "release":
            yield None, (None if mine else state)
        else:
            yield None, ((owner, until, True) if mine else state)


class Sendings(Subject):
    """Deliveries, claimed and settled attempt by attempt: (attempt, whose, until)."""

    tick = timedelta(milliseconds=CLAIM_MS)
    begin = (1, None, 0)
    names = ("claim", "claim", "settle")

    def __init__(self, turn: Callable[[], None]) -> None:
        super().__init__(turn)
        self.record = {"webhookId": ENDPOINT, "deliveryId": DELIVERY, "createdAt": rfc3339(self.clock.now())}
        assert Deliveries(self.table()).create(self.record)

    def process(self, number: int) -> Callable[[str, int], Any]:
        deliveries = Deliveries(self.table())

        def act(name: str, n: int) -> Any:
            read = {**self.record, "status": "pending", "round": 1, "attempt": n}
            if name == "claim":
                return deliveries.claim(read, f"p{number}", milliseconds(self.clock.now()))
            return deliveries.settle(read, f"p{number}", [], {"attempt": n + 1})

        return act

    @staticmethod
    def model(state: Any, one: Done, _clock: int) -> Iterator[Step]:
        attempt, owner, until = state
        if one.name == "claim":
            free = one.given == attempt and (owner is None or until <= one.clock[0])
            yield (True, (attempt, one.process, one.clock[0] + 1)) if free else (False, state)
        else:
            yield (True, (one.given + 1, None, 0)) if owner == one.process else (False, state)


class Jobs(Subject):
    """A run's state and its log: (status, heartbeats). It ends once, and nothing is written of it after that."""

    begin = ("queued", 0)
    names = ("start", "beat", "succeed", "cancel")

    def __init__(self, turn: Callable[[], None]) -> None:
        super().__init__(turn)
        table = self.table()
        transaction = table.transaction()
        record = {"runId": RUN, "sessionId": SESSION, "status": "queued", "beats": 0, "agent": "a", "leaseUntil": 1}
        Runs(table, self.clock).start(transaction, record, [EventDraft("lifecycle", "queued", {})])
        transaction.commit()

    def process(self, number: int) -> Callable[[str, int], Any]:
        runs = Runs(self.table(), self.clock)

        def act(name: str, n: int) -> Any:
            try:
                if name == "beat":
                    return runs.amend(RUN, {"progress": n}, add={"beats": 1})["beats"]
                if name == "start":
                    drafts = [EventDraft("lifecycle", "started", {})]
                    return len(runs.transition(RUN, "running", drafts, session_id=SESSION).events) > 0
                status = "succeeded" if name == "succeed" else "cancelled"
                drafts = [EventDraft("lifecycle", status, {})]
                return len(runs.finish(RUN, status, drafts, session_id=SESSION).events) > 0
            except RunClosed:
                return "closed"
            except TransactionConflict:
                return "contended"

        return act

    @staticmethod
    def model(state: Any, one: Done, _clock: int) -> Iterator[Step]:
        status, beats = state
        if status in {"succeeded", "cancelled"}:
            yield "closed", state
        elif one.name == "beat":
            yield beats + 1, (status, beats + 1)
        else:
            after = {"start": "running", "succeed": "succeeded", "cancel": "cancelled"}[one.name]
            yield True, (after, beats)
            yield "contended", state


def history_of(kind: type[Subject], seed: int) -> list[Done]:
    luck, turns = random.Random(seed), Interleaving(seed)  # noqa: S311 - a history that can be had again
    subject = kind(turns.turn)
    processes = []
    for number in range(PROCESSES):
        act = subject.process(number)
        chosen = [(luck.choice(kind.names), luck.randint(1, 2)) for _ in range(OPERATIONS)]
        processes.append([(name, n, lambda name=name, n=n, act=act: act(name, n)) for name, n in chosen])

    def tick() -> None:
        subject.clock.moment += kind.tick

    turns.run(cast("Any", processes), tick, TICKS)
    return turns.history


@pytest.mark.parametrize("kind", [Keys, Locks, Sendings, Jobs], ids=["keys", "locks", "deliveries", "jobs"])
def test_every_history_is_linearisable(kind: type[Subject], record_property: Any) -> None:
    for seed in range(HISTORIES):
        history = history_of(kind, seed)
        assert len(history) == PROCESSES * OPERATIONS
        assert explained(history, kind.model, kind.begin), f"seed {seed}: " + "\n".join(map(str, history))
    record_property("cases", HISTORIES)
