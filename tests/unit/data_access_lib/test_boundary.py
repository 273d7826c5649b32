import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib.boundary import Boundary
from data_access_lib.errors import InvalidIdentifier, InvalidObjectKey, TenantAccessViolation, UnstorableValue
from data_access_lib.signals import AccessAttempt
from data_access_lib.tenant import PLATFORM, TenantId
from tests.stores import SeenSignals

INSIDE = "TENANT#acme#RUN#run_1"
OUTSIDE = [
    "", "TENANT#acme-2#RUN#x", "TENANT#acm#RUN#x", "TENANT#acmee#RUN#x", "TENANT#globex#RUN#x",
    "TENANT#platform#TENANT",
    "TENANT#acme", "TENANT#acme#", "TENANT#acme##x", "tenant#acme#RUN#x", "TENANT#ACME#RUN#x", " TENANT#acme#RUN#x",
    "TENANT#\u0430cme#RUN#x", "TENANT#acme#run#x", "TENANT#acme#RUN#", "TENANT#acme#RUN#a b", "TENANT#acme#RUN#a\0",
    "TENANT#acme#RUN#a\n", "TENANT#acme#RUN\n", "TENANT#acme#RUN#\u00e9", "TENANT#acme#RUN#" + "x" * 201,
    "TENANT#acme#1",
    "TENANT#acme#" + "R" * 33, "/TENANT#acme#RUN#x", None, 5, b"TENANT#acme#RUN#x", ["TENANT#acme#RUN#x"],
]  # fmt: skip


@pytest.fixture
def boundary(signals: SeenSignals) -> Boundary:
    return Boundary(TenantId("acme"), "usr:1:ada", signals)


@pytest.mark.parametrize(
    "partition",
    [
        INSIDE,
        "TENANT#acme#INSTANCE",
        "TENANT#acme#X",
        "TENANT#acme#RUN#" + "x" * 200,
        "TENANT#acme#" + "R" * 32,
        "TENANT#acme#RUN#a#b",
    ],
)
def test_a_partition_of_the_owner_is_inside(boundary: Boundary, signals: SeenSignals, partition: str) -> None:
    boundary.partition(partition, "query", "runs")
    assert not signals.attempts


@pytest.mark.parametrize("partition", OUTSIDE)
def test_anything_else_is_outside_and_told(boundary: Boundary, signals: SeenSignals, partition: Any) -> None:
    with pytest.raises(TenantAccessViolation) as caught:
        boundary.partition(partition, "query", "runs")
    assert signals.attempts == [AccessAttempt("acme", "usr:1:ada", "query", "runs", str(partition))]
    assert (caught.value.detail, caught.value.members, caught.value.status) == ("There is no such resource.", {}, 404)


@given(st.text() | st.from_regex(r"TENANT#[a-z-]{1,8}#[A-Z]{1,5}(#.*)?"))
def test_nothing_passes_that_iam_would_not_let_pass(partition: str) -> None:
    if Boundary(TenantId("acme"), "p", SeenSignals()).allows(partition):
        assert partition.startswith("TENANT#acme#")
        assert partition.split("#")[1] == "acme"
        assert set(partition) <= set(string.printable) - set(string.whitespace)


def test_only_some_kinds_when_told_so(signals: SeenSignals) -> None:
    boundary = Boundary(PLATFORM, "svc:bff", signals, kinds=frozenset({"BFFSESSION"}))
    boundary.partition("TENANT#platform#BFFSESSION#x", "get", "ops")
    for partition in ("TENANT#platform#TENANT", "TENANT#platform#BFF", "TENANT#platform#BFFSESSIONS#x"):
        with pytest.raises(TenantAccessViolation):
            boundary.partition(partition, "get", "ops")
    assert len(signals.attempts) == 3


def test_permitted_accesses_are_observed_before_they_are_made_and_refused_ones_are_not(signals: SeenSignals) -> None:
    seen: list[tuple[str, str, str]] = []
    boundary = Boundary(TenantId("acme"), "p", signals, observe=lambda *access: seen.append(access))
    boundary.partition(INSIDE, "query", "runs")
    boundary.key((INSIDE, "META"), "get", "runs")
    boundary.item({"pk": INSIDE, "sk": "META", "gsi1pk": "TENANT#acme#RUNS#1"}, "put", "runs")
    with pytest.raises(TenantAccessViolation):
        boundary.key(("TENANT#globex#RUN#x", "META"), "get", "runs")
    with pytest.raises(InvalidIdentifier):
        boundary.key((INSIDE, ""), "get", "runs")
    assert seen == [("query", "runs", INSIDE), ("get", "runs", f"{INSIDE}/META"), ("put", "runs", f"{INSIDE}/META")]


@pytest.mark.parametrize("sk", ["", "x" * 1025, "\u00e9" * 513, None, 5])
def test_a_sort_key_is_a_bounded_text(boundary: Boundary, signals: SeenSignals, sk: Any) -> None:
    boundary.key((INSIDE, "x" * 1024), "get", "runs")
    with pytest.raises(InvalidIdentifier, match=r"^There is no such key\.$"):
        boundary.key((INSIDE, sk), "get", "runs")
    assert not signals.attempts


def test_every_key_is_checked_before_the_first_is_used(boundary: Boundary, signals: SeenSignals) -> None:
    with pytest.raises(TenantAccessViolation):
        boundary.keys([(INSIDE, "a"), ("TENANT#acme-2#RUN#x", "b")], "batch_get", "runs")
    assert signals.attempts[0].operation == "batch_get"
    assert signals.attempts[0].resource == "runs"


