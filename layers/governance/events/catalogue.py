"""Every event of the platform: its name, the version of its payload, when it happens and what it says.

A payload's version is raised for a change that could break a reader (`compatibility`): then the event is told under the
new version from one release on, and the changelog says so. Fields may be added to a version at any time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from governance.events import fields as f
from governance.events.fields import Field

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event. `subject` is the field that the envelope's `subject` repeats.

    `offered`: an endpoint may ask for it; the others are sent to one endpoint because of what was done with it.
    """

    name: str
    when: str
    subject: str
    fields: Mapping[str, Field]
    version: int = 1
    offered: bool = True

    @property
    def schema_uri(self) -> str:
        """What the envelope's `dataschema` says."""
        return f"urn:ambit:event:{self.name}:{self.version}"

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of `data`."""
        return {
            "$schema": DIALECT,
            "$id": self.schema_uri,
            "title": self.name,
            "description": self.when,
            "type": "object",
            "properties": {name: field.as_schema() for name, field in self.fields.items()},
            "required": [name for name, field in self.fields.items() if field.required],
        }

    def example(self) -> dict[str, Any]:
        """Data as it may look, with every field."""
        return {name: field.example for name, field in self.fields.items()}


_RUN: Final[Mapping[str, Field]] = {
    "agent": f.text("The agent.", "analyst-agent", most=63),
    "version": f.identifier("ver", "The version that ran."),
    "sessionId": f.identifier("ses", "The conversation."),
    "createdAt": f.time("When it was asked for.", required=False),
    "finishedAt": f.time("When it ended."),
    "durationMs": f.number("How long the agent was at work, in milliseconds.", 1840),
    "usage": f.counts("What the gateway metered.", "inputTokens", "outputTokens", "toolCalls", "durationMs"),
    "cost": f.money("What it cost."),
}
_JOB: Final[Mapping[str, Field]] = {
    "jobId": f.identifier("job", "The job."),
    "runId": f.identifier("run", "Its run."),
    "status": f.one_of("How it ended.", "succeeded", "failed", "halted", "cancelled", "timed_out"),
    **_RUN,
    "pollUrl": f.text("Where its result is, below the API's address.", "/v1/jobs/job_0198c0de" + "0" * 24),
}
_APPROVAL: Final[Mapping[str, Field]] = {
    "approvalId": f.identifier("apr", "The approval."),
    "kind": f.one_of("What it is about.", "tool", "promotion", "autonomy", "reactivation"),
    "runId": f.identifier("run", "The run that waits.", required=False),
    "agent": f.text("The agent that asks.", "analyst-agent", most=63, required=False),
    "tool": f.text("The tool it would call.", "payments.refund", required=False),
    "riskLevel": f.text("How risky that is.", "high", required=False),
    "requiredRoles": f.texts("Who may decide.", "Tenant.Admin"),
    "expiresAt": f.time("Until when it can be decided and used."),
}
_VERSION: Final[Mapping[str, Field]] = {
    "agent": f.text("The agent.", "analyst-agent", most=63),
    "version": f.identifier("ver", "The version."),
}


def _job(outcome: str, when: str) -> EventType:
    return EventType(f"job.{outcome}", when, "jobId", _JOB)


_TYPES: Final = (
    _job("succeeded", "A job ended with a result. The result itself is not in the event: fetch it at `pollUrl`."),
    _job("failed", "A job ended without a result."),
    _job("halted", "The governor stopped a job. `run.halted` tells of it too."),
    _job("cancelled", "Somebody cancelled a job."),
    _job("timed_out", "A job took longer than it may."),
    EventType(
        *("run.halted", "The governor stopped a run, of whatever mode.", "runId"),
        {"runId": _JOB["runId"], "jobId": f.identifier("job", "Its job, when it is one.", required=False), **_RUN},
    ),
    EventType("approval.requested", "An agent waits for people to decide.", "approvalId", _APPROVAL),
    EventType(
        *("approval.decided", "Somebody decided.", "approvalId"),
        {**_APPROVAL, "decision": f.one_of("What was decided.", "approved", "denied")},
    ),
    EventType(
        *("approval.expired", "Nobody decided in time, or what was granted was not used in time.", "approvalId"),
        _APPROVAL,
    ),
    EventType(
        *("budget.threshold", "The tenant has spent this share of its month's budget. Once a month for each.", "month"),
        {
            "month": Field({"type": "string", "pattern": r"^\d{4}-\d{2}$"}, "The month, in UTC.", "2026-11"),
            "thresholdPercent": Field({"enum": [50, 80, 100]}, "The share that was reached.", 80),
            "spent": f.money("What is spent."),
            "limit": f.money("The month's budget."),
        },
    ),
    EventType(
        *("incident.opened", "Something happened that somebody has to look at.", "incidentId"),
        {
            "incidentId": f.identifier("inc", "The incident."),
            "kind": f.text("What happened.", "run-halted"),
            "severity": f.one_of("How grave it is.", "S1", "S2", "S3", "S4"),
            "about": f.text("What it happened to.", "agent:analyst-agent", most=512),
            "agent": f.text("The agent, when it is one's.", "analyst-agent", most=63, required=False),
            "openedAt": f.time("When it began."),
        },
    ),
    EventType(
        *("agent.version.promoted", "A version of an agent that the tenant uses was approved.", "version"),
        {
            **_VERSION,
            "place": f.one_of("What tenants run, or the second version that a canary may try.", "default", "second"),
            "approvedAt": f.time("When."),
        },
    ),
    EventType(
        *("agent.version.rolled_back", "A version of an agent that the tenant uses was taken back.", "version"),
        {
            **_VERSION,
            "approvedVersion": f.identifier("ver", "What tenants run instead.", required=False),
            "rolledBackAt": f.time("When."),
        },
    ),
    EventType(
        *("tenant.suspended", "An operator suspended the tenant: nothing runs until it is reinstated.", "tenantId"),
        {"tenantId": f.text("The tenant.", "acme", most=32), "suspendedAt": f.time("When.")},
    ),
    EventType(
        *("webhook.disabled", "An endpoint is sent nothing any more. The tenant's others are told.", "webhookId"),
        {
            "webhookId": f.identifier("whk", "The endpoint."),
            "reason": f.one_of("Why.", "failing", "gone"),
            "failingSince": f.time("The first of the failures in a row.", required=False),
            "disabledAt": f.time("When."),
        },
    ),
    EventType(
        *("webhook.test", "Somebody asked for a test message to this endpoint.", "webhookId"),
        {"webhookId": f.identifier("whk", "The endpoint.")},
        offered=False,
    ),
    EventType(
        *("webhook.challenge", "The endpoint has to show that it wants events: docs/webhooks.md.", "webhookId"),
        {
            "webhookId": f.identifier("whk", "The endpoint."),
            "challenge": f.text("What the answer has to repeat.", "9m1Ni0tDTYkVYSlZ5Ezcqg"),
        },
        offered=False,
    ),
)

CATALOGUE: Final[Mapping[str, EventType]] = MappingProxyType({one.name: one for one in _TYPES})
"""By name."""
OFFERED: Final = tuple(name for name, one in CATALOGUE.items() if one.offered)
"""The names that an endpoint may ask for."""


def event_type(name: str) -> EventType:
    """The kind of this name; LookupError for none."""
    return CATALOGUE[name]
