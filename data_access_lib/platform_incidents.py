"""Incidents of the platform itself, opened where they happen by whichever function it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.repositories.incidents import Incidents
from governance.incidents import Fact, Kind, Severity
from platform_kit.ids import id_of
from platform_kit.observability import count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from data_access_lib.signals import AccessAttempt, AccessSignals, Tampered
    from data_access_lib.table import BoundedTable

_KINDS: Final = frozenset({"INCIDENT", "INCIDENTEPOCH", "TIMELINE"})


def table_of(client: DynamoDBClient, ops_table: str, signals: AccessSignals) -> BoundedTable:
    """The platform's incidents for a function acting as itself."""
    return PlatformServiceTable(client, ops_table, "incidents", _KINDS, signals)


def report_violation(table: BoundedTable, attempt: AccessAttempt, now: datetime, event_id: str) -> None:
    """Somebody's code reached outside its tenant; the security event of this id says what for."""
    title = f"Code of {attempt.tenant_id} reached outside its tenant ({attempt.operation})."
    told = {"principalId": attempt.principal_id, "operation": attempt.operation, "resource": attempt.resource}
    report(table, Fact(Kind.ACCESS_VIOLATION, f"tenant:{attempt.tenant_id}", event_id, now, title, detail=told))


def report_switch(table: BoundedTable, switch: Mapping[str, Any], now: datetime) -> None:
    """An operator has stopped something."""
    aim = f"{switch['scope']}:{switch['target']}"
    title = f"A kill switch stops {switch['scope']} {switch['target']}: {switch['reason']}"
    told = {name: switch[name] for name in ("switchId", "scope", "target", "reason", "createdBy")}
    report(table, Fact(Kind.KILL_SWITCH, aim, str(switch["switchId"]), now, title, detail=told))


def report_tampered(table: BoundedTable, found: Tampered, now: datetime) -> None:
    """A version's record or package is not what was written; refused again within the minute, it is the same fact."""
    about = f"version:{found.version_id}"
    minute = int(now.timestamp()) // 60 * 60_000
    source = id_of("evt", minute, f"{about}\n{found.fault}")
    title = (
        f"The {found.what} of version {found.version_id} of {found.agent} is not what was registered ({found.fault})."
    )
    told = {"agent": found.agent, "versionId": found.version_id, "fault": found.fault}
    report(table, Fact(Kind.VERSION_TAMPERED, about, source, now, title, agent=found.agent, detail=told))


def report(table: BoundedTable, fact: Fact) -> None:
    """Write a fact down in its incident; the alarm incident-s1 counts those that are opened."""
    if Incidents(table).report(fact).opened:
        count_opened(fact)


def count_opened(fact: Fact) -> None:
    """An incident was opened; those of the gravest kind by a name of their own, since an alarm looks at one metric."""
    count("IncidentOpened", kind=fact.kind.value, severity=fact.severity.value)
    if fact.severity is Severity.S1:
        count("GravestIncident")
