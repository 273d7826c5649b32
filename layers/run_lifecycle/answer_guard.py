"""Lets an agent's answer pass as guardrails want it, piece by piece, before anybody keeps or sees it.

A text that comes in bits passes one guard, which holds back what may be the beginning of a finding: a secret that is
cut over two bits is caught. Held text comes after events that were sent meanwhile: to let it go first would be the way
around. Whatever cannot be looked at does not pass.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from governance.guardrails import Action, Fault, Finding, GuardrailPolicy, JsonScan, StreamGuard, scan, scan_json
from governance.guardrails.scanning import MAX_TEXT
from run_lifecycle.agent_answer import AgentEvent, AgentFault, Output, Piece, TextDelta
from run_lifecycle.guarding import note_blocked

NOT_TOLD: Final = "The agent failed; what it said of it does not pass the guardrails."
_SLICE: Final = 65_536


class AnswerGuard:
    """One answer. Once `blocked` nothing more comes out."""

    def __init__(self, policy: GuardrailPolicy) -> None:
        self._policy = policy
        self._text = StreamGuard(policy)
        self._found: Counter[str] = Counter()
        self._acted = 0
        self.blocked = False

    def pass_on(self, pieces: Sequence[Piece]) -> list[Piece]:
        """What of these pieces may go on by now, with what was held back before."""
        return [passed for piece in pieces for passed in self._pass(piece)]

    def rest(self) -> list[Piece]:
        """What is still held back: the answer is over."""
        return self._said(self._text.finish()) if not self.blocked else []

    def fault(self, fault: AgentFault) -> AgentFault:
        """Why the agent failed, in words that may be shown."""
        scanned = scan(fault.message, self._policy)
        self._keep(scanned.findings)
        if scanned.blocked:
            note_blocked("output", scanned.fault)
        return AgentFault(NOT_TOLD if scanned.blocked else scanned.text, fault.code)

    def told(self) -> dict[str, Any]:
        """What the log keeps of the findings: where, how many of which class. Empty when none was acted on."""
        acted = self._acted + self._text.acted
        if not (acted or self.blocked):
            return {}
        found = self._found + _counted(self._text.findings)
        status = "blocked" if self.blocked else "masked"
        return {"where": "output", "status": status, "found": dict(found), "changed": acted}

    def _pass(self, piece: Piece) -> Iterator[Piece]:
        if self.blocked:
            return
        match piece:
            case TextDelta():
                yield from self._said(self._text.feed(piece.text))
            case AgentEvent():
                yield from self._event(piece)
            case Output():
                yield from self._output(piece)

    def _said(self, text: str) -> list[Piece]:
        if self._text.blocked:
            self._block(self._text.fault)
        return [TextDelta(text)] if text else []

    def _event(self, event: AgentEvent) -> Iterator[Piece]:
        passed, value = self._looked_at(scan_json(event.payload, self._policy))
        if passed and isinstance(value, dict):
            yield AgentEvent(value)

    def _output(self, output: Output) -> Iterator[Piece]:
        passed, value = self._looked_at(scan_output(output.value, self._policy))
        if passed:
            yield Output(value, output.last)

    def _looked_at(self, scanned: JsonScan) -> tuple[bool, Any]:
        self._keep(scanned.findings)
        if scanned.blocked:
            self._block(scanned.fault)
        return not scanned.blocked, scanned.value

    def _keep(self, findings: Sequence[Finding]) -> None:
        self._found += _counted(findings)
        self._acted += sum(finding.action is not Action.ALLOW for finding in findings)

    def _block(self, fault: Fault | None) -> None:
        if not self.blocked:
            note_blocked("output", fault)
        self.blocked = True


def shown_fault(fault: AgentFault, policy: GuardrailPolicy) -> AgentFault:
    """Why an agent failed that answered nothing else, in words that may be shown."""
    return AnswerGuard(policy).fault(fault)


def scan_output(value: Any, policy: GuardrailPolicy) -> JsonScan:
    """An agent's output. A text may be longer than what is looked at in one go."""
    if not isinstance(value, str) or len(value) <= MAX_TEXT:
        return scan_json(value, policy)
    guard = StreamGuard(policy)
    parts = [guard.feed(value[at : at + _SLICE]) for at in range(0, len(value), _SLICE)]
    whole = "".join([*parts, guard.finish()])
    return JsonScan(None if guard.blocked else whole, tuple(guard.findings), guard.blocked, guard.fault)


def _counted(findings: Sequence[Finding]) -> Counter[str]:
    return Counter(finding.kind.value for finding in findings)
