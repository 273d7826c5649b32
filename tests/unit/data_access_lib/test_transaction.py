from collections.abc import Callable
from typing import Any

import pytest

from data_access_lib.client import TenantTransaction
from data_access_lib.codec import encode_item
from data_access_lib.conditions import attr
from data_access_lib.errors import (
    ConditionFailed,
    StoreUnavailable,
    TenantAccessViolation,
    TransactionConflict,
    TransactionTooLarge,
    UnstorableValue,
)
from data_access_lib.keys import Key, shard_of
from data_access_lib.tenant import TenantContext, TenantId
from tests.stores import Stores, failure, raising

PK = "TENANT#acme#THING#1"
FOREIGN = Key("TENANT#acme-2#THING#1", "META")


@pytest.fixture
def transaction(stores: Stores) -> TenantTransaction:
    context = TenantContext(TenantId("acme"), "usr:1:ada")
    return TenantTransaction(stores.client, context, stores.signals, pause=stores.pauses.append)  # type: ignore[arg-type]


def test_pieces_over_several_tables_happen_together(stores: Stores, transaction: TenantTransaction) -> None:
    runs, ops = stores.table(stores.runs), stores.table(stores.ops)
    ops.put({"pk": PK, "sk": "old"})
    ops.put({"pk": PK, "sk": "seen", "n": 1})
    assert transaction.put(stores.runs, {"pk": PK, "sk": "new"}, condition=attr("pk").absent(), label="new") == 0
    assert transaction.update(stores.ops, Key(PK, "sum"), set_={"a": 1}, add={"n": 2}, remove=("b",), label="sum") == 1
    assert transaction.delete(stores.ops, Key(PK, "old"), condition=attr("pk").exists()) == 2
    assert transaction.check(stores.ops, Key(PK, "seen"), attr("n").eq(1), label="seen") == 3
    assert len(transaction) == 4
    stores.client.calls.clear()
    transaction.commit()
    assert stores.client.operations == ["transact_write_items"]
    assert runs.get(Key(PK, "new")) is not None
    assert ops.get(Key(PK, "sum")) == {"pk": PK, "sk": "sum", "a": 1, "n": 2}
    assert ops.get(Key(PK, "old")) is None


def test_the_request_holds_each_piece_as_it_was_said(stores: Stores, transaction: TenantTransaction) -> None:
    stores.client.answers["transact_write_items"] = lambda _: {}
    key = encode_item({"pk": PK, "sk": "a"})
    roll = encode_item({"gsi2pk": f"TENANT#acme#ROLL#{shard_of(PK)}", "gsi2sk": PK})
    transaction.put("runs", {"pk": PK, "sk": "a", "n": 1})
    transaction.update("ops", Key(PK, "a"), set_={"n": 1}, condition=attr("m").eq(2))
    transaction.delete("ops", Key(PK, "a"))
    transaction.check("ops", Key(PK, "a"), attr("m").exists())
    transaction.commit("token-1")
    old = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    assert stores.client.calls[0][1] == {
        "ClientRequestToken": "token-1",
        "TransactItems": [
            {"Put": {"TableName": "runs", "Item": {**key, "n": {"N": "1"}, **roll}}},
            {
                "Update": {
                    "TableName": "ops",
                    "Key": key,
                    "UpdateExpression": "SET #n0 = :v0, #n1 = :v1, #n2 = :v2",
                    "ConditionExpression": "#n3 = :v3",
                    "ExpressionAttributeNames": {"#n0": "n", "#n1": "gsi2pk", "#n2": "gsi2sk", "#n3": "m"},
                    "ExpressionAttributeValues": {
                        ":v0": {"N": "1"},
                        ":v1": roll["gsi2pk"],
                        ":v2": roll["gsi2sk"],
                        ":v3": {"N": "2"},
                    },
                    **old,
                }
            },
            {"Delete": {"TableName": "ops", "Key": key}},
            {
                "ConditionCheck": {
                    "TableName": "ops",
                    "Key": key,
                    "ConditionExpression": "attribute_exists(#n0)",
                    "ExpressionAttributeNames": {"#n0": "m"},
                    **old,
                }
            },
        ],
    }


def test_when_one_condition_fails_nothing_happens_and_the_piece_is_named(
    stores: Stores, transaction: TenantTransaction
) -> None:
    stores.table(stores.ops).put({"pk": PK, "sk": "budget", "remaining": 1})
    transaction.put(stores.runs, {"pk": PK, "sk": "new"})
    transaction.update(
        stores.ops, Key(PK, "budget"), add={"remaining": -5}, condition=attr("remaining").ge(5), label="budget"
    )
    with pytest.raises(ConditionFailed) as caught:
        transaction.commit()
    assert (caught.value.index, caught.value.label) == (1, "budget")
    assert caught.value.item == {"pk": PK, "sk": "budget", "remaining": 1}
    assert stores.table(stores.runs).get(Key(PK, "new")) is None


@pytest.mark.parametrize("label", ["", "piece"])
@pytest.mark.parametrize("verb", ["put", "delete", "check"])
def test_every_kind_of_piece_can_have_a_label(
    stores: Stores, transaction: TenantTransaction, verb: str, label: str
) -> None:
    missing = attr("pk").exists()
    pieces: dict[str, Callable[[], int]] = {
        "put": lambda: transaction.put(stores.runs, {"pk": PK, "sk": "a"}, condition=missing, label=label),
        "delete": lambda: transaction.delete(stores.runs, Key(PK, "a"), condition=missing, label=label),
        "check": lambda: transaction.check(stores.runs, Key(PK, "a"), missing, label=label),
    }
    pieces[verb]()
    with pytest.raises(ConditionFailed) as caught:
        transaction.commit()
    assert caught.value.label == label


