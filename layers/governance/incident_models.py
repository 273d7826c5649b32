"""Incidents as the API shows and takes them, a tenant's and the platform's own alike."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from platform_kit.models import ApiModel, ApiReply


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return value


def _text(most: int) -> Any:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=most)


Sentence = Annotated[str, _text(500), AfterValidator(_printable)]
Person = Annotated[str, _text(200), AfterValidator(_printable)]
Prose = Annotated[str, _text(10_000)]
Severity = Literal["S1", "S2", "S3", "S4"]
Status = Literal["open", "mitigated", "resolved"]
Kind = Literal[
    "run-halted",
    "repeated-denials",
    "guardrail-hits",
    "cascade",
    "access-violation",
    "audit-verification-failure",
    "kill-switch",
    "version-tampered",
    "canary-rolled-back",
]


class IncidentSummary(ApiReply):
    """An incident without its timeline; `count` facts are folded into it, the last at `lastEventAt`."""

    incident_id: str
    kind: Kind
    severity: Severity
    status: Status
    title: str
    about: str
    agent: str | None = None
    halt: str | None = None
    count: int
    opened_at: str
    last_event_at: str
    assignee: str | None = None


class TimelineEntry(ApiReply):
    """One thing that happened. `auditSeq` is the number of its entry in the audit log, where it has one."""

    at: str
    type: Literal["fact", "hold", "change", "mitigation"]
    title: str
    source: str
    by: str | None = None
    note: str | None = None
    audit_seq: int | None = None
    detail: dict[str, Any] | None = None


class IncidentReply(IncidentSummary):
    """An incident with its timeline (at most 500 entries), and what a person may make of it."""

    timeline: list[TimelineEntry]
    postmortem: str | None = None
    transitions: list[Status]


class IncidentPage(ApiReply):
    """Part of the list of incidents, newest hour first; with a filter a page may be short and not the last."""

    items: list[IncidentSummary]
    next_cursor: str | None = None


class PatchIncident(ApiModel):
    """What shall become of an incident. `postmortem` is what people learnt, and belongs to a resolved one."""

    status: Status | None = None
    severity: Severity | None = None
    assignee: Person | None = None
    note: Sentence | None = None
    postmortem: Prose | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what shall change")
        return self
