from collections.abc import Callable
from typing import Any

import pytest

from data_access_lib.client import Page, TenantScopedTable, TenantTransaction
from data_access_lib.codec import encode_item
from data_access_lib.conditions import Increment, attr
from data_access_lib.errors import (
    ConditionFailed,
    InvalidCursor,
    StaleVersion,
    StoreUnavailable,
    TenantAccessViolation,
    UnstorableValue,
)
from data_access_lib.keys import Key
from platform_kit.errors import NotFound
from tests.stores import PASS, Stores, failure, public_methods, raising

PK = "TENANT#acme#THING#1"
HOME = Key(PK, "META")
FOREIGN = Key("TENANT#acme-2#THING#1", "META")


@pytest.fixture
def table(stores: Stores) -> TenantScopedTable:
    return stores.table(stores.runs)


def put_many(table: TenantScopedTable, *sort_keys: str, **fields: object) -> None:
    for sk in sort_keys:
        table.put({"pk": PK, "sk": sk, "gsi1pk": "TENANT#acme#THINGS#0", "gsi1sk": sk, **fields})


def sort_keys(page: Page) -> list[str]:
    return [item["sk"] for item in page.items]


# one item


def test_an_item_that_is_put_can_be_got(table: TenantScopedTable) -> None:
    item = {"pk": PK, "sk": "META", "cost": 2**60 + 1, "blob": b"\0", "none": None, "tags": {"a"}}
    table.put(item)
    assert table.get(HOME) == item
    assert table.get(HOME, consistent=True) == item
    assert table.get(HOME, projection=("cost", "blob")) == {"cost": 2**60 + 1, "blob": b"\0"}
    assert table.get(Key(PK, "OTHER")) is None


def test_a_read_says_how_consistent_it_is(stores: Stores, table: TenantScopedTable) -> None:
    table.get(HOME)
    table.get(HOME, consistent=True, projection=("status",))
    assert stores.client.calls == [
        ("get_item", {"TableName": stores.runs, "Key": encode_item(HOME._asdict()), "ConsistentRead": False}),
        (
            "get_item",
            {
                "TableName": stores.runs,
                "Key": encode_item(HOME._asdict()),
                "ConsistentRead": True,
                "ProjectionExpression": "#n0",
                "ExpressionAttributeNames": {"#n0": "status"},
            },
        ),
    ]


def test_a_conditional_put_says_what_was_there_instead(table: TenantScopedTable) -> None:
    table.put({"pk": PK, "sk": "META", "n": 1}, condition=attr("pk").absent())
    with pytest.raises(ConditionFailed) as caught:
        table.put({"pk": PK, "sk": "META", "n": 2}, condition=attr("pk").absent())
    assert caught.value.item == {"pk": PK, "sk": "META", "n": 1}


def test_an_update_sets_adds_and_removes(table: TenantScopedTable) -> None:
    table.put({"pk": PK, "sk": "META", "a": 1, "n": 5, "gone": 1})
    changed = table.update(
        HOME, set_={"a": 2, "m": Increment(3, start=4)}, add={"n": -2}, remove=("gone",), return_new=True
    )
    assert changed == {"pk": PK, "sk": "META", "a": 2, "n": 3, "m": 7}
    assert table.update(HOME, set_={"a": 3}) is None
    assert table.get(HOME) == {"pk": PK, "sk": "META", "a": 3, "n": 3, "m": 7}


def test_an_update_makes_the_item_unless_its_condition_says_otherwise(table: TenantScopedTable) -> None:
    with pytest.raises(ConditionFailed) as caught:
        table.update(HOME, set_={"a": 1}, condition=attr("pk").exists())
    assert caught.value.item is None
    table.update(HOME, add={"n": 1})
    assert table.get(HOME) == {"pk": PK, "sk": "META", "n": 1}


def test_a_delete_may_have_a_condition(table: TenantScopedTable) -> None:
    table.put({"pk": PK, "sk": "META", "n": 1})
    with pytest.raises(ConditionFailed) as caught:
        table.delete(HOME, condition=attr("n").eq(2))
    assert caught.value.item == {"pk": PK, "sk": "META", "n": 1}
    table.delete(HOME, condition=attr("n").eq(1))
    table.delete(HOME)
    assert table.get(HOME) is None


# versions


