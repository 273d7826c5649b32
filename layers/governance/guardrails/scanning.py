"""Scanning a text: what is in it, and the text without what must not pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from governance.guardrails import contacts, credentials, injection, numbers, phones
from governance.guardrails.classes import Action, DataClass
from governance.guardrails.detector import Detector, Match, matches
from governance.guardrails.folding import Folded, fold
from governance.guardrails.policy import GuardrailPolicy

MAX_TEXT: Final = 1_048_576
"""Characters of a text; a longer one is blocked."""
DETECTORS: Final[tuple[Detector, ...]] = (
    *credentials.DETECTORS,
    *numbers.DETECTORS,
    *contacts.DETECTORS,
    *phones.DETECTORS,
    *injection.DETECTORS,
)
"""In order of precedence: of two findings that begin at the same place the former holds."""


class Fault(StrEnum):
    """Why a text was blocked without a finding."""

    DETECTOR = "detector-failed"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_MANY = "too-many"
    NOT_JSON = "not-json"
    HELD_TOO_LONG = "held-too-long"


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding at `start` to `end` of the text that was given, in characters; never the text itself.

    `at` is where its replacement (or the finding, if it was let through) begins in the cleaned text. `path` is the JSON
    Pointer (RFC 6901) of the value it was in, "" for a text.
    """

    kind: DataClass
    action: Action
    start: int
    end: int
    at: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What came of a text. A blocked one has no `text`; `fault` says why if no finding does."""

    text: str
    findings: tuple[Finding, ...] = ()
    blocked: bool = False
    fault: Fault | None = None

    def acted(self) -> int:
        """How many findings were masked, hashed or blocked."""
        return sum(finding.action is not Action.ALLOW for finding in self.findings)


def scan(text: str, policy: GuardrailPolicy) -> Scan:
    """The findings in a text, and the text as the policy lets it pass. Whatever goes wrong blocks; never raises."""
    try:
        if len(text) > MAX_TEXT:
            return blocked(Fault.TOO_LARGE)
        folded = fold(text)
        cleaned, findings = clean(text, folded, find(folded.data, 0, policy), policy)
    except Exception:  # noqa: BLE001 - a detector that fails must not let the text through
        return blocked(Fault.DETECTOR)
    stop = any(finding.action is Action.BLOCK for finding in findings)
    return Scan("" if stop else cleaned, findings, blocked=stop)


def blocked(fault: Fault) -> Scan:
    """Nothing passes."""
    return Scan("", blocked=True, fault=fault)


def find(data: bytes, begin: int, policy: GuardrailPolicy) -> list[Match]:
    """Findings in folded text from `begin` on. What is only reported never hides what is acted on."""
    possible = [one for one in DETECTORS if one.possible(data)]
    acting = [one for one in possible if policy.acts_on(one.name)]
    telling = [one for one in possible if not policy.acts_on(one.name)]
    found = matches(data, begin, acting, policy.regions) + matches(data, begin, telling, policy.regions)
    return sorted(found, key=lambda match: (match.start, match.end))


def clean(
    text: str, folded: Folded, found: Sequence[Match], policy: GuardrailPolicy, offset: int = 0, before: int = 0
) -> tuple[str, tuple[Finding, ...]]:
    """The text with replacements, and the findings. `offset` is where `text` begins in all that was given.

    `before` is as much for the cleaned text. The last character of a finding counts with it, characters without width
    behind it do not.
    """
    parts: list[str] = []
    findings: list[Finding] = []
    cursor = length = 0
    for match in found:
        kind = match.detector.name
        start, end = folded.origin(match.start), folded.origin(match.end - 1) + 1
        if policy.acts_on(kind):
            kept, made = text[cursor:start], policy.replacement(kind, text[start:end])
            parts += kept, made
            length += len(kept)
            findings.append(Finding(kind, policy.actions[kind], offset + start, offset + end, before + length))
            length, cursor = length + len(made), end
        else:
            at = before + length + max(start - cursor, 0)
            findings.append(Finding(kind, Action.ALLOW, offset + start, offset + end, at))
    return "".join([*parts, text[cursor:]]), tuple(findings)
