from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.errors import ConditionFailed, TenantAccessViolation
from data_access_lib.platform_incidents import table_of
from data_access_lib.repositories.incident_epoch import LABEL, IncidentEpoch
from data_access_lib.repositories.incidents import Incidents
from data_access_lib.table import BoundedTable
from governance.incidents import WINDOW_SECONDS, Fact, Kind, Severity
from platform_kit.ids import new_id
from tests.stores import Stores

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


@pytest.fixture
def table(stores: Stores) -> BoundedTable:
    client: Any = stores.client
    return table_of(client, stores.ops, stores.signals)


def fact(kind: Kind = Kind.VERSION_TAMPERED, at: datetime = NOW, about: str = "version:v") -> Fact:
    return Fact(kind, about, new_id("evt"), at, "something", agent="echo-agent")


def stays(table: BoundedTable, number: int) -> bool:
    """Whether a transaction that demands this number goes through."""
    transaction = table.transaction()
    IncidentEpoch(table).same_in(transaction, number)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        return failure.label != LABEL
    return True


def test_every_opening_of_a_grave_incident_moves_it_and_nothing_else_does(table: BoundedTable) -> None:
    incidents, epoch = Incidents(table), IncidentEpoch(table)
    assert (epoch.now(), stays(table, 0)) == (0, True)
    assert incidents.report(fact()).opened
    assert (epoch.now(), stays(table, 0), stays(table, 1)) == (1, False, True)
    again = incidents.report(fact())
    assert (again.opened, again.incident["count"], epoch.now()) == (False, 2, 1)
    assert incidents.report(fact(Kind.KILL_SWITCH, about="agent:echo-agent")).opened
    assert epoch.now() == 2
    slight = fact(Kind.CANARY_ROLLED_BACK)
    assert (slight.severity, incidents.report(slight).opened, epoch.now()) == (Severity.S3, True, 2)
    assert incidents.report(fact(at=NOW + timedelta(seconds=WINDOW_SECONDS))).opened
    assert epoch.now() == 3


def test_an_incident_that_is_open_again_moves_it_by_itself_or_by_somebodys_hand(table: BoundedTable) -> None:
    incidents, epoch = Incidents(table), IncidentEpoch(table)
    incident = incidents.report(fact()).incident
    incidents.change(incidents.get(incident["incidentId"]), {"status": "resolved"})
    assert epoch.now() == 1
    reopened = incidents.report(fact())
    assert (reopened.opened, reopened.incident["status"], epoch.now()) == (True, "open", 2)
    assert incidents.get(incident["incidentId"]) == reopened.incident
    for status in ("resolved", "open"):
        incidents.change(incidents.get(incident["incidentId"]), {"status": status})
    assert epoch.now() == 3
    incidents.change(incidents.get(incident["incidentId"]), {"assignee": "usr:1:ops"})
    assert epoch.now() == 3
    slight = incidents.report(fact(Kind.CANARY_ROLLED_BACK)).incident
    incidents.change(slight, {"severity": "S2"})
    assert epoch.now() == 4


def test_the_first_fact_leaves_what_a_later_one_would(table: BoundedTable) -> None:
    made = Incidents(table).report(fact()).incident
    assert Incidents(table).get(made["incidentId"]) == made
    assert (made["count"], made["etag"], made["status"], made["severity"]) == (1, 1, "open", "S1")


def test_a_tenants_incident_moves_nothing_and_a_tenant_cannot_look(stores: Stores, table: BoundedTable) -> None:
    own = stores.table(stores.ops, "acme")
    assert Incidents(own).report(fact(Kind.REPEATED_DENIALS)).opened
    assert IncidentEpoch(table).now() == 0
    with pytest.raises(TenantAccessViolation):
        IncidentEpoch(own).now()


def test_who_may_report_incidents_alone_can_move_it(stores: Stores) -> None:
    client: Any = stores.client
    other = PlatformServiceTable(client, stores.ops, "evaluations", frozenset({"INCIDENT", "TIMELINE"}), stores.signals)
    with pytest.raises(TenantAccessViolation):
        Incidents(other).report(fact())