def test_a_versioned_item_begins_at_one_and_counts_on(table: TenantScopedTable) -> None:
    first = table.versioned_put({"pk": PK, "sk": "META", "name": "a", "old": 1})
    assert first == {"pk": PK, "sk": "META", "name": "a", "old": 1, "etag": 1}
    second = table.versioned_update(HOME, 1, set_={"name": "b"}, remove=("old",))
    assert second == {"pk": PK, "sk": "META", "name": "b", "etag": 2} == table.get(HOME)
    assert table.versioned_update(HOME, 2)["etag"] == 3


def test_a_versioned_item_is_not_written_over(table: TenantScopedTable) -> None:
    table.versioned_put({"pk": PK, "sk": "META"})
    with pytest.raises(ConditionFailed):
        table.versioned_put({"pk": PK, "sk": "META", "n": 2})
    assert table.get(HOME) == {"pk": PK, "sk": "META", "etag": 1}


def test_of_two_writers_with_the_same_version_one_is_told(table: TenantScopedTable) -> None:
    table.versioned_put({"pk": PK, "sk": "META"})
    table.versioned_update(HOME, 1, set_={"by": "one"})
    with pytest.raises(StaleVersion) as caught:
        table.versioned_update(HOME, 1, set_={"by": "other"})
    assert (caught.value.status, caught.value.code) == (412, "PRECONDITION_FAILED")
    with pytest.raises(StaleVersion):
        table.versioned_update(HOME, 3, condition=attr("by").eq("one"))


def test_a_versioned_change_of_nothing_is_not_found(table: TenantScopedTable) -> None:
    with pytest.raises(NotFound, match=r"^There is no such resource\.$"):
        table.versioned_update(HOME, 1, set_={"a": 1})
    assert table.get(HOME) is None


def test_a_versioned_change_may_demand_more(table: TenantScopedTable) -> None:
    table.versioned_put({"pk": PK, "sk": "META", "status": "active"})
    with pytest.raises(ConditionFailed) as caught:
        table.versioned_update(HOME, 1, set_={"a": 1}, condition=attr("status").eq("paused"))
    assert caught.value.item == {"pk": PK, "sk": "META", "status": "active", "etag": 1}
    assert table.versioned_update(HOME, 1, set_={"a": 1}, condition=attr("status").eq("active"))["etag"] == 2


# queries


def test_a_query_reads_one_partition_in_order(table: TenantScopedTable) -> None:
    put_many(table, "b", "a", "c")
    table.put({"pk": "TENANT#acme#THING#2", "sk": "a"})
    assert sort_keys(table.query(PK)) == ["a", "b", "c"]
    assert sort_keys(table.query(PK, newest_first=True)) == ["c", "b", "a"]
    assert table.query("TENANT#acme#NOTHING") == Page([], None)


def test_a_query_is_narrowed_by_its_sort_key(table: TenantScopedTable) -> None:
    put_many(table, "E#1", "E#2", "E#3", "META", "Z")
    assert sort_keys(table.query(PK, begins_with="E#")) == ["E#1", "E#2", "E#3"]
    assert sort_keys(table.query(PK, begins_with="E#", after="E#1")) == ["E#2", "E#3"]
    assert sort_keys(table.query(PK, after="E#3")) == ["META", "Z"]
    assert sort_keys(table.query(PK, before="E#3")) == ["E#1", "E#2"]
    assert sort_keys(table.query(PK, after="E#1", before="META")) == ["E#2", "E#3"]
    assert table.query(PK, after="Z", before="A") == Page([], None)


def test_an_impossible_query_asks_nothing(stores: Stores, table: TenantScopedTable) -> None:
    table.query(PK, after="b", before="a")
    assert stores.client.calls == []


def test_a_query_goes_on_where_a_page_ended(table: TenantScopedTable) -> None:
    put_many(table, "a", "b", "c")
    first = table.query(PK, limit=2)
    assert first.last_key == {"pk": PK, "sk": "b"}
    rest = table.query(PK, limit=2, start=first.last_key)
    assert (sort_keys(first), sort_keys(rest), rest.last_key) == (["a", "b"], ["c"], None)


def test_an_index_has_its_own_order_and_place(table: TenantScopedTable) -> None:
    put_many(table, "a", "b", "c")
    partition = "TENANT#acme#THINGS#0"
    first = table.query(partition, index="gsi1", limit=2, newest_first=True)
    assert first.last_key == {"pk": PK, "sk": "b", "gsi1pk": partition, "gsi1sk": "b"}
    assert sort_keys(table.query(partition, index="gsi1", start=first.last_key, newest_first=True)) == ["a"]
    assert sort_keys(table.query(partition, index="gsi1", after="a", before="c")) == ["b"]


