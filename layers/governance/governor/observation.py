"""What the gateway saw of one call: the governor knows nothing else of a run."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.governor.profiles import is_count


class Outcome(StrEnum):
    """How a call went: `DENIED` by policy, `ERROR` of the call's own, `OUTAGE` of something outside that it needs."""

    OK = "ok"
    ERROR = "error"
    DENIED = "denied"
    OUTAGE = "outage"


class Risk(StrEnum):
    """How grave the call's effects may be, from the tool's registration."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


POINTS: Final[Mapping[Risk, int]] = MappingProxyType({Risk.LOW: 0, Risk.MEDIUM: 1, Risk.HIGH: 8, Risk.CRITICAL: 20})
"""What a call that was carried out adds to a run's risk."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One call of a tool or model, as the gateway saw it.

    `arguments` and `result` are digests (any text that is the same exactly when they are), `error` is the class of a
    failure, `cost` pico-dollars, `milliseconds` how long it took, `progress` the agent's newest progress marker or "";
    `guardrail_hits` counts findings that were masked, hashed or blocked.
    """

    tool: str
    arguments: str
    result: str = ""
    outcome: Outcome = Outcome.OK
    error: str = ""
    risk: Risk = Risk.LOW
    cost: int = 0
    tokens: int = 0
    milliseconds: int = 0
    progress: str = ""
    guardrail_hits: int = 0

    def well_formed(self) -> bool:
        """Whether every field is of its kind; one that is not might hide what it was meant to tell."""
        texts = (self.tool, self.arguments, self.result, self.error, self.progress)
        counts = (self.cost, self.tokens, self.milliseconds, self.guardrail_hits)
        kinds = isinstance(self.outcome, Outcome) and isinstance(self.risk, Risk)
        return kinds and bool(self.tool) and all(type(text) is str for text in texts) and all(map(is_count, counts))

    def call(self) -> str:
        """Names the tool with its arguments: 16 hexadecimal digits."""
        return fingerprint(self.tool, self.arguments)

    def answer(self) -> str:
        """Names how the call went and what it returned: 16 hexadecimal digits."""
        return fingerprint(self.outcome, self.error, self.result)


def fingerprint(*parts: str) -> str:
    """16 hexadecimal digits that two different lists of parts share by accident only."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8))
        digest.update(raw)
    return digest.hexdigest()[:16]
