"""Attacks on keys and expressions, against the library itself: each is refused before anything is sent, or is data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from data_access_lib import keys
from data_access_lib.client import TenantScopedTable
from data_access_lib.conditions import attr
from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import (
    InvalidCursor,
    InvalidIdentifier,
    InvalidTenantId,
    TenantAccessViolation,
    UnstorableValue,
)
from data_access_lib.keys import Key
from data_access_lib.tenant import TenantId
from platform_kit.errors import AmbitError
from platform_kit.ids import new_id
from tests.isolation.test_repositories import MARK, Victim, snapshot, victim
from tests.stores import public_methods

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stores import Stores

pytestmark = pytest.mark.family("dynamodb")
assert victim  # the fixture
OWN: Final = Key("TENANT#acme#PROOF#1", "META")
PARTITIONS: Final = {
    "of another tenant": "TENANT#globex#RUN#{run}",
    "of the platform": "TENANT#platform#TENANT",
    "of a longer name": "TENANT#acme-2#RUN#1",
    "of a shorter name": "TENANT#acm#RUN#1",
    "of nobody": "TENANT##RUN#1",
    "with no kind": "TENANT#acme",
    "with the separator alone": "TENANT#acme#",
    "with a separator before": "#TENANT#acme#RUN#1",
    "with two separators": "TENANT#acme##RUN#1",
    "in another case": "TENANT#Acme#RUN#1",
    "with a Cyrillic letter": "TENANT#\u0430cme#RUN#1",
    "with a full-width letter": "TENANT#\uff41cme#RUN#1",
    "with a combining accent": "TENANT#acme\u0301#RUN#1",
    "with a zero-width space": "TENANT#acme\u200b#RUN#1",
    "with a NUL": "TENANT#acme#RUN#1\0",
    "with a NUL and another tenant": "TENANT#acme\0#TENANT#globex#RUN#1",
    "with a line break": "TENANT#acme#RUN#1\nTENANT#globex#RUN#1",
    "with a star": "TENANT#*#RUN#1",
    "with a policy variable": "TENANT#${aws:PrincipalTag/tenant}#RUN#1",
    "with a path": "TENANT#acme/../globex#RUN#1",
    "with a space before": " TENANT#acme#RUN#1",
    "of no text": "",
}


def operations(table: TenantScopedTable, place: Key) -> dict[str, Callable[[], Any]]:
    """Each operation that names an item, on this one."""
    item = {**place._asdict(), "note": "x"}
    listed = {**OWN._asdict(), "gsi1pk": place.pk, "gsi1sk": "x"}
    transaction = table.transaction()
    return {
        "get": lambda: table.get(place),
        "put": lambda: table.put(item),
        "put into the index": lambda: table.put(listed),
        "update": lambda: table.update(place, set_={"note": "x"}),
        "update into the index": lambda: table.update(OWN, set_={"gsi1pk": place.pk}),
        "delete": lambda: table.delete(place),
        "versioned put": lambda: table.versioned_put(item),
        "versioned update": lambda: table.versioned_update(place, 1, set_={"note": "x"}),
        "query": lambda: table.query(place.pk),
        "query the index": lambda: table.query(place.pk, index="gsi1"),
        "query from a forged start": lambda: table.query(OWN.pk, start=place._asdict()),
        "batch get": lambda: table.batch_get([OWN, place]),
        "batch put": lambda: table.batch_write(puts=[item]),
        "batch put into the index": lambda: table.batch_write(puts=[listed]),
        "batch delete": lambda: table.batch_write(deletes=[OWN, place]),
        "transact put": lambda: transaction.put(table.name, item),
        "transact put into the index": lambda: transaction.put(table.name, listed),
        "transact update": lambda: transaction.update(table.name, place, set_={"note": "x"}),
        "transact delete": lambda: transaction.delete(table.name, place),
        "transact check": lambda: transaction.check(table.name, place, attr("note").exists()),
    }


@pytest.mark.parametrize("kind", PARTITIONS)
def test_no_operation_takes_a_partition(kind: str, stores: Stores, victim: Victim, record_property: Any) -> None:
    before, table = snapshot(stores, "globex"), stores.table(stores.runs)
    place = Key(PARTITIONS[kind].replace("{run}", victim.run_id), "META")
    stores.client.calls.clear()
    tried = operations(table, place)
    for name, attack in tried.items():
        with pytest.raises((TenantAccessViolation, InvalidCursor)):
            attack()
        assert stores.client.calls == [], name
    assert snapshot(stores, "globex") == before
    record_property("cases", len(tried))


def test_every_operation_of_a_table_is_attacked(stores: Stores) -> None:
    tried = {name.replace(" ", "_") for name in operations(stores.table(stores.runs), OWN)}
    batches = {"batch_write"} if {"batch_put", "batch_delete"} <= tried else set()
    assert public_methods(TenantScopedTable) - {"transaction"} <= tried | batches


NAMES: Final = (
    *("#n0", ":v0", "note = :v0 OR 1 = 1", "note) OR attribute_exists(pk", "a.b.c", "list[0]", "size(note)", "pk"),
    *("SET", "REMOVE pk", "note, gsi1pk = :v1", "\0", "n" * 300, "\u0430", "TENANT#globex#RUN"),
)
VALUES: Final = (
    *(
        ":v1",
        "#n0",
        "x OR 1=1",
        "' OR '1'='1",
        "x) OR (pk <> :v9",
        "{'S': 'TENANT#globex'}",
        "\0",
        "TENANT#globex#RUN#1",
    ),
    *("attribute_exists(pk)", "AND begins_with(pk, :v0)", "\uff07", "*"),
)


@pytest.mark.parametrize("name", NAMES)
def test_an_attributes_name_is_never_syntax(name: str, stores: Stores, victim: Victim) -> None:
    """Whatever it is called, it is that attribute of the tenant's own item, or refused."""
    before, table = snapshot(stores, "globex"), stores.table(stores.runs)
    table.put({**OWN._asdict(), "note": "own"})
    for attack in (
        lambda: table.update(OWN, set_={name: "x"}),
        lambda: table.query(OWN.pk, filter=attr(name).eq("x")),
        lambda: table.put({**OWN._asdict(), "note": "own"}, condition=attr(name).ne("x")),
        lambda: table.get(OWN, projection=[name]),
    ):
        assert MARK not in json.dumps(answer_of(attack), default=repr)
    assert snapshot(stores, "globex") == before
    assert [item["pk"]["S"] for item in everything(stores) if not_globex(item)] == [OWN.pk]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_never_syntax(value: str, stores: Stores, victim: Victim) -> None:
    table = stores.table(stores.runs)
    table.put({**OWN._asdict(), "note": "own"})
    assert table.query(OWN.pk, filter=attr("note").eq(value)).items == []
    assert table.query(OWN.pk, begins_with=value).items == []
    assert table.query(OWN.pk, filter=attr("note").is_in([value])).items == []
    table.update(OWN, set_={"note": value})
    assert [item["note"] for item in table.query(OWN.pk).items] == [value]
    assert table.query(OWN.pk, filter=attr("note").eq(value)).items[0]["note"] == value