def test_a_filtered_query_fills_its_page(table: TenantScopedTable) -> None:
    put_many(table, "a", "c", "e", kind="odd")
    put_many(table, "b", "d", kind="even")
    page = table.query(PK, filter=attr("kind").eq("even"), limit=2)
    assert sort_keys(page) == ["b", "d"]
    assert page.last_key == {"pk": PK, "sk": "d"}


def test_a_filter_that_discards_everything_ends_after_ten_calls(stores: Stores, table: TenantScopedTable) -> None:
    put_many(table, *(f"{number:02}" for number in range(30)), kind="odd")
    stores.client.calls.clear()
    page = table.query(PK, filter=attr("kind").eq("even"), limit=1)
    assert page == Page([], {"pk": PK, "sk": "09"})
    assert stores.client.operations == ["query"] * 10


def test_a_query_asks_no_more_than_it_needs(stores: Stores, table: TenantScopedTable) -> None:
    put_many(table, "a", "b", "c", kind="odd")
    put_many(table, "d", "e", kind="even")
    stores.client.calls.clear()
    table.query(PK, filter=attr("kind").eq("odd"), limit=4)
    assert [request["Limit"] for _, request in stores.client.calls] == [4, 1]


def test_a_query_without_a_limit_asks_for_fifty(stores: Stores, table: TenantScopedTable) -> None:
    table.query(PK, begins_with="E#", filter=attr("a").eq(1), consistent=True)
    table.query("TENANT#acme#X#1", index="gsi1", newest_first=True)
    assert stores.client.calls == [
        (
            "query",
            {
                "TableName": stores.runs,
                "ScanIndexForward": True,
                "KeyConditionExpression": "(#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2)",
                "FilterExpression": "#n2 = :v3",
                "ExpressionAttributeNames": {"#n0": "pk", "#n1": "sk", "#n2": "a"},
                "ExpressionAttributeValues": encode_item({":v0": PK, ":v1": "E#", ":v2": "E#\U0010ffff", ":v3": 1}),
                "ConsistentRead": True,
                "Limit": 50,
            },
        ),
        (
            "query",
            {
                "TableName": stores.runs,
                "ScanIndexForward": False,
                "KeyConditionExpression": "#n0 = :v0",
                "IndexName": "gsi1",
                "ExpressionAttributeNames": {"#n0": "gsi1pk"},
                "ExpressionAttributeValues": encode_item({":v0": "TENANT#acme#X#1"}),
                "ConsistentRead": False,
                "Limit": 50,
            },
        ),
    ]


def test_a_place_in_another_list_of_the_same_tenant_is_no_place_here(stores: Stores, table: TenantScopedTable) -> None:
    with pytest.raises(InvalidCursor, match=r"^The cursor belongs to another list\.$"):
        table.query(PK, start={"pk": "TENANT#acme#THING#2", "sk": "a"})
    with pytest.raises(InvalidCursor):
        table.query("TENANT#acme#THINGS#0", index="gsi1", start={"pk": PK, "sk": "a"})
    assert stores.client.calls == []
    assert not stores.signals.attempts


@pytest.mark.parametrize(
    "start",
    [
        {"pk": FOREIGN.pk, "sk": "a"},
        {"pk": FOREIGN.pk, "sk": "a", "gsi1pk": "TENANT#acme#THINGS#0", "gsi1sk": "a"},
        {"pk": PK, "sk": "a", "gsi1pk": "TENANT#acme-2#THINGS#0", "gsi1sk": "a"},
    ],
)
def test_a_place_in_anothers_list_is_a_violation(
    stores: Stores, table: TenantScopedTable, start: dict[str, str]
) -> None:
    with pytest.raises(TenantAccessViolation):
        table.query("TENANT#acme#THINGS#0", index="gsi1", start=start)
    [seen] = stores.signals.attempts
    assert (seen.operation, seen.resource) == ("query", stores.runs)
    assert stores.client.calls == []


# batches


