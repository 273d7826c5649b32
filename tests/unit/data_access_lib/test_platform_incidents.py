import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data_access_lib.errors import TenantAccessViolation
from data_access_lib.keys import security_partition
from data_access_lib.platform_incidents import report_switch, report_violation, table_of
from data_access_lib.repositories.incidents import Incidents
from data_access_lib.signals import AccessAttempt
from data_access_lib.table import BoundedTable
from data_access_lib.tenant import PLATFORM
from platform_kit.ids import new_id
from tests.stores import Stores

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ATTEMPT = AccessAttempt("acme", "usr:1:ada", "get", "runs", "TENANT#globex#RUN#run_1")
SWITCH = {"switchId": new_id("ksw"), "scope": "run", "target": "acme/run_1", "reason": "r", "createdBy": "usr:1:ops"}


@pytest.fixture
def table(stores: Stores) -> BoundedTable:
    client: Any = stores.client
    return table_of(client, stores.ops, stores.signals)


def test_attempts_of_one_tenant_are_one_incident_and_name_no_foreign_key(
    table: BoundedTable, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        report_violation(table, ATTEMPT, NOON, new_id("evt"))
    [incident] = Incidents(table).list().items
    assert (incident["about"], incident["count"], incident["severity"]) == ("tenant:acme", 2, "S1")
    assert "globex" not in json.dumps([incident, Incidents(table).timeline(incident["incidentId"])], default=str)
    assert capsys.readouterr().out.count("GravestIncident") == 2, "one line: the metric and its value"


def test_a_switch_is_an_incident_of_what_it_stops(table: BoundedTable, capsys: pytest.CaptureFixture[str]) -> None:
    report_switch(table, SWITCH, NOON)
    [incident] = Incidents(table).list().items
    assert (incident["about"], incident["severity"]) == ("run:acme/run_1", "S2")
    printed = capsys.readouterr().out
    assert "IncidentOpened" in printed
    assert "GravestIncident" not in printed


def test_who_writes_incidents_reaches_nothing_else_of_the_platform(table: BoundedTable) -> None:
    with pytest.raises(TenantAccessViolation):
        table.query(security_partition(PLATFORM, NOON.date()))
