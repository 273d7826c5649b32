from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from data_access_lib.conditions import attr
from data_access_lib.content import CONTENT, PLAIN, UNOPENED, Content
from data_access_lib.errors import ConditionFailed, ContentUnreadable, KeyUnavailable, UnstorableValue
from data_access_lib.keys import Key
from data_access_lib.table import TenantScopedTable
from tests.stores import Stores

RUN = Key("TENANT#acme#RUN#run_1", "META")
SAID = {"input": "hello", "output": '{"a":1}'}
FULL = {**RUN._asdict(), "status": "running", **SAID}


@dataclass
class Reversing:
    """A cipher to look through: it turns the bytes round and writes the place down."""

    key_arn: str | None = "arn:key"
    down: bool = False
    places: list[tuple[str, ...]] = field(default_factory=list)

    def seal(self, plain: bytes, place: Sequence[str]) -> bytes | None:
        self._note(place)
        return b"\1" + plain[::-1] if self.key_arn else None

    def open(self, sealed: bytes, place: Sequence[str]) -> bytes:
        self._note(place)
        return sealed[:0:-1]

    def _note(self, place: Sequence[str]) -> None:
        if self.down:
            raise KeyUnavailable
        self.places.append(tuple(place))


@pytest.fixture
def cipher() -> Reversing:
    return Reversing()


@pytest.fixture
def table(stores: Stores, cipher: Reversing) -> TenantScopedTable:
    return stores.table(stores.runs, content=Content(cipher))


def test_content_is_sealed_at_its_place_and_the_rest_stays_plain(cipher: Reversing) -> None:
    stored = Content(cipher).put_away(RUN, FULL)
    assert stored == {**FULL, "input": b"\1olleh", "output": b"\1" + b'{"a":1}'[::-1]}
    assert sorted(cipher.places) == [("item", *RUN, "input"), ("item", *RUN, "output")]
    assert Content(cipher).take_out(dict(stored)) == FULL


def test_what_is_content_is_said_once_for_each_kind() -> None:
    assert CONTENT.keys() == {
        "RUN",
        "SESSION",
        "IDEM",
        "APPROVAL",
        "INCIDENT",
        "TIMELINE",
        "WEBHOOK",
        "DELIVERY",
        "SCHEDULE",
    }
    assert {"input", "context", "metadata", "output", "error", "progress", "payload"} <= CONTENT["RUN"]
    assert {"pendingOutput", "pendingError"} <= CONTENT["RUN"]
    assert (CONTENT["SESSION"], CONTENT["IDEM"]) == ({"note"}, {"response"})
    assert CONTENT["APPROVAL"] == {"arguments", "votes"}
    assert (CONTENT["INCIDENT"], CONTENT["TIMELINE"]) == ({"postmortem"}, {"note"})
    assert (CONTENT["WEBHOOK"], CONTENT["DELIVERY"]) == ({"secrets"}, {"attempts"})


@pytest.mark.parametrize("partition", ["TENANT#acme#INSTANCE", "TENANT#acme#RUNS#0", "TENANT#platform#TENANT"])
def test_other_kinds_have_none(partition: str, cipher: Reversing) -> None:
    item = {"pk": partition, "sk": "x", "input": "hello", "note": "n"}
    assert Content(cipher).put_away((partition, "x"), item) == item
    assert Content(cipher).take_out(item) is item
    assert cipher.places == []


def test_older_plain_values_are_read_as_they_are(cipher: Reversing) -> None:
    assert Content(cipher).take_out(FULL) is FULL
    assert cipher.places == []


def test_a_tenant_without_a_key_writes_plain() -> None:
    without = Content(Reversing(key_arn=None))
    assert without.put_away(RUN, FULL) == FULL
    assert without.put_away_object("tenants/acme/x", b"{}") == b"{}"
    assert without.object_encryption() == {}


def test_without_keys_nothing_sealed_can_be_read() -> None:
    assert PLAIN.put_away(RUN, FULL) == FULL
    assert PLAIN.object_encryption() == {}
    with pytest.raises(ContentUnreadable):
        PLAIN.take_out({**FULL, "input": b"\1sealed"})
    with pytest.raises(ContentUnreadable):
        PLAIN.take_out_object("tenants/acme/x", b"\1sealed")


def test_documents_in_the_bucket_are_sealed_for_their_key(cipher: Reversing) -> None:
    content = Content(cipher)
    assert content.put_away_object("tenants/acme/x", b'{"a":1}') == b"\1" + b'{"a":1}'[::-1]
    assert content.take_out_object("tenants/acme/x", b"\1" + b"{}"[::-1]) == b"{}"
    assert content.take_out_object("tenants/acme/x", b'{"older":1}') == b'{"older":1}'
    assert content.take_out_object("tenants/acme/x", b"") == b""
    assert cipher.places == [("object", "tenants/acme/x")] * 2


def test_s3_is_told_the_tenants_key_and_to_ask_it_each_time(cipher: Reversing) -> None:
    expected = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:key", "BucketKeyEnabled": False}
    assert Content(cipher).object_encryption() == expected


