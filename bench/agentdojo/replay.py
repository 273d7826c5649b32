"""The calls of a trace, decided as the gateway decides them: by the compiled envelope and by what the run has read."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Final, NamedTuple

from bench.agentdojo.points import SuitePolicy
from bench.agentdojo.traces import Step, Trace
from governance.guardrails import Finding, GuardrailPolicy, Taint, ToolFact, scan_json
from governance.policy.calls import Call
from governance.policy.cedar import Compiled
from governance.policy.decision import decide
from governance.policy.rules import Answer
from governance.policy.trusted_text import TrustedText, digest_of, values_of
from governance.tiers import Tier

MOST_DIGESTS: Final = 1_000
"""As in the gateway (`enforcement.vouching`): what trusted tools answer beyond them vouches for nothing."""
_LOOKING: Final = GuardrailPolicy()
_KEY: Final = b"of one replay"


class Asked(NamedTuple):
    """A call as policy is asked about it, and whether it is the attack's."""

    call: Call
    attack: bool
    side_effects: bool


class _Read(NamedTuple):
    """What a run has read: its taint, and the text that its arguments may come from."""

    taint: Taint
    trusted: TrustedText
    digests: tuple[bytes, ...] = ()

    def after(self, fact: ToolFact, answer: str) -> "_Read":
        """What it has read after an answer. One of a trusted tool vouches as long as the run is untainted."""
        taint = self.taint.after(fact, _findings(answer))
        if taint.marked or len(self.digests) >= MOST_DIGESTS:
            return self._replace(taint=taint)
        digests = tuple(islice(dict.fromkeys((*self.digests, *_digests(answer))), MOST_DIGESTS))
        return _Read(taint, TrustedText(self.trusted.text, digests, _KEY), digests)


def asked(trace: Trace, policy: SuitePolicy) -> list[Asked]:
    """The user's calls, then the attack's, which are made with what the run had read when it met the attack.

    Every call counts as made, whatever is decided of it: so each is decided on the most that the run may have read.
    """
    mine, reads = _calls(trace.calls, policy, _Read(Taint(), TrustedText(trace.prompt)), Counter())
    if trace.reached is None:
        return mine
    before = Counter(step.tool for step in trace.calls[: trace.reached + 1])
    attack, _ = _calls(trace.attack_calls, policy, reads[trace.reached], before)
    return mine + [each._replace(attack=True) for each in attack]


def _calls(
    steps: Iterable[Step], policy: SuitePolicy, read: _Read, made: Counter[str]
) -> tuple[list[Asked], list[_Read]]:
    """The calls in their order, and what the run has read after the answer of each."""
    calls, reads = [], []
    for step in steps:
        hosts, known = policy.hosts(step.tool, step.arguments), made[step.tool]
        tainted, trusted = read.taint.marked, read.trusted
        call = Call(step.tool, step.arguments, Tier.STANDARD, 0, known, tainted, hosts=hosts, trusted=trusted)
        fact = policy.fact(step.tool)
        calls.append(Asked(call, attack=False, side_effects=fact.side_effects))
        read = read.after(fact, step.answer)
        reads.append(read)
        made[step.tool] += 1
    return calls, reads


@cache
def _findings(text: str) -> tuple[Finding, ...]:
    return scan_json(text, _LOOKING).findings


@cache
def _digests(text: str) -> tuple[bytes, ...]:
    return tuple(digest_of(value, _KEY) for value in values_of(text))


class Decider:
    """Decides at one point; the same question is put once."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._known: dict[tuple[str, int, object], Answer] = {}

    def answers(self, calls: Iterable[Asked]) -> Iterator[Answer]:
        """What becomes of each call."""
        return (self._answer(each.call) for each in calls)

    def _answer(self, call: Call) -> Answer:
        question = json.dumps([call.tool, call.arguments, call.tainted, call.calls_so_far])
        key = (question, id(call.trusted), call.scope)
        if key not in self._known:
            self._known[key] = decide(self._compiled, call).decision
        return self._known[key]
