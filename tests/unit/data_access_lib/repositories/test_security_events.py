from datetime import date

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.repositories.security_events import SecurityEvents
from data_access_lib.signals import AccessAttempt, OpsAccessSignals
from platform_kit.ids import new_id
from tests.stores import HandClock, SeenAudit, Stores

DAY = date(2026, 3, 4)


@pytest.fixture
def events(stores: Stores) -> SecurityEvents:
    admin = AdminContext("usr:1:ops", ("Platform.Admin",), "test")
    return SecurityEvents(AdminTable(stores.client, stores.ops, admin, SeenAudit(), stores.signals))  # type: ignore[arg-type]


def test_a_days_events_are_listed_newest_first(events: SecurityEvents, stores: Stores) -> None:
    ids = [new_id("evt") for _ in range(3)]
    for event_id in ids:
        events.record({"eventId": event_id, "type": "x"}, DAY)
    events.record({"eventId": new_id("evt")}, date(2026, 3, 5))
    first = events.list(DAY, limit=2)
    assert ([item["eventId"] for item in first.items], first.next_id) == ([ids[2], ids[1]], ids[1])
    assert events.list(DAY, after=ids[1]).items == [{"eventId": ids[0], "type": "x"}]
    assert stores.client.calls[-1][1]["Limit"] == 50


def test_a_violation_that_was_signalled_is_among_them(events: SecurityEvents, stores: Stores, clock: HandClock) -> None:
    signals = OpsAccessSignals(lambda: stores.client, stores.ops, clock=clock, emit=lambda _: None)  # type: ignore[arg-type,return-value]
    signals.violation(AccessAttempt("acme", "usr:1:ada", "get", "runs", "TENANT#globex#RUN#x"))
    [event] = events.list(DAY).items
    assert (event["type"], event["tenantId"], event["attempted"]) == (
        "tenant.access_violation",
        "acme",
        "TENANT#globex#RUN#x",
    )