@pytest.mark.parametrize("value", [{"a": 1}, 5, b"bytes", ["x"], None])
def test_content_that_is_not_text_is_refused(value: Any, cipher: Reversing) -> None:
    with pytest.raises(UnstorableValue, match=r"^Content is stored as text\.$"):
        Content(cipher).put_away(RUN, {"output": value})


def test_half_a_character_is_refused_as_it_is_in_plain_text(cipher: Reversing) -> None:
    with pytest.raises(UnstorableValue, match="surrogate"):
        Content(cipher).put_away(RUN, {"input": "\ud800"})


# Through the table: every way in and out.


def stored(stores: Stores, sk: str = "META") -> dict[str, Any]:
    found = stores.raw(stores.runs, RUN.pk, sk)
    assert found is not None
    return found


def test_a_put_seals_and_a_get_opens(table: TenantScopedTable, stores: Stores) -> None:
    table.put(FULL)
    assert stored(stores)["input"] == {"B": b"\1olleh"}
    assert stored(stores)["status"] == {"S": "running"}
    assert table.get(RUN) == FULL
    assert table.get(RUN, projection=("input",)) == {"input": "hello"}
    assert table.batch_get([RUN]) == {RUN: FULL}
    assert table.query(RUN.pk).items == [FULL]


def test_an_update_seals_and_returns_what_is_there(table: TenantScopedTable, stores: Stores) -> None:
    table.put(FULL)
    assert table.update(RUN, set_={"output": "done", "status": "ended"}, return_new=True) == {
        **FULL,
        "output": "done",
        "status": "ended",
    }
    assert stored(stores)["output"] == {"B": b"\1enod"}
    table.update(RUN, remove=("output",))
    assert "output" not in stored(stores)


def test_a_batch_and_a_transaction_seal_too(table: TenantScopedTable, stores: Stores) -> None:
    table.batch_write(puts=[{**FULL, "sk": "EVENT#1", "payload": "{}"}])
    assert stored(stores, "EVENT#1")["payload"] == {"B": b"\1}{"}
    transaction = table.transaction()
    transaction.put(stores.runs, FULL)
    transaction.update(stores.runs, Key(RUN.pk, "EVENT#2"), set_={"payload": "[]"})
    transaction.commit()
    assert stored(stores)["input"] == {"B": b"\1olleh"}
    assert stored(stores, "EVENT#2")["payload"] == {"B": b"\1]["}


def test_what_a_failed_condition_brings_along_is_opened(table: TenantScopedTable, stores: Stores) -> None:
    table.put(FULL)
    never = attr("status").eq("never")
    transaction = table.transaction()
    transaction.put(stores.runs, FULL, condition=never)
    attempts: list[Any] = [
        lambda: table.put(FULL, condition=never),
        lambda: table.update(RUN, set_={"a": 1}, condition=never),
        lambda: table.delete(RUN, condition=never),
        transaction.commit,
    ]
    for attempt in attempts:
        with pytest.raises(ConditionFailed) as caught:
            attempt()
        assert caught.value.item == FULL


def test_who_only_counts_and_removes_sees_content_as_it_lies_there(table: TenantScopedTable, stores: Stores) -> None:
    table.put(FULL)
    unopened = TenantScopedTable(stores.client, stores.runs, table.tenant, stores.signals, content=UNOPENED)  # type: ignore[arg-type]
    seen = unopened.get(RUN)
    assert seen is not None
    assert isinstance(seen["input"], bytes)
    assert table.get(RUN) == FULL


def test_when_the_key_cannot_be_used_nothing_is_sent(
    table: TenantScopedTable, stores: Stores, cipher: Reversing
) -> None:
    cipher.down = True
    transaction = table.transaction()
    attempts: list[Any] = [
        lambda: table.put(FULL),
        lambda: table.update(RUN, set_=SAID),
        lambda: table.batch_write(puts=[FULL]),
        lambda: transaction.put(stores.runs, FULL),
        lambda: transaction.update(stores.runs, RUN, set_=SAID),
    ]
    for attempt in attempts:
        with pytest.raises(KeyUnavailable):
            attempt()
    assert stores.client.calls == []
    assert len(transaction) == 0
    table.update(RUN, set_={"status": "running"})  # what is no content needs no key
    assert "input" not in stored(stores)


def test_when_the_key_cannot_be_used_nothing_is_read(
    table: TenantScopedTable, stores: Stores, cipher: Reversing
) -> None:
    table.put(FULL)
    cipher.down = True
    reads: list[Any] = [
        lambda: table.get(RUN),
        lambda: table.query(RUN.pk),
        lambda: table.batch_get([RUN]),
        lambda: table.delete(RUN, condition=attr("status").eq("never")),
    ]
    for read in reads:
        with pytest.raises(KeyUnavailable):
            read()
    assert table.get(RUN, projection=("status",)) == {"status": "running"}
