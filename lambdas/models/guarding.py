"""Guardrails on a model call: the request as it may leave, and the answer as it may come back, piece by piece."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.guardrails import GuardrailPolicy, StreamGuard, scan_json
from model_gateway.completions import CallDelta, Chunk


def outgoing(document: Mapping[str, Any], policy: GuardrailPolicy) -> dict[str, Any]:
    """The request as it may leave. One that may not leave at all is given back as it is: the pipeline refuses it."""
    scan = scan_json(dict(document), policy)
    return dict(document) if scan.blocked or not isinstance(scan.value, dict) else scan.value


@dataclass
class AnswerGuard:
    """Lets an answer's pieces pass as a policy wants them: its text, and the arguments of each call by themselves."""

    policy: GuardrailPolicy
    _text: StreamGuard = field(init=False)
    _calls: dict[int, StreamGuard] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self._text = StreamGuard(self.policy)

    @property
    def blocked(self) -> bool:
        """Whether something in it must not pass: then nothing more comes out."""
        return any(guard.blocked for guard in self._all())

    @property
    def acted(self) -> int:
        """How many findings were masked, hashed or blocked."""
        return sum(guard.acted for guard in self._all())

    def feed(self, chunk: Chunk) -> Chunk:
        """What of a piece may go on by now, with what was held back before."""
        return Chunk(self._text.feed(chunk.text) if chunk.text else "", tuple(map(self._call, chunk.calls)))

    def finish(self) -> Chunk:
        """The rest."""
        rests = ((index, guard.finish()) for index, guard in self._calls.items())
        calls = tuple(CallDelta(index, arguments=rest) for index, rest in rests if rest)
        return Chunk(self._text.finish(), calls)

    def _call(self, delta: CallDelta) -> CallDelta:
        guard = self._calls.setdefault(delta.index, StreamGuard(self.policy))
        passed = guard.feed(delta.arguments) if delta.arguments else ""
        return CallDelta(delta.index, delta.id, delta.name, passed)

    def _all(self) -> list[StreamGuard]:
        return [self._text, *self._calls.values()]
