from typing import Any

import pytest

from data_access_lib import belongings, keys
from data_access_lib.belongings import Belongings, Place
from data_access_lib.tenant import TenantId
from platform_kit.ids import new_id
from tests.furnished import EVENTS, furnish, stored_keys
from tests.stores import HandClock, Stores


def of(stores: Stores, tenant: str = "acme") -> Belongings:
    names: dict[Any, str] = {"control": stores.control, "runs": stores.runs, "ops": stores.ops, "ledger": stores.ledger}
    return Belongings({name: stores.table(table, tenant) for name, table in names.items()})


def named(found: Any) -> list[tuple[str, str]]:
    return [(item["pk"], item["sk"]) for page in found for item in page.items]


@pytest.mark.proof
@pytest.mark.parametrize("page", [1, 2, 3, 200])
def test_all_that_a_tenant_has_is_found_once_and_nothing_of_anybody_elses(
    page: int, stores: Stores, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belongings, "PAGE", page)
    furnish(stores, clock, "acme", runs=2)
    furnish(stores, clock, "acme-2", runs=1)
    seen = named(of(stores).walk())
    assert len(seen) == len(set(seen))
    assert set(seen) == stored_keys(stores, "acme")
    assert len(seen) > 2 * EVENTS


def test_a_walk_goes_on_after_any_page(stores: Stores, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(belongings, "PAGE", 3)
    furnish(stores, clock, "acme", runs=1)
    whole = list(of(stores).walk())
    assert len(whole) > 10
    for stop, page in list(enumerate(whole))[::3]:
        rest = of(stores).walk(Place.read(page.place.as_record()))
        assert named(whole[: stop + 1]) + named(rest) == named(whole)


@pytest.mark.proof
def test_how_far_a_walk_is_only_grows(stores: Stores, clock: HandClock) -> None:
    furnish(stores, clock, "acme")
    seen = [page.place.percent for page in of(stores).walk()]
    assert seen == sorted(seen)
    assert 0 <= seen[0] <= seen[-1] < 100


def test_tables_that_were_not_given_are_not_walked(stores: Stores, clock: HandClock) -> None:
    furnish(stores, clock, "acme")
    only = Belongings({"control": stores.table(stores.control)})
    assert {page.table for page in only.walk()} == {"control"}


def test_items_that_an_update_made_are_found_too(stores: Stores) -> None:
    key = keys.key_usage_key(TenantId("acme"), new_id("key"))
    stores.table(stores.ops).update(key, add={"calls": 1})
    transaction = stores.table(stores.ops).transaction()
    transaction.update(stores.ops, keys.running_key(TenantId("acme")), add={"runs": 1})
    transaction.commit()
    assert {name for name, _ in named(of(stores).walk())} == {key.pk, keys.running_key(TenantId("acme")).pk}


def test_a_tenant_with_nothing_has_nothing(stores: Stores) -> None:
    assert list(of(stores).walk()) == [page for page in of(stores).walk() if not page.items]


def test_what_is_not_wanted_is_passed_and_not_read(stores: Stores, clock: HandClock) -> None:
    furnish(stores, clock, "acme", runs=1)
    tables: dict[Any, Any] = {"runs": stores.table(stores.runs)}
    stores.client.calls.clear()
    seen = list(Belongings(tables, only=lambda partition: keys.kind_of(partition) == "JOB").walk())
    assert {keys.kind_of(pk) for pk, _ in named(seen)} == {"JOB"}
    assert {keys.kind_of(page.place.partition) for page in seen} == {"RUN", "JOB", "SESSION", "FILE"}
    read = [request for operation, request in stores.client.calls if "IndexName" not in request]
    assert len(read) == 1
    for page in seen:  # a place that was passed is one to go on from, like any other
        rest = list(Belongings(tables).walk(page.place))
        assert len(rest) < len(list(Belongings(tables).walk()))