@pytest.mark.parametrize(
    "item",
    [
        {"pk": "TENANT#acme-2#RUN#x", "sk": "META"},
        {"sk": "META"},
        {"pk": INSIDE, "sk": "META", "gsi1pk": "TENANT#globex#RUNS#0"},
        {"pk": INSIDE, "sk": "META", "gsi1pk": "TENANT#acme#RUNS#0", "gsi22pk": "TENANT#globex#X"},
        {"pk": INSIDE, "sk": "META", "gsi1pk": None},
        {"pk": INSIDE, "sk": "META", "gsi1pk": {"S": "TENANT#acme#RUNS#0"}},
    ],
)
def test_an_item_is_checked_in_the_table_and_in_every_index(
    boundary: Boundary, signals: SeenSignals, item: dict[str, object]
) -> None:
    with pytest.raises(TenantAccessViolation):
        boundary.item(item, "put", "runs")
    assert [(attempt.operation, attempt.resource) for attempt in signals.attempts] == [("put", "runs")]


def test_attributes_that_only_look_like_index_keys_are_data(boundary: Boundary, signals: SeenSignals) -> None:
    item = {"pk": INSIDE, "sk": "META", "gsipk": "x", "gsi1pkx": "y", "xgsi1pk": "z", "gsi1sk": "w", "gsi\u0663pk": "v"}
    boundary.item(item, "put", "runs")
    assert not signals.attempts


def test_an_item_without_a_sort_key_is_refused(boundary: Boundary) -> None:
    with pytest.raises(InvalidIdentifier):
        boundary.item({"pk": INSIDE}, "put", "runs")


@pytest.mark.parametrize("names", [{"pk"}, {"sk"}, {"a", "pk"}])
def test_a_change_never_moves_an_item(boundary: Boundary, names: set[str]) -> None:
    boundary.change({"a", "gsi1sk"})
    with pytest.raises(UnstorableValue, match=r"^An item's key cannot be changed\.$"):
        boundary.change(names)


FOREIGN_OBJECTS = [
    "tenants/acme-2/x", "tenants/globex/x", "tenants/acme", "tenants/", "", "/tenants/acme/x",
    "Tenants/acme/x", "tenants//acme/x",
    "../tenants/acme/x", "tenants/\u0430cme/x", "agents/echo/x.zip", "TENANTS/acme/x",
]  # fmt: skip
CROOKED_OBJECTS = [
    "tenants/acme/", "tenants/acme/../globex/x", "tenants/acme/./x", "tenants/acme/a/..", "tenants/acme/a/.",
    "tenants/acme//x",
    "tenants/acme/x/", "tenants/acme/..", "tenants/acme/.../x", "tenants/acme/a\\b", "tenants/acme/a\0",
    "tenants/acme/a\n",
    "tenants/acme/a\x7f", "tenants/acme/e\u0301", "tenants/acme/a\u200b", "tenants/acme/a\u202e", "tenants/acme/\ud800",
    "tenants/acme/" + "x" * 1012, "tenants/acme/" + "\u00e9" * 506, "tenants/acme/\ue000",
]  # fmt: skip


@pytest.mark.parametrize(
    "key", ["tenants/acme/x", "tenants/acme/files/fil_1/a b.csv", "tenants/acme/..a/b..c", "tenants/acme/" + "x" * 1011]
)
def test_a_plain_object_key_below_the_root_is_inside(boundary: Boundary, signals: SeenSignals, key: str) -> None:
    boundary.object_key(key, "get", "bucket")
    assert not signals.attempts


@pytest.mark.parametrize("key", [*FOREIGN_OBJECTS, None, 5, b"tenants/acme/x"])
def test_an_object_elsewhere_is_outside_and_told(boundary: Boundary, signals: SeenSignals, key: Any) -> None:
    for check in (boundary.object_key, boundary.object_prefix):
        with pytest.raises(TenantAccessViolation):
            check(key, "get", "bucket")
    assert signals.attempts == [AccessAttempt("acme", "usr:1:ada", "get", "bucket", str(key))] * 2


@pytest.mark.parametrize("key", CROOKED_OBJECTS)
def test_an_object_key_has_one_spelling(boundary: Boundary, key: str) -> None:
    with pytest.raises(InvalidObjectKey) as caught:
        boundary.object_key(key, "get", "bucket")
    assert caught.value.detail == "There is no such file."


@pytest.mark.parametrize("prefix", ["tenants/acme/", "tenants/acme/files/", "tenants/acme/fi"])
def test_a_listing_holds_the_whole_root_at_least(boundary: Boundary, prefix: str) -> None:
    boundary.object_prefix(prefix, "list", "bucket")


@pytest.mark.parametrize("prefix", ["tenants/acme/../globex/", "tenants/acme/./", "tenants/acme//", "tenants/acme/\0"])
def test_a_listing_takes_no_way_round(boundary: Boundary, prefix: str) -> None:
    with pytest.raises(InvalidObjectKey):
        boundary.object_prefix(prefix, "list", "bucket")


@given(st.text(max_size=40).map(lambda rest: f"tenants/acme/{rest}"))
def test_an_object_key_that_passes_cannot_leave_the_root_however_it_is_resolved(key: str) -> None:
    try:
        Boundary(TenantId("acme"), "p", SeenSignals()).object_key(key, "get", "bucket")
    except InvalidObjectKey:
        return
    segments = key.split("/")
    assert "" not in segments
    assert ".." not in segments
    assert key.isprintable()
    key.encode()
