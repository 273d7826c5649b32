import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, TransactionConflict
from data_access_lib.repositories.audit import (
    FIRST,
    LABEL,
    AuditDraft,
    AuditLog,
    AuditReader,
    detail_hash,
    entry_hash,
    first_break,
    pseudonym,
)
from data_access_lib.tenant import TenantId
from tests.stores import PASS, HandClock, Stores, failure

DRAFT = AuditDraft("api_key.created", "key_1", detail={"name": "ci"})


@pytest.fixture
def log(stores: Stores, clock: HandClock) -> AuditLog:
    return AuditLog(stores.table(stores.ledger), stores.table(stores.ops), clock, pause=stores.pauses.append)


def test_entries_form_a_chain_from_nothing(log: AuditLog) -> None:
    first, second = log.append(DRAFT), log.append(AuditDraft("api_key.revoked", "key_1", "denied"))
    assert (first["seq"], first["prevHash"], second["seq"]) == (1, FIRST, 2)
    assert second["prevHash"] == first["hash"] == entry_hash(first)
    assert second["decision"] == "denied"
    page = log.list()
    assert [entry["hash"] for entry in page.entries] == [first["hash"], second["hash"]]
    assert page.next_seq is None
    assert first_break(page.entries) is None


def test_an_entry_names_its_actor_by_pseudonym_and_binds_its_detail(log: AuditLog) -> None:
    entry = log.append(DRAFT)
    assert entry["actor"] == pseudonym(TenantId("acme"), "usr:1:ada") != pseudonym(TenantId("globex"), "usr:1:ada")
    (read,) = log.list().entries
    assert read["detail"] == {"name": "ci", "principalId": "usr:1:ada"}
    stored = json.dumps(read["detail"], sort_keys=True, separators=(",", ":"))
    assert detail_hash(read["salt"], stored) == read["detailHash"]


def test_the_chain_holds_without_an_erased_detail(log: AuditLog, stores: Stores) -> None:
    log.append(DRAFT)
    key = keys.audit_detail_key(TenantId("acme"), 1)
    stores.client.delete_item(TableName=stores.ops, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}})
    page = log.list()
    assert "detail" not in page.entries[0]
    assert first_break(page.entries) is None


@pytest.mark.parametrize("change", [{"target": "key_2"}, {"hash": "0" * 64}, {"time": "x"}, {"detailHash": "y"}])
def test_a_changed_entry_breaks_the_chain(change: dict[str, Any], log: AuditLog) -> None:
    entries = [log.append(DRAFT) for _ in range(3)]
    assert first_break([entries[0], {**entries[1], **change}, entries[2]]) == 2


def test_a_missing_or_swapped_entry_breaks_the_chain(log: AuditLog) -> None:
    one, two, three = (log.append(DRAFT) for _ in range(3))
    assert first_break([one, three]) == 3
    assert first_break([two, one]) == 2
    assert first_break([two, three]) == 2
    assert first_break([two, three], one["hash"]) is None


def test_a_change_and_its_entry_are_one(log: AuditLog, stores: Stores) -> None:
    key = keys.audit_head_key(TenantId("acme"))

    def build(transaction: Any) -> str:
        item = {**keys.running_key(TenantId("acme"))._asdict(), "n": 1}
        transaction.put(stores.ops, item, condition=attr("pk").absent(), label="mine")
        return "built"

    assert log.commit(DRAFT, build)[0] == "built"
    with pytest.raises(ConditionFailed) as refused:
        log.commit(DRAFT, build)
    assert refused.value.label == "mine"
    assert len(log.list().entries) == 1
    head = stores.raw(stores.ops, *key)
    assert head is not None
    assert head["seq"] == {"N": "1"}


def test_two_writers_do_not_fork_the_chain(log: AuditLog, stores: Stores) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: log.append(DRAFT), range(12)))
    entries = log.list().entries
    assert [entry["seq"] for entry in entries] == list(range(1, 13))
    assert first_break(entries) is None


def test_contention_that_does_not_end_is_told(log: AuditLog, stores: Stores) -> None:
    reasons = [{"Code": "TransactionConflict"}]
    stores.client.answers["transact_write_items"] = lambda _request: (_ for _ in ()).throw(
        failure("TransactionCanceledException", CancellationReasons=reasons)
    )
    with pytest.raises(TransactionConflict):
        log.append(DRAFT)
    assert len(stores.pauses) == 12
    stores.client.answers["transact_write_items"] = lambda _request: PASS
    assert log.append(DRAFT)["seq"] == 1


def test_a_head_that_moved_meanwhile_is_read_again(log: AuditLog, stores: Stores, clock: HandClock) -> None:
    other = AuditLog(stores.table(stores.ledger), stores.table(stores.ops), clock)
    raced: list[int] = []

    def race(_request: dict[str, Any]) -> Any:
        if not raced:
            raced.append(1)
            other.append(AuditDraft("other", "x"))
        return PASS

    stores.client.answers["transact_write_items"] = race
    assert log.append(DRAFT)["seq"] == 2
    assert LABEL == "audit"


def test_lists_go_both_ways_in_pages(log: AuditLog, stores: Stores) -> None:
    for _ in range(5):
        log.append(DRAFT)
    reader = AuditReader(stores.table(stores.ledger), stores.table(stores.ops))
    page = reader.list(limit=2)
    assert [entry["seq"] for entry in page.entries] == [1, 2]
    assert page.next_seq == 2
    assert [entry["seq"] for entry in reader.list(after=2, before=5, limit=9).entries] == [3, 4]
    assert [entry["seq"] for entry in reader.list(newest_first=True, limit=2).entries] == [5, 4]
    assert reader.list(after=5).entries == []
