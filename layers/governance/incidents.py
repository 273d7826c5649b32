"""Incidents: what somebody has to look at, how grave it is, and what may become of it. Pure; see docs/incidents.md.

Facts of one kind about one thing, within one hour of the clock (UTC), are one incident: a count and a timeline.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from governance.governor import Cascade, HaltEvent, HaltKind, cascade
from platform_kit.ids import id_of

WINDOW_SECONDS: Final = 3_600
"""For how long facts of one kind about one thing are folded into one incident."""
CASCADE_SECONDS: Final = 600
"""Within how long halts of several agents can be a cascade."""
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Kind(StrEnum):
    """What happened."""

    RUN_HALTED = "run-halted"
    REPEATED_DENIALS = "repeated-denials"
    GUARDRAIL_HITS = "guardrail-hits"
    CASCADE = "cascade"
    ACCESS_VIOLATION = "access-violation"
    AUDIT_FAILURE = "audit-verification-failure"
    KILL_SWITCH = "kill-switch"
    VERSION_TAMPERED = "version-tampered"
    CANARY_ROLLED_BACK = "canary-rolled-back"


class Severity(StrEnum):
    """How grave it is: S1 somebody is woken, S2 today, S3 this week, S4 to be known."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


CLOSE_GATES: Final = (Severity.S1, Severity.S2)
"""What closes the gate of incidents while it is open."""


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"


GRAVE: Final = frozenset({HaltKind.SAFETY, HaltKind.OVERRISK})
"""Halts that say something of the agent itself, and not only of its run or of what it depends on."""
TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.OPEN: frozenset({Status.MITIGATED, Status.RESOLVED}),
        Status.MITIGATED: frozenset({Status.OPEN, Status.RESOLVED}),
        Status.RESOLVED: frozenset({Status.OPEN}),
    }
)
"""What a person may make of an incident; what happens again opens a resolved one by itself."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A severity, for a kind of incident and, when some are named, for some kinds of halt."""

    severity: Severity
    kind: Kind
    halts: frozenset[HaltKind] = frozenset()

    def holds(self, kind: Kind, halt: HaltKind | None) -> bool:
        """Whether this is the rule for such a fact."""
        return kind is self.kind and (not self.halts or halt in self.halts)


SEVERITIES: Final = (
    Rule(Severity.S1, Kind.ACCESS_VIOLATION),
    Rule(Severity.S1, Kind.AUDIT_FAILURE),
    Rule(Severity.S1, Kind.VERSION_TAMPERED),
    Rule(Severity.S1, Kind.CASCADE, GRAVE),
    Rule(Severity.S2, Kind.CASCADE),
    Rule(Severity.S2, Kind.REPEATED_DENIALS),
    Rule(Severity.S2, Kind.GUARDRAIL_HITS),
    Rule(Severity.S2, Kind.KILL_SWITCH),
    Rule(Severity.S2, Kind.RUN_HALTED, GRAVE),
    Rule(Severity.S3, Kind.CANARY_ROLLED_BACK),
    Rule(Severity.S3, Kind.RUN_HALTED, frozenset({HaltKind.STAGNATION, HaltKind.EXTERNAL})),
    Rule(Severity.S4, Kind.RUN_HALTED, frozenset({HaltKind.EXHAUSTION})),
)
"""The first that holds says how grave a fact is; without one it is S2."""
_KINDS_BY_RULE: Final[Mapping[str, Kind]] = MappingProxyType(
    {"denials": Kind.REPEATED_DENIALS, "guardrail-hits": Kind.GUARDRAIL_HITS}
)


@dataclass(frozen=True)
class Fact:
    """Something that happened once: `source` is its id, `about` what it concerns (`agent:echo-agent`).

    `touched` is what its run shares with others, for cascades.
    """

    kind: Kind
    about: str
    source: str
    at: datetime
    title: str
    halt: HaltKind | None = None
    agent: str = ""
    touched: frozenset[str] = frozenset()
    detail: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    @property
    def severity(self) -> Severity:
        """By the rules."""
        return severity_of(self.kind, self.halt)

    def incident_id(self, owner: str) -> str:
        """The owner's incident it belongs to: the same for all its facts of this kind, about this, in this hour."""
        moment, named = self.at.timestamp(), f"{owner}\n{self.kind.value}\n{self.about}"
        return id_of("inc", int(moment - moment % WINDOW_SECONDS) * 1000, named)


def severity_of(kind: Kind, halt: HaltKind | None = None) -> Severity:
    """How grave such a fact is."""
    return next((rule.severity for rule in SEVERITIES if rule.holds(kind, halt)), Severity.S2)


def kind_of_halt(rule: str) -> Kind:
    """The kind of incident that a halt by this rule of the governor is."""
    return _KINDS_BY_RULE.get(rule, Kind.RUN_HALTED)


def may_become(status: str, wanted: str) -> bool:
    """Whether a person may bring an incident from one status into another; into its own, always."""
    return status == wanted or Status(wanted) in TRANSITIONS[Status(status)]


def cascade_among(incidents: Iterable[Mapping[str, Any]], now: int) -> Cascade | None:
    """The cascade among a tenant's incidents of halts, at `now` in milliseconds since the epoch.

    Of each incident its first halt and its last are looked at: `{agent, halt, firstAt, lastAt, firstRun, lastRun,
    touched}`, times in milliseconds.
    """
    halts = [one for one in incidents if one.get("halt") and one.get("kind") != Kind.CASCADE]
    events = [event for incident in halts for event in _events(incident)]
    return cascade(events, CASCADE_SECONDS, now)


def _events(incident: Mapping[str, Any]) -> tuple[HaltEvent, HaltEvent]:
    agent, kind = str(incident["agent"]), HaltKind(incident["halt"])
    touched = frozenset(str(incident.get("touched") or "").split())
    first = HaltEvent(agent, str(incident["firstRun"]), kind, int(incident["firstAt"]), touched)
    return first, HaltEvent(agent, str(incident["lastRun"]), kind, int(incident["lastAt"]), touched)
