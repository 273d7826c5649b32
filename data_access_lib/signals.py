"""What happens when code of ours reaches outside its tenant: a metric to alarm on, a security event to investigate."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from data_access_lib import keys
from data_access_lib.codec import encode_item
from data_access_lib.retention import TERMS
from data_access_lib.tenant import PLATFORM
from platform_kit.clock import Clock, SystemClock, rfc3339
from platform_kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from types import ModuleType

    from mypy_boto3_dynamodb import DynamoDBClient

    from data_access_lib.table import BoundedTable
    from governance.incidents import Fact

METRIC: Final = "TenantAccessViolation"
LOST_METRIC: Final = "SecurityEventLost"
TAMPERED_METRIC: Final = "VersionTampered"
PACKAGE: Final = "artifactDigest"
"""The fault of a version whose package has other bytes than its record names."""
RUNTIME: Final = "runtime"
"""The fault of a version whose runtime runs another package than its record names."""
_NAMESPACE: Final = "Ambit"
_MAX_ATTEMPTED: Final = 200


@dataclass(frozen=True, slots=True)
class AccessAttempt:
    """One refused access: who tried what, and the key it aimed at (for investigators, never for the caller)."""

    tenant_id: str
    principal_id: str
    operation: str
    resource: str
    attempted: str


@dataclass(frozen=True, slots=True)
class AgentAttempt:
    """One thing an agent asked of the gateway that no agent has a reason to ask; `reason` is the answer's code."""

    tenant_id: str
    principal_id: str
    agent: str
    operation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tampered:
    """A version whose record, package or runtime is not what was registered, and what says so: a hash, or `runtime`."""

    agent: str
    version_id: str
    fault: str

    @property
    def what(self) -> str:
        """What was changed, in a word."""
        return {PACKAGE: "package", RUNTIME: "runtime"}.get(self.fault, "record")


class AccessSignals(Protocol):
    """Told of every refused access, before the caller gets its TenantAccessViolation. Must not raise."""

    def violation(self, attempt: AccessAttempt) -> None:
        """Record the attempt."""
        ...

    def tampered(self, found: Tampered) -> None:
        """Record that a version was refused, before the caller gets its VersionTampered."""
        ...

    def happened(self, fact: Fact) -> None:
        """Record for operators what happened in a tenant."""
        ...


def print_line(line: str) -> None:
    """One line to standard output, where Lambda picks metrics up."""
    sys.stdout.write(line + "\n")


class OpsAccessSignals:
    """The real thing: prints the EMF metric and writes the event to the platform's security partition of the ops table.

    `client` gives a client of the function's own role (leading keys `TENANT#platform#*`); it is asked only when there
    is something to write, so a cold start pays nothing. A write that fails is counted and hides no violation.
    """

    def __init__(
        self,
        client: Callable[[], DynamoDBClient],
        ops_table: str,
        *,
        clock: Clock | None = None,
        emit: Callable[[str], None] = print_line,
    ) -> None:
        self._client = client
        self._table = ops_table
        self._clock = clock or SystemClock()
        self._emit = emit

    def violation(self, attempt: AccessAttempt) -> None:
        """Count it, then write it down."""
        self._count(METRIC, {"tenantId": attempt.tenant_id, "principalId": attempt.principal_id}, attempt.operation)
        what = {"resource": attempt.resource, "attempted": _printable(attempt.attempted)}
        written = self._write(attempt, {"type": "tenant.access_violation", "severity": "critical", **what})
        if written is not None:
            self._open_incident(attempt, *written)

    def tampered(self, found: Tampered) -> None:
        """Count it, and open the platform's incident of it."""
        self._count(TAMPERED_METRIC, {"agent": found.agent, "versionId": found.version_id}, found.fault)
        self._report(
            lambda incidents, table: incidents.report_tampered(table, found, self._clock.now()), TAMPERED_METRIC
        )

    def happened(self, fact: Fact) -> None:
        """Enter it in the platform's incident of it."""
        self._report(lambda incidents, table: incidents.report(table, fact), fact.kind.value)

    def agent_refused(self, attempt: AgentAttempt) -> None:
        """Write down what an agent tried; the gateway counts it."""
        what = {"resource": f"agent {attempt.agent}", "attempted": _printable(attempt.reason)}
        self._write(attempt, {"type": "agent.refused", "severity": "warning", **what})

    def _write(self, attempt: AccessAttempt | AgentAttempt, what: Mapping[str, str]) -> tuple[datetime, str] | None:
        """When, and the id of the event; None when it could not be written, which is counted."""
        now, event_id = self._clock.now(), new_id("evt")
        try:
            event = encode_item(self._event(attempt, what, now, event_id))
            self._client().put_item(TableName=self._table, Item=event)
        except Exception:  # noqa: BLE001 - whatever failed, the caller must still be refused
            self._count(LOST_METRIC, {}, attempt.operation)
            return None
        return now, event_id

    def _open_incident(self, attempt: AccessAttempt, now: datetime, event_id: str) -> None:
        """The platform's incident of what this tenant's code reached for in this hour."""
        self._report(
            lambda incidents, table: incidents.report_violation(table, attempt, now, event_id), attempt.operation
        )

    def _report(self, write: Callable[[ModuleType, BoundedTable], None], operation: str) -> None:
        from data_access_lib import platform_incidents  # only then: nobody pays for it who reaches for nothing

        try:
            write(platform_incidents, platform_incidents.table_of(self._client(), self._table, self))
        except Exception:  # noqa: BLE001 - as above
            self._count(LOST_METRIC, {}, operation)

    def _event(
        self, attempt: AccessAttempt | AgentAttempt, what: Mapping[str, str], now: datetime, event_id: str
    ) -> dict[str, object]:
        return {
            **keys.security_event_key(PLATFORM, now.date(), event_id)._asdict(),
            "eventId": event_id,
            **what,
            "tenantId": attempt.tenant_id,
            "principalId": attempt.principal_id,
            "operation": attempt.operation,
            "at": rfc3339(now),
            "ttl": TERMS["SECURITY"].expiry(now),
        }

    def _count(self, metric: str, properties: Mapping[str, str], operation: str) -> None:
        directive = {
            "Namespace": _NAMESPACE,
            "Dimensions": [[], ["operation"]],
            "Metrics": [{"Name": metric, "Unit": "Count"}],
        }
        stamp = int(self._clock.now().timestamp() * 1000)
        aws = {"Timestamp": stamp, "CloudWatchMetrics": [directive]}
        self._emit(json.dumps({"_aws": aws, metric: 1, "operation": operation, **properties}))


def _printable(text: str) -> str:
    """A hostile key as a log or a page may show it: bounded, no control characters."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:_MAX_ATTEMPTED])
