from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.incidents import Incidents
from governance.governor import HaltKind
from governance.incidents import Fact, Kind
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def fact(**changes: Any) -> Fact:
    made = Fact(Kind.RUN_HALTED, "agent:a", new_id("run"), NOON, "it fell", halt=HaltKind.SAFETY, agent="a")
    return replace(made, **changes)


@pytest.fixture
def incidents(stores: Stores) -> Incidents:
    return Incidents(stores.table(stores.ops))


def test_the_first_fact_opens_and_the_next_counts(incidents: Incidents) -> None:
    first = incidents.report(fact(touched=frozenset({"tool:b", "tool:a"})))
    later = NOON + timedelta(minutes=5)
    second = incidents.report(fact(at=later, title="again"))
    assert (first.opened, second.opened) == (True, False)
    assert first.incident["touched"] == "tool:a tool:b"
    found = incidents.get(second.incident["incidentId"])
    assert (found["count"], found["severity"], found["status"], found["etag"]) == (2, "S2", "open", 1)
    assert (found["openedAt"], found["lastEventAt"]) == ("2026-03-04T12:00:00.000Z", "2026-03-04T12:05:00.000Z")
    assert (found["title"], found["firstRun"] == found["lastRun"]) == ("again", False)
    assert [entry["at"] for entry in incidents.timeline(found["incidentId"])] == [
        "2026-03-04T12:00:00.000Z",
        "2026-03-04T12:05:00.000Z",
    ]


def test_a_fact_that_is_told_twice_happened_once(incidents: Incidents) -> None:
    once = fact()
    incidents.report(once)
    again = incidents.report(once)
    assert (again.fresh, again.opened, again.incident["count"]) == (False, False, 1)


def test_a_resolved_incident_is_opened_by_what_happens_again(incidents: Incidents, stores: Stores) -> None:
    found = incidents.report(fact()).incident
    incidents.change(found, {"status": "resolved"})
    again = incidents.report(fact())
    assert (again.opened, again.incident["status"], again.incident["etag"]) == (True, "open", 3)
    incidents.change(again.incident, {"status": "mitigated"})
    assert incidents.report(fact()).incident["status"] == "mitigated"


def test_a_change_of_what_was_read_before_another_change_fails(incidents: Incidents) -> None:
    found = incidents.report(fact()).incident
    incidents.change(found, {"assignee": "ada"})
    with pytest.raises(ConditionFailed):
        incidents.change(found, {"assignee": "bob"})
    incidents.report(fact())
    incidents.change(incidents.get(found["incidentId"]), {"assignee": "eve"})


def test_lists_are_newest_first_and_page(incidents: Incidents) -> None:
    ids = [incidents.report(fact(at=NOON + timedelta(hours=n))).incident["incidentId"] for n in range(3)]
    first = incidents.list(limit=2)
    assert [item["incidentId"] for item in first.items] == ids[:0:-1]
    rest = incidents.list(limit=2, after=first.next_id)
    assert ([item["incidentId"] for item in rest.items], rest.next_id) == (ids[:1], None)
    assert incidents.list(kind="cascade").items == []


def test_what_is_kept_has_an_end(incidents: Incidents, stores: Stores) -> None:
    found = incidents.report(fact()).incident
    item = stores.raw(stores.ops, "TENANT#acme#INCIDENT", found["incidentId"])
    assert item is not None
    assert int(item["ttl"]["N"]) == int((NOON + timedelta(days=400)).timestamp())


def test_there_is_no_incident_of_another_name(incidents: Incidents) -> None:
    with pytest.raises(NotFound):
        incidents.get(new_id("inc"))
    with pytest.raises(NotFound):
        incidents.get("inc_1")
