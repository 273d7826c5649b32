from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.idempotency import Idempotency, Saved, Ticket, fingerprint
from platform_kit.errors import IdempotencyInProgress, IdempotencyMismatch
from tests.stores import HandClock, Stores, failure, raising

ROUTE = "POST /v1/agents/{agent}/invoke"
NOW_MS = 1772600767890


@pytest.fixture
def records(stores: Stores, clock: HandClock) -> Idempotency:
    return Idempotency(stores.table(stores.ops), clock)


def test_the_first_request_goes_on_and_its_answer_is_given_again(records: Idempotency) -> None:
    ticket = records.ticket(ROUTE, "k", b"body")
    assert records.look(ticket) is None
    assert records.begin(ticket, resource="run_1") is None
    assert records.complete(ticket, {"output": 1.0}) is True
    again = records.ticket(ROUTE, "k", b"body")
    assert records.begin(again) == Saved({"output": 1.0}, "run_1") == records.look(again)


def test_a_record_holds_a_fingerprint_a_token_a_lease_and_an_end(records: Idempotency, stores: Stores) -> None:
    ticket = records.ticket(ROUTE, "k", b"body")
    records.begin(ticket)
    item = stores.table(stores.ops).get(ticket.key)
    assert item == {
        **ticket.key._asdict(),
        "status": "in_progress",
        "body": fingerprint(b"body"),
        "token": ticket.token,
        "leaseUntil": NOW_MS + 15 * 60 * 1000,
        "expiresAt": NOW_MS + 24 * 3600 * 1000,
        "ttl": (NOW_MS + 24 * 3600 * 1000) // 1000,
    }
    assert len(ticket.token) == 32
    assert records.ticket(ROUTE, "k", b"body").token != ticket.token
    assert fingerprint(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_another_body_is_a_mismatch_running_or_done(records: Idempotency) -> None:
    first, other = records.ticket(ROUTE, "k", b"body"), records.ticket(ROUTE, "k", b"else")
    records.begin(first)
    for look in (records.begin, records.look):
        with pytest.raises(
            IdempotencyMismatch, match=r"^This Idempotency-Key was used with another body\. Use a new key\.$"
        ):
            look(other)
    records.complete(first, {})
    with pytest.raises(IdempotencyMismatch):
        records.begin(other)


def test_while_the_first_runs_the_same_request_waits(records: Idempotency, clock: HandClock) -> None:
    records.begin(records.ticket(ROUTE, "k", b"body"))
    clock.advance(minutes=15, milliseconds=-1)
    for look in (records.begin, records.look):
        with pytest.raises(IdempotencyInProgress) as caught:
            look(records.ticket(ROUTE, "k", b"body"))
        assert caught.value.retry_after == 1
        assert caught.value.detail == "The first request with this Idempotency-Key is still running."


@pytest.mark.chaos("paused-holders")
def test_after_the_lease_a_crashed_holder_loses_the_record(records: Idempotency, clock: HandClock) -> None:
    crashed, heir = records.ticket(ROUTE, "k", b"body"), records.ticket(ROUTE, "k", b"body")
    records.begin(crashed, resource="run_1")
    clock.advance(minutes=15)
    assert records.look(heir) is None
    assert records.begin(heir, resource="run_2") is None
    assert records.complete(crashed, {"by": "crashed"}) is False
    records.fail(crashed)
    assert records.complete(heir, {"by": "heir"}) is True
    assert records.look(heir) == Saved({"by": "heir"}, "run_2")


def test_after_the_lease_another_body_is_still_a_mismatch(records: Idempotency, clock: HandClock) -> None:
    records.begin(records.ticket(ROUTE, "k", b"body"))
    clock.advance(hours=1)
    with pytest.raises(IdempotencyMismatch):
        records.begin(records.ticket(ROUTE, "k", b"else"))


def test_a_day_later_the_key_is_free_though_the_item_is_still_there(records: Idempotency, clock: HandClock) -> None:
    first = records.ticket(ROUTE, "k", b"body")
    records.begin(first)
    records.complete(first, {"n": 1})
    clock.advance(hours=24, milliseconds=-1)
    assert records.look(first) == Saved({"n": 1}, None)
    clock.advance(milliseconds=1)
    other = records.ticket(ROUTE, "k", b"else")
    assert records.look(other) is None
    assert records.begin(other) is None


def test_a_completed_record_is_not_abandoned_when_its_lease_ends(records: Idempotency, clock: HandClock) -> None:
    first = records.ticket(ROUTE, "k", b"body")
    records.begin(first)
    records.complete(first, {"n": 1})
    clock.advance(hours=2)
    assert records.begin(records.ticket(ROUTE, "k", b"body")) == Saved({"n": 1}, None)


def test_a_failed_request_frees_its_key_at_once(records: Idempotency) -> None:
    first = records.ticket(ROUTE, "k", b"body")
    records.begin(first)
    records.fail(first)
    records.fail(first)
    assert records.begin(records.ticket(ROUTE, "k", b"else")) is None


def test_what_is_completed_is_not_completed_or_given_up_again(records: Idempotency) -> None:
    ticket = records.ticket(ROUTE, "k", b"body")
    records.begin(ticket)
    records.complete(ticket, {"n": 1})
    assert records.complete(ticket, {"n": 2}) is False
    records.fail(ticket)
    assert records.look(ticket) == Saved({"n": 1}, None)


def test_what_never_began_is_not_completed(records: Idempotency) -> None:
    assert records.complete(records.ticket(ROUTE, "k", b"body"), {}) is False


def test_a_key_is_scoped_to_tenant_principal_and_route(records: Idempotency, stores: Stores, clock: HandClock) -> None:
    records.begin(records.ticket(ROUTE, "k", b"body"))
    others = [
        Idempotency(stores.table(stores.ops, "globex"), clock).ticket(ROUTE, "k", b"else"),
        Idempotency(stores.table(stores.ops, "acme", "usr:1:bob"), clock).ticket(ROUTE, "k", b"else"),
        records.ticket("POST /v1/files", "k", b"else"),
        records.ticket(ROUTE, "K", b"else"),
    ]
    assert len({ticket.key for ticket in others} | {records.ticket(ROUTE, "k", b"").key}) == 5
    for ticket in others[1:]:
        assert records.look(ticket) is None


def test_as_a_piece_it_begins_with_the_rest_or_not_at_all(records: Idempotency, stores: Stores) -> None:
    table = stores.table(stores.ops)
    first = records.ticket(ROUTE, "k", b"body")
    transaction = table.transaction()
    assert records.begin_in(transaction, first, resource="run_1") == 0
    transaction.commit()
    again = table.transaction()
    second = records.ticket(ROUTE, "k", b"body")
    again.put(table.name, {"pk": "TENANT#acme#THING#1", "sk": "a"})
    assert records.begin_in(again, second) == 1
    with pytest.raises(ConditionFailed) as caught:
        again.commit()
    assert caught.value.label == "idempotency"
    assert table.get(("TENANT#acme#THING#1", "a")) is None  # type: ignore[arg-type]  # a key is a pair
    with pytest.raises(IdempotencyInProgress):
        records.outcome(second, caught.value.item)


def test_as_a_piece_it_completes_with_the_rest(records: Idempotency, stores: Stores, clock: HandClock) -> None:
    table = stores.table(stores.ops)
    ticket = records.ticket(ROUTE, "k", b"body")
    records.begin(ticket)
    transaction = table.transaction()
    assert records.complete_in(transaction, ticket, {"n": 1}) == 0
    transaction.commit()
    assert records.look(ticket) == Saved({"n": 1}, None)
    late = table.transaction()
    records.complete_in(late, ticket, {"n": 2})
    with pytest.raises(ConditionFailed) as caught:
        late.commit()
    assert caught.value.label == "idempotency"


def test_a_record_given_up_in_the_moment_of_asking_is_asked_for_again(records: Idempotency, stores: Stores) -> None:
    stores.client.answers["put_item"] = raising(failure("ConditionalCheckFailedException"), times=2)
    assert records.begin(records.ticket(ROUTE, "k", b"body")) is None
    assert stores.client.operations == ["put_item"] * 3


def test_a_record_that_flickers_without_end_counts_as_running(records: Idempotency, stores: Stores) -> None:
    stores.client.answers["put_item"] = raising(failure("ConditionalCheckFailedException"))
    with pytest.raises(IdempotencyInProgress):
        records.begin(records.ticket(ROUTE, "k", b"body"))
    assert len(stores.client.calls) == 3


def test_the_lease_can_be_set(stores: Stores, clock: HandClock) -> None:
    records = Idempotency(stores.table(stores.ops), clock, lease=timedelta(seconds=10))
    records.begin(records.ticket(ROUTE, "k", b"body"))
    clock.advance(seconds=10)
    assert records.begin(records.ticket(ROUTE, "k", b"body")) is None


def test_a_record_is_read_consistently(records: Idempotency, stores: Stores) -> None:
    records.look(records.ticket(ROUTE, "k", b""))
    assert stores.client.calls[0][1]["ConsistentRead"] is True


def test_the_machines_clock_is_the_default(stores: Stores) -> None:
    records = Idempotency(stores.table(stores.ops))
    ticket = records.ticket(ROUTE, "k", b"body")
    records.begin(ticket)
    records.complete(ticket, {"n": 1})
    assert records.look(ticket) == Saved({"n": 1}, None)


@pytest.fixture
def fresh_stores(aws: dict[str, Any]) -> Callable[[], Stores]:
    from tests.stores import make_stores

    return lambda: make_stores(aws["dynamodb"], aws["s3"])


class Requests(RuleBasedStateMachine):
    """Two bodies under one key, requests that answer, crash or fail, and time: an oracle says what each may see."""

    make: Callable[[], Stores]

    @initialize()
    def begin_anew(self) -> None:
        stores = type(self).make()
        self.clock = HandClock()
        self.records = Idempotency(stores.table(stores.ops), self.clock)
        self.held: list[Ticket] = []
        self.owner: Ticket | None = None
        self.saved: object = None
        self.since = self.clock.now()

    def _age(self) -> timedelta:
        return self.clock.now() - self.since

    @rule(body=st.sampled_from([b"one", b"two"]))
    def request(self, body: bytes) -> None:
        ticket = self.records.ticket(ROUTE, "k", body)
        expected: object
        if self.owner is None or self._age() >= timedelta(hours=24):
            expected = None
        elif self.owner.body != ticket.body:
            expected = IdempotencyMismatch
        elif self.saved is not None:
            expected = Saved(self.saved, None)
        else:
            expected = None if self._age() >= timedelta(minutes=15) else IdempotencyInProgress
        try:
            answer: object = self.records.begin(ticket)
        except (IdempotencyMismatch, IdempotencyInProgress) as refused:
            answer = type(refused)
        assert answer == expected
        if expected is None:
            self.owner, self.saved, self.since = ticket, None, self.clock.now()
            self.held.append(ticket)

    @rule(which=st.integers(0, 5), response=st.integers())
    def complete(self, which: int, response: int) -> None:
        if self.held:
            ticket = self.held[which % len(self.held)]
            may = ticket is self.owner and self.saved is None
            assert self.records.complete(ticket, {"n": response}) == may
            self.saved = {"n": response} if may else self.saved

    @rule(which=st.integers(0, 5))
    def fail(self, which: int) -> None:
        if self.held:
            ticket = self.held[which % len(self.held)]
            self.records.fail(ticket)
            if ticket is self.owner and self.saved is None:
                self.owner = None

    @rule(minutes=st.sampled_from([1, 14, 15, 60, 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)


@pytest.mark.proof
def test_whatever_happens_a_request_has_one_effect_and_one_answer(fresh_stores: Callable[[], Stores]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    machine = type("Machine", (Requests,), {"make": staticmethod(fresh_stores)})
    run_state_machine_as_test(machine, settings=settings(max_examples=15, stateful_step_count=20, deadline=None))


def test_a_function_may_keep_the_records_of_its_caller(stores: Stores, clock: HandClock) -> None:
    table = stores.table(stores.ops, "acme", "svc:tenants")
    own, anns = Idempotency(table, clock), Idempotency(table, clock, principal_id="usr:1:ann")
    assert own.ticket(ROUTE, "k", b"").key != anns.ticket(ROUTE, "k", b"").key
    asked_by_ann = Idempotency(stores.table(stores.ops, "acme", "usr:1:ann"), clock)
    assert asked_by_ann.ticket(ROUTE, "k", b"").key == anns.ticket(ROUTE, "k", b"").key
