from dataclasses import replace

import pytest

from data_access_lib.repositories.event_log import TenantEvents, event_of
from governance.events import PlatformEvent
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores

TIME = "2026-03-04T05:06:07.890Z"


@pytest.fixture
def events(stores: Stores) -> TenantEvents:
    return TenantEvents(stores.table(stores.runs))


def event(**fields: object) -> PlatformEvent:
    made = PlatformEvent(new_id("evt"), "tenant.suspended", "acme", TIME, {"tenantId": "acme", "suspendedAt": TIME})
    return replace(made, **fields)  # type: ignore[arg-type] # its own fields


def test_an_event_is_written_once_and_told_once(events: TenantEvents) -> None:
    made = event(also_to="whk_1")
    assert not events.put(made).told
    again = events.put(made)
    assert (again.event, again.told) == (made, False)
    events.mark_told(made.event_id, TIME)
    assert events.put(made).told


def test_what_has_a_mark_is_written_once_whatever_its_id(events: TenantEvents) -> None:
    first, second = event(), event()
    assert events.put_once("budget#2026-03#80", first).event == first
    again = events.put_once("budget#2026-03#80", second)
    assert (again.event, again.told) == (first, False)
    assert events.put_once("budget#2026-03#100", second).event == second
    events.mark_told(first.event_id, TIME)
    assert events.put_once("budget#2026-03#80", event()).told
    with pytest.raises(NotFound):
        events.get(new_id("evt"))


def test_events_are_listed_newest_first_and_by_type(events: TenantEvents) -> None:
    made = [event() for _ in range(3)]
    for one in (*made, event(type="job.failed")):
        events.put(one)
    page = events.list(limit=2, kind=None)
    assert page.items[0]["type"] == "job.failed"
    rest = events.list(limit=2, after=page.next_id)
    assert [one["eventId"] for one in rest.items] == [made[1].event_id, made[0].event_id]
    only = events.list(kind="tenant.suspended")
    assert [event_of("acme", one) for one in only.items] == made[::-1]


def test_events_are_kept_for_a_month(events: TenantEvents, stores: Stores) -> None:
    made = event()
    events.put(made)
    item = stores.raw(stores.runs, "TENANT#acme#EVENTLOG", made.event_id)
    assert item is not None
    assert int(item["ttl"]["N"]) == 1_772_600_767 + 30 * 86400