def test_a_batch_is_read_in_the_order_asked(stores: Stores, table: TenantScopedTable) -> None:
    put_many(table, *(f"{number:03}" for number in range(150)))
    wanted = [Key(PK, f"{number:03}") for number in reversed(range(150))]
    stores.client.calls.clear()
    found = table.batch_get([*wanted, wanted[0], Key(PK, "none")], consistent=True)
    assert list(found) == wanted
    assert found[wanted[3]]["sk"] == "146"
    requests = [request["RequestItems"][stores.runs] for _, request in stores.client.calls]
    assert [len(request["Keys"]) for request in requests] == [100, 51]
    assert [request["ConsistentRead"] for request in requests] == [True, True]


def test_an_empty_batch_asks_nothing(stores: Stores, table: TenantScopedTable) -> None:
    assert table.batch_get([]) == {}
    table.batch_write()
    assert stores.client.calls == []


def test_a_batch_is_not_consistent_unless_asked(stores: Stores, table: TenantScopedTable) -> None:
    assert table.batch_get([HOME]) == {}
    assert stores.client.calls[0][1]["RequestItems"][stores.runs]["ConsistentRead"] is False


@pytest.mark.chaos("aws-faults")
def test_what_a_batch_left_unread_is_asked_again(stores: Stores, table: TenantScopedTable) -> None:
    put_many(table, "a", "b")
    rounds = iter(["b"])

    def first_one_only(request: dict[str, Any]) -> Any:
        left = next(rounds, None)
        if left is None:
            return PASS
        item = encode_item({"pk": PK, "sk": "a"})
        key = encode_item({"pk": PK, "sk": left})
        return {"Responses": {stores.runs: [item]}, "UnprocessedKeys": {stores.runs: {"Keys": [key]}}}

    stores.client.answers["batch_get_item"] = first_one_only
    assert list(table.batch_get([Key(PK, "a"), Key(PK, "b")])) == [Key(PK, "a"), Key(PK, "b")]
    assert stores.client.calls[-1][1]["RequestItems"][stores.runs]["Keys"] == [encode_item({"pk": PK, "sk": "b"})]
    assert len(stores.pauses) == 1


@pytest.mark.chaos("aws-faults")
def test_a_batch_that_stays_unread_is_given_up(stores: Stores, table: TenantScopedTable) -> None:
    unread = {"Responses": {}, "UnprocessedKeys": {stores.runs: {"Keys": [encode_item(HOME._asdict())]}}}
    stores.client.answers["batch_get_item"] = lambda _: unread
    with pytest.raises(StoreUnavailable):
        table.batch_get([HOME])
    assert stores.client.operations == ["batch_get_item"] * 6
    assert all(0 <= pause <= 0.025 * 2**number for number, pause in enumerate(stores.pauses))
    assert len(set(stores.pauses)) == 6


@pytest.mark.chaos("aws-faults")
def test_pauses_double_with_jitter(monkeypatch: pytest.MonkeyPatch, stores: Stores, table: TenantScopedTable) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    stores.client.answers["batch_write_item"] = lambda request: {"UnprocessedItems": request["RequestItems"]}
    with pytest.raises(StoreUnavailable):
        table.batch_write(deletes=[HOME])
    assert stores.pauses == [0.025, 0.05, 0.1, 0.2, 0.4, 0.8]


def test_a_batch_is_written_in_pieces_of_twenty_five(stores: Stores, table: TenantScopedTable) -> None:
    put_many(table, "old-1", "old-2")
    stores.client.calls.clear()
    items = [{"pk": PK, "sk": f"{number:02}"} for number in range(30)]
    table.batch_write(iter(items), iter([Key(PK, "old-1"), Key(PK, "old-2")]))
    assert [len(request["RequestItems"][stores.runs]) for _, request in stores.client.calls] == [25, 7]
    assert sort_keys(table.query(PK, limit=100)) == [f"{number:02}" for number in range(30)]


@pytest.mark.chaos("aws-faults")
def test_what_a_batch_left_unwritten_is_written_again(stores: Stores, table: TenantScopedTable) -> None:
    rounds = iter([1])

    def none_at_first(request: dict[str, Any]) -> Any:
        return {"UnprocessedItems": request["RequestItems"]} if next(rounds, None) else PASS

    stores.client.answers["batch_write_item"] = none_at_first
    table.batch_write([{"pk": PK, "sk": "a"}])
    assert stores.client.operations == ["batch_write_item"] * 2
    assert table.get(Key(PK, "a")) is not None
    assert len(stores.pauses) == 1


# the boundary

