"""Scanning a text that arrives in pieces: a secret that is split over two of them is caught all the same."""

from functools import cache
from typing import Any, Final

from governance.guardrails.classes import Action
from governance.guardrails.detector import CONTEXT, Match, compiled
from governance.guardrails.folding import fold
from governance.guardrails.policy import GuardrailPolicy
from governance.guardrails.scanning import DETECTORS, Fault, Finding, clean, find

MAX_HELD: Final = 16_384
"""Characters that are held back at most; a finding that would need more blocks the stream."""
MOST_FINDINGS: Final = 1_000
"""Of how many findings a stream keeps the particulars; `acted` counts all."""


class StreamGuard:
    """Lets a stream pass as a policy wants it, holding back what may be the beginning of a finding, and nothing else.

    What comes out, put together, is what `scan` makes of the whole text, however it was cut into chunks. Positions of
    findings are those in the whole. Once `blocked` nothing more comes out; what came before has already gone.
    """

    def __init__(self, policy: GuardrailPolicy) -> None:
        self._policy = policy
        self._before = ""  # the end of what has gone, folded: what a detector may look back at
        self._held = ""
        self._taken = self._given = 0
        self.findings: list[Finding] = []
        self.acted = 0
        self.blocked = False
        self.fault: Fault | None = None

    def feed(self, chunk: str) -> str:
        """Take a chunk and give what is safe by now, maybe nothing. Never raises."""
        return self._guarded(chunk, last=False)

    def finish(self) -> str:
        """Give the rest: the text has ended."""
        return self._guarded("", last=True)

    def _guarded(self, chunk: str, *, last: bool) -> str:
        if self.blocked:
            return ""
        try:
            return self._pass(self._held + chunk, last=last)
        except Exception:  # noqa: BLE001 - a detector that fails must not let the text through
            return self._block(Fault.DETECTOR)

    def _pass(self, text: str, *, last: bool) -> str:
        folded = fold(self._before + text)
        begin = len(self._before)
        found = find(folded.data, begin, self._policy)
        cut = len(folded.data) if last else _cut(folded.data, begin, found)
        whole = len(self._before) + len(text)
        place = whole if cut == len(folded.data) else folded.origin(cut)
        passed = self._settle(
            self._before + text[: place - begin], folded, [one for one in found if one.end <= cut], begin
        )
        self._before = folded.data[max(cut - CONTEXT, 0) : cut].decode("latin-1")
        self._held = text[place - begin :]
        if len(self._held) > MAX_HELD and not self.blocked:
            return passed + self._block(Fault.HELD_TOO_LONG)
        return passed

    def _settle(self, text: str, folded: Any, found: list[Match], begin: int) -> str:
        """The part that may go, with its findings taken down; up to the first that blocks."""
        cleaned, findings = clean(text, folded, found, self._policy, self._taken - begin, self._given - begin)
        stop = next((finding for finding in findings if finding.action is Action.BLOCK), None)
        if stop is not None:
            findings = findings[: findings.index(stop) + 1]
            cleaned = cleaned[: stop.at - self._given + begin]
            self._block(None)
        self.findings += findings[: MOST_FINDINGS - len(self.findings)]
        self.acted += sum(finding.action is not Action.ALLOW for finding in findings)
        self._taken += len(text) - begin
        self._given += len(cleaned) - begin
        return cleaned[begin:]

    def _block(self, fault: Fault | None) -> str:
        self.blocked, self.fault = True, fault
        return ""


def _cut(data: bytes, begin: int, found: list[Match]) -> int:
    """Up to where nothing can change any more: neither a beginning nor a candidate lies across it."""
    begun = _beginnings().search(data, begin)
    cut = begun.start() if begun else len(data)
    for match in sorted(found, key=lambda one: one.begin, reverse=True):
        if match.begin < cut < match.end or match.begin < cut <= match.start:
            cut = match.begin
    return cut


@cache
def _beginnings() -> Any:
    """Everything at the end of a text that might become a finding with more text."""
    return compiled(rf"(?:{'|'.join(dict.fromkeys(detector.beginning for detector in DETECTORS))})\z")
