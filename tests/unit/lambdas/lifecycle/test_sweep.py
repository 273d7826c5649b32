from typing import Any, cast

import pytest

from data_access_lib import keys
from data_access_lib.inventory import KINDS
from data_access_lib.repositories.instances import Instances
from data_access_lib.tenant import TenantId
from lambdas.lifecycle.models import Premises
from lambdas.lifecycle.sweep import Seen, Sweep
from platform_kit.ids import new_id
from tests.stores import Stores

ACME = TenantId("acme")


@pytest.fixture
def sweep(stores: Stores) -> Sweep:
    names: dict[Any, str] = {"control": stores.control, "runs": stores.runs, "ops": stores.ops, "ledger": stores.ledger}
    tables = {name: stores.table(table) for name, table in names.items()}
    return Sweep(ACME, Premises(tables, tables, stores.objects(), cast("Any", None), stores.client, stores.s3))


def raw(stores: Stores, table: str, pk: str, sk: str = "x", **more: str) -> None:
    """An item past the library, without a place on the roll."""
    item = {"pk": pk, "sk": sk, **more}
    stores.client._client.put_item(TableName=table, Item={name: {"S": value} for name, value in item.items()})  # type: ignore[attr-defined]


def test_where_nothing_is_nothing_is_found(sweep: Sweep) -> None:
    seen = sweep.look()
    assert seen.empty
    assert seen.asked >= 3 * keys.SHARDS + 2 * keys.SHARDS + 1


def test_what_stands_on_the_roll_is_found(sweep: Sweep, stores: Stores) -> None:
    Instances(stores.table(stores.control)).create_if_absent({"agent": "one"})
    assert sweep.look().found == 2  # on the roll, and in the partition known by name


def test_what_the_roll_does_not_know_is_found_by_its_name(sweep: Sweep, stores: Stores) -> None:
    tables = {"control": stores.control, "runs": stores.runs, "ops": stores.ops, "ledger": stores.ledger}
    hidden = [(tables[kind.table], place) for kind in KINDS if not kind.kept for place in kind.partitions(ACME)]
    for table, place in hidden:
        raw(stores, table, place)
    assert sweep.look().found == len(hidden) > 8


def test_what_only_a_list_knows_is_found(sweep: Sweep, stores: Stores) -> None:
    run_id = new_id("run")
    raw(stores, stores.runs, keys.run_key(ACME, run_id).pk, **keys.run_index(ACME, run_id)._asdict())
    assert sweep.look() == Seen(sweep.look().asked, 1)


def test_what_is_kept_is_not_counted(sweep: Sweep, stores: Stores) -> None:
    stores.table(stores.ops).put({**keys.audit_head_key(ACME)._asdict(), "seq": 1})
    raw(stores, stores.ledger, keys.audit_partition(ACME))
    assert sweep.look().empty


def test_an_object_is_found_and_a_neighbours_is_not(sweep: Sweep, stores: Stores) -> None:
    stores.objects("acme-2").put("tenants/acme-2/files/x", b"x")
    Instances(stores.table(stores.control, "acme-2")).create_if_absent({"agent": "one"})
    assert sweep.look().empty
    stores.objects().put("tenants/acme/files/x", b"x")
    assert sweep.look().found == 1
