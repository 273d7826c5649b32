"""A chain that lies in a ledger, held against its checkpoints; the ledger is tampered with past the platform."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from data_access_lib import keys
from data_access_lib.audit_archive import AuditArchive
from data_access_lib.codec import encode_item
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.tenant import TenantId
from governance.audit.chain import BreakKind
from governance.audit.entry import FIELDS, canonical, entry_hash
from governance.audit.verification import Broken
from lambdas.checkpoints.notary import BEHIND, Notary, Seal
from tests.audit_logs import KEY, OTHER_KEY, log, rehashed, signer, verify
from tests.stores import HandClock, Stores

ACME: Final = TenantId("acme")
K = BreakKind
SEAL: Final = Seal("k1", signer(KEY), verify)


@pytest.fixture
def notary(stores: Stores, clock: HandClock) -> Notary:
    chain = AuditLog(stores.table(stores.ledger), stores.table(stores.ops), clock)
    return Notary(ACME, chain, AuditArchive(stores.objects()), SEAL, clock)


def fill(notary: Notary, number: int) -> None:
    for _ in range(number):
        notary.log.append(AuditDraft("file.deleted", "fil_1"))


def put(stores: Stores, number: int, **change: Any) -> None:
    """Change an entry where it lies."""
    key = keys.audit_key(ACME, number)
    item = stores.raw(stores.ledger, *key) or encode_item({**key._asdict()})
    stores.client.put_item(TableName=stores.ledger, Item={**item, **encode_item(change)})


def drop(stores: Stores, seq: int) -> None:
    pk, sk = keys.audit_key(ACME, seq)
    stores.client.delete_item(TableName=stores.ledger, Key={"pk": {"S": pk}, "sk": {"S": sk}})


def head(stores: Stores, seq: int, hash_: str) -> None:
    key = keys.audit_head_key(ACME)
    stores.client.put_item(TableName=stores.ops, Item=encode_item({**key._asdict(), "seq": seq, "hash": hash_}))


def rewrite(stores: Stores, notary: Notary, seq: int) -> None:
    """Another history from an entry on, with every hash and the end computed anew."""
    entries = rehashed([dict(one) for one in notary.log.stored(after=0, limit=500)], seq, decision="denied")
    for entry in entries:
        put(stores, entry["seq"], **entry)
    head(stores, entries[-1]["seq"], entries[-1]["hash"])


def broken(act: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Broken) as refused:
        act()
    return refused.value.found.seq, refused.value.found.kind


def test_a_chain_is_attested_and_attested_again_where_it_went_on(notary: Notary) -> None:
    assert notary.attest() is None
    fill(notary, 3)
    first = notary.attest()
    fill(notary, 2)
    second = notary.attest()
    assert first is not None
    assert second is not None
    assert (first.count, second.count, second.previous, second.key_id) == (3, 5, first.hash, "k1")
    assert notary.attest() == second, "nothing new: nothing signed"
    assert [entry["seq"] for entry in notary.archive.segment(4, 5)] == [4, 5]
    assert (notary.check().last, notary.check().covered) == (5, 5)


def test_long_stretches_are_attested_in_parts(notary: Notary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.checkpoints.notary.SEGMENT", 4)
    monkeypatch.setattr("lambdas.checkpoints.notary._PAGE", 2)
    fill(notary, 9)
    notary.attest()
    assert list(notary.archive.counts()) == [4, 8, 9]
    assert notary.check().covered == 9


@pytest.mark.parametrize("attested", [False, True])
@pytest.mark.parametrize("name", [name for name in FIELDS if name != "seq"])
def test_an_entry_that_was_changed_where_it_lies_is_named(
    name: str, *, attested: bool, notary: Notary, stores: Stores
) -> None:
    fill(notary, 5)
    if attested:
        notary.attest()
    put(stores, 3, **{name: "0" * 63 + "1"})
    assert broken(notary.check) == (3, K.ALTERED)
    if not attested:
        assert broken(notary.attest) == (3, K.ALTERED)


def test_the_entry_a_checkpoint_ends_with_is_looked_at_again(notary: Notary, stores: Stores) -> None:
    fill(notary, 3)
    notary.attest()
    fill(notary, 2)
    put(stores, 3, decision="denied")
    assert broken(notary.attest) == (3, K.ALTERED)


def test_an_entry_that_was_deleted_is_named(notary: Notary, stores: Stores) -> None:
    fill(notary, 5)
    drop(stores, 3)
    assert broken(notary.check) == (4, K.OUT_OF_ORDER)
    assert broken(notary.attest) == (4, K.OUT_OF_ORDER)


@pytest.mark.parametrize("moved", [False, True])
def test_a_tail_that_was_cut_off_is_found_by_the_checkpoint_and_by_the_end(
    *, moved: bool, notary: Notary, stores: Stores
) -> None:
    fill(notary, 5)
    third = notary.log.stored(after=2, limit=1)[0]
    drop(stores, 4)
    drop(stores, 5)
    assert broken(notary.check) == (4, K.TRUNCATED)
    assert broken(notary.attest) == (4, K.TRUNCATED)
    if moved:
        head(stores, 3, third["hash"])
        assert notary.check().last == 3, "no checkpoint knows more: it cannot be seen"


def test_a_tail_that_was_attested_and_cut_off_with_the_end_moved_back_is_found(notary: Notary, stores: Stores) -> None:
    fill(notary, 5)
    notary.attest()
    third = notary.log.stored(after=2, limit=1)[0]
    drop(stores, 4)
    drop(stores, 5)
    head(stores, 3, third["hash"])
    assert broken(notary.check) == (4, K.TRUNCATED)
    assert broken(notary.attest) == (5, K.TRUNCATED)


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_another_history_is_named_at_the_first_entry_that_is_another(seq: int, notary: Notary, stores: Stores) -> None:
    fill(notary, 5)
    notary.attest()
    rewrite(stores, notary, seq)
    assert broken(notary.check) == (seq, K.FORKED)
    assert broken(notary.attest) == (5, K.FORKED)


def test_another_history_after_the_checkpoint_before_is_named_too(notary: Notary, stores: Stores) -> None:
    fill(notary, 3)
    notary.attest()
    fill(notary, 3)
    notary.attest()
    rewrite(stores, notary, 5)
    assert broken(notary.check) == (5, K.FORKED)


def test_an_end_that_names_another_entry_is_found(notary: Notary, stores: Stores) -> None:
    fill(notary, 3)
    head(stores, 3, "f" * 64)
    assert broken(notary.check) == (3, K.FORKED)
    assert broken(notary.attest) == (3, K.FORKED)


def test_another_tenants_entries_are_found(notary: Notary, stores: Stores) -> None:
    theirs = log(3, tenant="globex")
    for entry in theirs:
        put(stores, entry["seq"], **{name: entry[name] for name in FIELDS})
        key = keys.audit_detail_key(ACME, entry["seq"])
        detail = {"salt": entry["salt"], "detail": canonical(entry["detail"]).decode()}
        stores.client.put_item(TableName=stores.ops, Item=encode_item({**key._asdict(), **detail}))
    head(stores, 3, theirs[-1]["hash"])
    assert broken(notary.check) == (1, K.FOREIGN)


def test_a_detail_that_was_changed_is_named_and_one_that_was_erased_is_not(notary: Notary, stores: Stores) -> None:
    fill(notary, 3)
    key = keys.audit_detail_key(ACME, 2)
    item = stores.raw(stores.ops, *key)
    assert item is not None
    stores.client.put_item(TableName=stores.ops, Item={**item, "detail": {"S": '{"principalId":"usr:1:eve"}'}})
    assert broken(notary.check) == (2, K.DETAIL)
    stores.client.delete_item(TableName=stores.ops, Key={"pk": item["pk"], "sk": item["sk"]})
    assert notary.check().erased == 1


@pytest.mark.parametrize("what", ["forged", "garbage", "of another count"])
def test_a_checkpoint_that_is_none_is_found(what: str, notary: Notary, stores: Stores) -> None:
    fill(notary, 3)
    made = notary.attest()
    assert made is not None
    body = {
        "forged": canonical(made.signed(signer(OTHER_KEY)).as_json()),
        "garbage": b"not JSON",
        "of another count": canonical({**made.as_json(), "count": 4}),
    }[what]
    stores.objects().put(keys.audit_checkpoint_object(ACME, 3), body)
    fill(notary, 1)
    assert broken(notary.attest)[1] == K.CHECKPOINT
    assert broken(notary.check)[1] == K.CHECKPOINT


def test_two_that_attest_at_once_agree(notary: Notary, stores: Stores, clock: HandClock) -> None:
    fill(notary, 3)
    entries = list(notary.log.stored(after=0, limit=10))
    other = Notary(ACME, notary.log, AuditArchive(stores.objects()), SEAL, clock)
    kept = other.attest()
    clock.advance(seconds=9)
    assert notary._attest(None, entries) == kept


def test_an_end_that_lies_behind_is_mended_when_all_else_holds(notary: Notary, stores: Stores) -> None:
    fill(notary, 5)
    notary.attest()
    entries = notary.log.stored(after=0, limit=9)
    head(stores, 3, entries[2]["hash"])
    with pytest.raises(Broken, match=BEHIND):
        notary.check()
    assert broken(notary.attest) == (3, K.TRUNCATED)
    assert notary.repair_head() == ((3, entries[2]["hash"]), (5, entries[4]["hash"]))
    assert notary.repair_head() is None
    fill(notary, 1)
    assert notary.check().last == 6


def test_an_end_is_not_mended_over_a_ledger_that_does_not_hold(notary: Notary, stores: Stores) -> None:
    fill(notary, 5)
    entries = notary.log.stored(after=0, limit=9)
    head(stores, 3, entries[2]["hash"])
    put(stores, 4, decision="denied")
    assert broken(notary.repair_head) == (4, K.ALTERED)
    assert notary.log.head().seq == 3


def test_a_lost_end_is_mended_too(notary: Notary, stores: Stores) -> None:
    fill(notary, 2)
    pk, sk = keys.audit_head_key(ACME)
    stores.client.delete_item(TableName=stores.ops, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    moved = notary.repair_head()
    assert moved is not None
    assert (moved[0].seq, moved[1].seq) == (0, 2)


def test_the_hash_of_a_stored_entry_is_what_it_says(notary: Notary) -> None:
    fill(notary, 1)
    (entry,) = notary.log.stored(after=0, limit=1)
    assert entry_hash(entry) == entry["hash"]