def test_an_unlabelled_piece_has_an_empty_label(stores: Stores, transaction: TenantTransaction) -> None:
    missing = attr("pk").exists()
    transaction.put(stores.runs, {"pk": PK, "sk": "a"}, condition=missing)
    transaction.update(stores.runs, Key(PK, "b"), set_={"a": 1}, condition=missing)
    transaction.delete(stores.runs, Key(PK, "c"), condition=missing)
    transaction.check(stores.runs, Key(PK, "d"), missing)
    with pytest.raises(ConditionFailed) as caught:
        transaction.commit()
    assert (caught.value.label, caught.value.reasons) == ("", ("ConditionalCheckFailed",) * 4)
    assert transaction._labels == [""] * 4


ATTEMPTS: dict[str, Callable[[TenantTransaction], object]] = {
    "transact_put": lambda t: t.put("runs", {"pk": FOREIGN.pk, "sk": "META"}),
    "transact_put into an index": lambda t: t.put("runs", {"pk": PK, "sk": "a", "gsi1pk": FOREIGN.pk}),
    "transact_update": lambda t: t.update("runs", FOREIGN, set_={"a": 1}),
    "transact_update into an index": lambda t: t.update("runs", Key(PK, "a"), set_={"gsi1pk": FOREIGN.pk}),
    "transact_delete": lambda t: t.delete("runs", FOREIGN),
    "transact_check": lambda t: t.check("runs", FOREIGN, attr("pk").exists()),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_piece_outside_is_refused_as_it_is_added(
    stores: Stores, transaction: TenantTransaction, attempt: str
) -> None:
    with pytest.raises(TenantAccessViolation):
        ATTEMPTS[attempt](transaction)
    [seen] = stores.signals.attempts
    assert (seen.operation, seen.attempted, seen.resource) == (attempt.split(maxsplit=1)[0], FOREIGN.pk, "runs")
    assert len(transaction) == 0
    transaction.commit()
    assert stores.client.calls == []


def test_a_piece_cannot_move_an_item(transaction: TenantTransaction) -> None:
    with pytest.raises(UnstorableValue):
        transaction.update("runs", Key(PK, "a"), set_={"sk": "b"})


def test_a_hundred_pieces_fit(stores: Stores, transaction: TenantTransaction) -> None:
    for number in range(100):
        transaction.put(stores.runs, {"pk": PK, "sk": str(number)})
    with pytest.raises(TransactionTooLarge) as caught:
        transaction.put(stores.runs, {"pk": PK, "sk": "100"})
    assert (caught.value.status, caught.value.detail) == (413, "Too many changes at once.")
    transaction.commit()
    assert len(stores.table(stores.runs).query(PK, limit=200).items) == 100


def contended(*codes: str) -> Exception:
    return failure("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def test_contention_is_the_callers_to_retry(stores: Stores, transaction: TenantTransaction) -> None:
    stores.client.answers["transact_write_items"] = raising(contended("TransactionConflict"))
    transaction.put(stores.runs, {"pk": PK, "sk": "a"})
    with pytest.raises(TransactionConflict) as caught:
        transaction.commit()
    assert caught.value.detail == "Another change was being made at the same time. Try again."
    assert len(stores.client.calls) == 1
    assert stores.pauses == []


def test_contention_is_retried_when_asked_with_growing_pauses(
    stores: Stores, transaction: TenantTransaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    stores.client.answers["transact_write_items"] = raising(contended("TransactionConflict"), times=2)
    transaction.put(stores.runs, {"pk": PK, "sk": "a"})
    transaction.commit("once", attempts=3)
    assert stores.pauses == [0.04, 0.08]
    assert [request["ClientRequestToken"] for _, request in stores.client.calls] == ["once"] * 3


def test_what_succeeds_is_not_sent_again(stores: Stores, transaction: TenantTransaction) -> None:
    stores.client.answers["transact_write_items"] = raising(contended("TransactionConflict"), times=1)
    transaction.update(stores.runs, Key(PK, "a"), add={"n": 1})
    transaction.commit(attempts=5)
    assert (len(stores.client.calls), len(stores.pauses)) == (2, 1)
    assert stores.table(stores.runs).get(Key(PK, "a")) == {"pk": PK, "sk": "a", "n": 1}


def test_contention_outlives_the_attempts(stores: Stores, transaction: TenantTransaction) -> None:
    stores.client.answers["transact_write_items"] = raising(contended("TransactionConflict"))
    transaction.put(stores.runs, {"pk": PK, "sk": "a"})
    with pytest.raises(TransactionConflict):
        transaction.commit(attempts=3)
    assert (len(stores.client.calls), len(stores.pauses)) == (3, 2)


@pytest.mark.parametrize(
    ("error", "expected"),
    [(contended("ConditionalCheckFailed"), ConditionFailed), (failure("ThrottlingException"), StoreUnavailable)],
)
def test_other_failures_are_not_retried(
    stores: Stores, transaction: TenantTransaction, error: Exception, expected: Any
) -> None:
    stores.client.answers["transact_write_items"] = raising(error)
    transaction.put(stores.runs, {"pk": PK, "sk": "a"})
    with pytest.raises(expected):
        transaction.commit(attempts=3)
    assert len(stores.client.calls) == 1
