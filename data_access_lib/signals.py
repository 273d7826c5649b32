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

    from mypy_boto3_dynamodb import DynamoDBClient

METRIC: Final = "TenantAccessViolation"
LOST_METRIC: Final = "SecurityEventLost"
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


class AccessSignals(Protocol):
    """Told of every refused access, before the caller gets its TenantAccessViolation. Must not raise."""

    def violation(self, attempt: AccessAttempt) -> None:
        """Record the attempt."""
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
        try:
            self._client().put_item(TableName=self._table, Item=encode_item(self._event(attempt)))
        except Exception:  # noqa: BLE001 - whatever failed, the caller must still be refused
            self._count(LOST_METRIC, {}, attempt.operation)

    def _event(self, attempt: AccessAttempt) -> dict[str, object]:
        now = self._clock.now()
        event_id = new_id("evt")
        return {
            **keys.security_event_key(PLATFORM, now.date(), event_id)._asdict(),
            "eventId": event_id,
            "type": "tenant.access_violation",
            "severity": "critical",
            "tenantId": attempt.tenant_id,
            "principalId": attempt.principal_id,
            "operation": attempt.operation,
            "resource": attempt.resource,
            "attempted": _printable(attempt.attempted),
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