def answer_of(attack: Callable[[], Any]) -> Any:
    """The answer, or the refusal: the library's, or the SDK's for a name that DynamoDB does not take."""
    from botocore.exceptions import ClientError

    try:
        return attack()
    except (AmbitError, ClientError) as refusal:
        return str(refusal)


def everything(stores: Stores) -> list[dict[str, Any]]:
    client: Any = stores.client._client
    found: list[dict[str, Any]] = client.scan(TableName=stores.runs)["Items"]
    return found


def not_globex(item: dict[str, Any]) -> bool:
    return not item["pk"]["S"].startswith("TENANT#globex#")


@pytest.mark.parametrize("names", [{"pk"}, {"sk"}, {"pk", "note"}], ids=sorted)
def test_an_item_is_never_moved_to_another_key(names: set[str], stores: Stores) -> None:
    table = stores.table(stores.runs)
    with pytest.raises(UnstorableValue):
        table.update(OWN, set_=dict.fromkeys(names, "TENANT#globex#RUN#1"))
    with pytest.raises(UnstorableValue):
        table.update(OWN, remove=sorted(names))


@pytest.mark.parametrize("after", ["", "\0", "\U0010ffff", "META", "EVENT#9", "TENANT#globex#RUN", "~" * 500])
def test_a_position_never_leads_out_of_the_partition(after: str, stores: Stores, victim: Victim) -> None:
    table = stores.table(stores.runs)
    mine = Key(f"TENANT#acme#RUN#{victim.run_id}", "META")
    table.put({**mine._asdict(), "note": "own"})
    for page in (table.query(mine.pk, after=after), table.query(mine.pk, before=after or "x", newest_first=True)):
        assert {item["pk"] for item in page.items} <= {mine.pk}
        assert MARK not in json.dumps(page.items, default=repr)


@pytest.mark.parametrize("owner", ["acme", "globex", "platform"])
def test_a_cursor_signed_for_one_owner_serves_no_other(owner: str) -> None:
    codec = CursorCodec(lambda: [b"s" * 32])
    cursor = codec.encode(owner, "GET /v1/runs", {"after": "run_1"})
    for other in {"acme", "globex", "platform", "acme-2", "", "acme|12:GET /v1/runs"} - {owner}:
        with pytest.raises(InvalidCursor):
            codec.decode(other, "GET /v1/runs", cursor)


@pytest.mark.parametrize(
    "tenant",
    ["", "#", "acme#RUN", "acme/x", "..", "Acme", "\uff41cme", "acme\0", "acme\n", "a", "x" * 100, "platform", None, 5],
)
def test_no_tenant_can_be_called_so_that_its_keys_are_anothers(tenant: Any) -> None:
    with pytest.raises(InvalidTenantId):
        TenantId(tenant)


@pytest.mark.parametrize(
    "form", ["RUN_{}", "run_{}x", "run-{}", "run_{}#META", "../run_{}", "run_{}\0", "ses_{}", "{}"]
)
def test_no_id_brings_a_separator_into_a_key(form: str) -> None:
    digits = new_id("run").removeprefix("run_")
    with pytest.raises(InvalidIdentifier):
        keys.run_key(TenantId("acme"), form.format(digits))
