from typing import Any

import pytest

from data_access_lib import belongings, keys
from data_access_lib.belongings import Belongings, Place
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.runs import Runs
from data_access_lib.repositories.sessions import Sessions
from data_access_lib.tenant import TenantId
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores

EVENTS = 7


def furnish(stores: Stores, clock: HandClock, tenant: str, runs: int = 3) -> None:
    """A tenant with some of everything, written by the repositories that do so in earnest."""
    table, ops = stores.table(stores.runs, tenant), stores.table(stores.ops, tenant)
    for _ in range(runs):
        run_id, session_id = new_id("run"), new_id("ses")
        run = {"runId": run_id, "sessionId": session_id, "jobId": new_id("job"), "status": "running"}
        transaction = table.transaction()
        Runs(table, clock).start(transaction, run, [EventDraft("lifecycle", "started")])
        Sessions(table, clock).start(transaction, {"sessionId": session_id, "agent": "echo-agent"})
        Sessions(table, clock).record_run(transaction, session_id, run_id)
        Budgets(ops, clock).reserve(transaction, run_id, 1, 1000, 100)
        transaction.commit()
        Runs(table, clock).log.append(run_id, [EventDraft("assistant", "delta")] * EVENTS, known=1)
        Files(table).create({"fileId": new_id("fil"), "name": "x"})
        records = Idempotency(ops, clock)
        records.begin(records.ticket("POST /v1/files", run_id, b""))
        AuditLog(stores.table(stores.ledger, tenant), ops, clock).append(AuditDraft("file.read", run_id))
    for agent in ("one", "two", "three"):
        Instances(stores.table(stores.control, tenant)).create_if_absent({"agent": agent})


def everything(stores: Stores, tenant: str) -> set[tuple[str, str]]:
    """What is stored, read past the library by the one scan there is, in a test."""
    client: Any = stores.client._client
    names = (stores.control, stores.runs, stores.ops, stores.ledger)
    items = [item for name in names for item in client.scan(TableName=name)["Items"]]
    return {(i["pk"]["S"], i["sk"]["S"]) for i in items if i["pk"]["S"].startswith(f"TENANT#{tenant}#")}


def of(stores: Stores, tenant: str = "acme") -> Belongings:
    names: dict[Any, str] = {"control": stores.control, "runs": stores.runs, "ops": stores.ops, "ledger": stores.ledger}
    return Belongings({name: stores.table(table, tenant) for name, table in names.items()})


def named(found: Any) -> list[tuple[str, str]]:
    return [(item["pk"], item["sk"]) for page in found for item in page.items]


@pytest.mark.parametrize("page", [1, 2, 3, 200])
def test_all_that_a_tenant_has_is_found_once_and_nothing_of_anybody_elses(
    page: int, stores: Stores, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belongings, "PAGE", page)
    furnish(stores, clock, "acme", runs=2)
    furnish(stores, clock, "acme-2", runs=1)
    seen = named(of(stores).walk())
    assert len(seen) == len(set(seen))
    assert set(seen) == everything(stores, "acme")
    assert len(seen) > 2 * EVENTS


def test_a_walk_goes_on_after_any_page(stores: Stores, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(belongings, "PAGE", 3)
    furnish(stores, clock, "acme")
    whole = list(of(stores).walk())
    for stop, page in enumerate(whole):
        rest = of(stores).walk(Place.read(page.place.as_record()))
        assert named(whole[: stop + 1]) + named(rest) == named(whole)


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
