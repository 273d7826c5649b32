from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.errors import TransactionConflict
from data_access_lib.repositories.audit import AuditDraft, AuditLog, first_break
from data_access_lib.repositories.audit_sequence import MOST, AuditSequence, EventAct
from data_access_lib.tenant import TenantId
from platform_kit.ids import new_id
from tests.stores import PASS, HandClock, Stores, failure

RUN = new_id("run")


@pytest.fixture
def chain(stores: Stores, clock: HandClock) -> AuditSequence:
    return AuditSequence(stores.table(stores.ledger), stores.table(stores.ops), clock, pause=stores.pauses.append)


def acts(*events: int, run: str = RUN) -> list[EventAct]:
    return [EventAct(run, event, AuditDraft("tool.called", run, detail={"event": event})) for event in events]


def entered(chain: AuditSequence) -> list[int]:
    entries = chain.list(limit=500).entries
    assert first_break(entries) is None
    return [entry["detail"]["event"] for entry in entries if "event" in entry["detail"]]


def test_acts_are_entered_in_order_by_their_run(chain: AuditSequence) -> None:
    assert chain.enter(acts(3, 4, 7)) == 3
    assert entered(chain) == [3, 4, 7]
    assert {entry["detail"]["principalId"] for entry in chain.list().entries} == {f"run:{RUN}"}


def test_an_act_that_is_told_again_is_entered_once(chain: AuditSequence) -> None:
    chain.enter(acts(1, 2))
    assert chain.enter(acts(1, 2, 3)) == 1
    assert chain.enter(acts(1, 2, 3)) == 0
    assert chain.enter([*acts(4), *acts(4)]) == 1
    assert chain.enter(acts(1, run=new_id("run"))) == 1
    assert entered(chain) == [1, 2, 3, 4, 1]


def test_many_acts_take_one_transaction_for_every_thirty(chain: AuditSequence, stores: Stores) -> None:
    assert chain.enter(acts(*range(1, 71))) == 70
    assert entered(chain) == list(range(1, 71))
    sizes = [len(r["TransactItems"]) for name, r in stores.client.calls if name == "transact_write_items"]
    assert sizes == [3 * MOST + 1, 3 * MOST + 1, 31]


def test_the_same_acts_told_to_two_at_once_are_entered_once(
    stores: Stores, clock: HandClock, chain: AuditSequence
) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: chain.enter(acts(*range(1, 20))), range(4)))
    assert sorted(done) == [0, 0, 0, 19]
    assert entered(chain) == list(range(1, 20))


def test_other_writers_of_the_chain_come_in_between(stores: Stores, clock: HandClock, chain: AuditSequence) -> None:
    other, late = AuditLog(stores.table(stores.ledger), stores.table(stores.ops), clock), [True]

    def overtake(_request: dict[str, Any]) -> Any:
        if late:
            late.clear()
            other.append(AuditDraft("file.deleted", "fil_1"))
        return PASS

    stores.client.answers["transact_write_items"] = overtake
    assert chain.enter(acts(1, 2)) == 2
    assert [entry["action"] for entry in chain.list().entries] == ["file.deleted", "tool.called", "tool.called"]
    assert entered(chain) == [1, 2]


def test_contention_that_does_not_end_is_told_and_nothing_is_entered(chain: AuditSequence, stores: Stores) -> None:
    reasons = [{"Code": "TransactionConflict"}]
    stores.client.answers["transact_write_items"] = lambda _request: (_ for _ in ()).throw(
        failure("TransactionCanceledException", CancellationReasons=reasons)
    )
    with pytest.raises(TransactionConflict):
        chain.enter(acts(1))
    stores.client.answers.clear()
    assert entered(chain) == []


def test_a_mark_goes_after_the_event_it_marks(chain: AuditSequence, stores: Stores, clock: HandClock) -> None:
    chain.enter(acts(5))
    mark = stores.raw(stores.ops, *keys.audit_event_key(TenantId("acme"), RUN, 5))
    assert mark is not None
    assert (mark["seq"], int(mark["ttl"]["N"]) - int(clock.now().timestamp())) == ({"N": "1"}, 100 * 24 * 3600)
