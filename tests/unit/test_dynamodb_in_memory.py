"""The store in memory answers as moto's does: the same calls, at random, on both."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from data_access_lib.client import TenantScopedTable
from data_access_lib.conditions import Condition, IfAbsent, Increment, attr
from data_access_lib.content import PLAIN
from data_access_lib.errors import ConditionFailed
from data_access_lib.keys import Key
from data_access_lib.tenant import TenantContext, TenantId
from tests.dynamodb_in_memory import DynamoDBInMemory
from tests.stores import REGION, SeenSignals, make_stores

PK = "TENANT#acme#THING#1"
CONDITIONS = [
    None,
    attr("n").eq(2),
    attr("n").absent() | (attr("n").le(1) & ~attr("s").eq("a")),
    attr("n").exists() & attr("n").between(1, 3),
    attr("s").is_in(("a", "b")) | attr("missing").ne(1),
    attr("s").begins_with("a") & attr("n").gt(0) & attr("n").lt(9) & attr("n").ge(1),
]


@pytest.fixture
def tables() -> Iterator[list[TenantScopedTable]]:
    """One in memory, one of moto's."""
    with mock_aws():
        stores = make_stores(boto3.client("dynamodb", region_name=REGION), boto3.client("s3", region_name=REGION))
        clients: list[Any] = [DynamoDBInMemory(), stores.client]
        who = TenantContext(TenantId("acme"), "usr:1:ada")
        yield [TenantScopedTable(client, stores.runs, who, SeenSignals(), content=PLAIN) for client in clients]


def does(table: TenantScopedTable, luck: random.Random) -> Any:
    """One call, and what came of it."""
    key, only = Key(PK, luck.choice("abc")), luck.choice(CONDITIONS)
    item = {**key._asdict(), "n": luck.randint(0, 4), "s": luck.choice("abc")}
    changed = {"s": "ab", "n": Increment(1, 5), "first": IfAbsent(luck.randint(1, 9))}
    acts: list[Callable[[], Any]] = [
        lambda: table.put(item, condition=only),
        lambda: table.update(key, set_=changed, remove=("gone",), condition=only, return_new=True),
        lambda: table.update(key, add={"n": 1}, set_={"gone": 1}, condition=only, return_new=True),
        lambda: table.delete(key, condition=only),
        lambda: both(table, item, only),
        lambda: table.get(key, consistent=True),
        lambda: table.query(PK, after="a", limit=2, newest_first=True).items,
    ]
    try:
        return luck.choice(acts)()
    except ConditionFailed as failure:
        return failure.label, failure.item, failure.index


def both(table: TenantScopedTable, item: dict[str, Any], only: Condition | None) -> None:
    """Two writes or none."""
    transaction = table.transaction()
    transaction.put(table.name, item, condition=only, label="one")
    transaction.update(table.name, Key(PK, "d"), add={"n": 1}, label="two")
    transaction.commit()


@pytest.mark.parametrize("seed", range(5))
def test_what_is_done_to_both_is_answered_alike(seed: int, tables: list[TenantScopedTable]) -> None:
    for number in range(60):
        luck = [random.Random(f"{seed} {number}") for _ in tables]  # noqa: S311 - the same for both
        one, other = (does(table, each) for table, each in zip(tables, luck, strict=True))
        assert one == other