ATTEMPTS: dict[str, Callable[[TenantScopedTable], object]] = {
    "get": lambda t: t.get(FOREIGN),
    "put": lambda t: t.put({"pk": FOREIGN.pk, "sk": "META"}),
    "put into an index": lambda t: t.put({"pk": PK, "sk": "META", "gsi1pk": FOREIGN.pk}),
    "update": lambda t: t.update(FOREIGN, set_={"a": 1}),
    "update into an index": lambda t: t.update(HOME, set_={"gsi1pk": FOREIGN.pk}),
    "delete": lambda t: t.delete(FOREIGN),
    "query": lambda t: t.query(FOREIGN.pk),
    "query an index": lambda t: t.query(FOREIGN.pk, index="gsi1"),
    "batch_get": lambda t: t.batch_get([HOME, FOREIGN]),
    "batch_write put": lambda t: t.batch_write([{"pk": PK, "sk": "a"}, {"pk": FOREIGN.pk, "sk": "a"}]),
    "batch_write delete": lambda t: t.batch_write(deletes=[HOME, FOREIGN]),
    "versioned_put": lambda t: t.versioned_put({"pk": FOREIGN.pk, "sk": "META"}),
    "versioned_update": lambda t: t.versioned_update(FOREIGN, 1, set_={"a": 1}),
    "transaction": lambda t: t.transaction().delete(t.name, FOREIGN),
}


def test_every_operation_has_an_attempt_here() -> None:
    assert public_methods(TenantScopedTable) == {name.split()[0] for name in ATTEMPTS}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_is_sent_when_a_key_is_outside(stores: Stores, table: TenantScopedTable, attempt: str) -> None:
    with pytest.raises(TenantAccessViolation) as caught:
        ATTEMPTS[attempt](table)
    assert stores.client.calls == []
    [seen] = stores.signals.attempts
    assert (seen.tenant_id, seen.principal_id, seen.attempted) == ("acme", "usr:1:ada", FOREIGN.pk)
    assert seen.resource == stores.runs
    assert seen.operation in {attempt.split(maxsplit=1)[0].removeprefix("versioned_"), "transact_delete"}
    assert "acme-2" not in f"{caught.value!r}{caught.value.members}"


def test_a_key_is_never_changed(stores: Stores, table: TenantScopedTable) -> None:
    with pytest.raises(UnstorableValue):
        table.update(HOME, set_={"pk": PK})
    assert stores.client.calls == []


def test_a_table_says_its_name_and_tenant(stores: Stores, table: TenantScopedTable) -> None:
    assert (table.name, table.tenant.tenant_id) == (stores.runs, "acme")
    transaction = table.transaction()
    assert isinstance(transaction, TenantTransaction)
    transaction.put(table.name, {"pk": PK, "sk": "META"})
    transaction.commit()
    assert table.get(HOME) is not None


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("get_item", lambda t: t.get(HOME)),
        ("put_item", lambda t: t.put({"pk": PK, "sk": "META"})),
        ("update_item", lambda t: t.update(HOME, set_={"a": 1})),
        ("delete_item", lambda t: t.delete(HOME)),
        ("query", lambda t: t.query(PK)),
        ("batch_get_item", lambda t: t.batch_get([HOME])),
        ("batch_write_item", lambda t: t.batch_write(deletes=[HOME])),
    ],
)
def test_a_throttled_store_is_unavailable(
    stores: Stores, table: TenantScopedTable, operation: str, call: Callable[[TenantScopedTable], object]
) -> None:
    stores.client.answers[operation] = raising(failure("ThrottlingException"))
    with pytest.raises(StoreUnavailable):
        call(table)


def test_a_table_says_whose_it_is_and_who_is_at_work(table: TenantScopedTable) -> None:
    assert (table.owner, table.principal_id) == ("acme", "usr:1:ada")


@pytest.mark.parametrize("bounds", [{}, {"begins_with": "E#"}, {"after": "E#0"}])
def test_the_excluded_end_takes_no_place_on_the_page(table: TenantScopedTable, bounds: dict[str, str]) -> None:
    """A page of one that spends its one place on the end itself would never get anywhere."""
    put_many(table, "E#1", "E#2", "E#3")
    page = table.query(PK, before="E#3", newest_first=True, limit=1, **bounds)  # type: ignore[arg-type]
    assert sort_keys(page) == ["E#2"]
    assert page.last_key == {"pk": PK, "sk": "E#2"}
