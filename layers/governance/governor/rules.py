"""The rules that stop a run: what each measures in a state, why it halts, and what a reset of it forgets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from governance.governor.halts import Halt, HaltKind
from governance.governor.profiles import PROFILES
from governance.governor.state import State

CYCLES: Final = (2, 3, 4)
"""The lengths of the cycles that are looked for, in calls."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Halts when `measure(state, now)` reaches the profile's threshold, or the run's limit for EXHAUSTION.

    `says` tells what is counted; `clears` are the fields of the state that a reset makes empty again.
    """

    name: str
    kind: HaltKind
    says: str
    measure: Callable[[State, int], int]
    clears: tuple[str, ...]

    def threshold(self, state: State) -> int:
        """The number at which this rule halts that run."""
        if self.kind is HaltKind.EXHAUSTION:
            return int(getattr(state.limits, self.name))
        return PROFILES[state.profile].thresholds[self.name]

    def judge(self, state: State, now: int) -> Halt | None:
        """The halt, when the threshold is reached."""
        observed, threshold = self.measure(state, now), self.threshold(state)
        return Halt(self.kind, self.name, threshold, observed, state.step) if observed >= threshold else None


def repeats(state: State) -> int:
    """How many times the newest call (tool and arguments) was made in a row."""
    return _tail(state.recent, state.recent[-1]) if state.recent else 0


def rounds(state: State) -> int:
    """How many times the newest calls went round the same cycle of two to four different calls."""
    return max(_rounds(state.recent, length) for length in CYCLES)


def elapsed(state: State, now: int) -> int:
    """Whole seconds since the run began; 0 for a clock that ran backwards."""
    return max(now - state.started, 0) // 1000


def _rounds(calls: tuple[str, ...], length: int) -> int:
    cycle = calls[-length:]
    if len(set(cycle)) < 2:  # noqa: PLR2004 - the same call over and over is repetition
        return 0
    ends = range(len(calls), length - 1, -length)
    return _tail(tuple(calls[end - length : end] == cycle for end in reversed(ends)), wanted=True)


def _tail(values: tuple[object, ...] | str, wanted: object) -> int:
    other = next((index for index, value in enumerate(reversed(values)) if value != wanted), len(values))
    return int(other)


_K: Final = HaltKind
_MEMORY: Final = ("recent", "results", "last", "same", "idle")

RULES: Final = (
    Rule("denials", _K.SAFETY, "calls that policy denied", lambda s, _: s.denials, ("denials",)),
    Rule("guardrail-hits", _K.SAFETY, "findings that guardrails acted on", lambda s, _: s.hits, ("hits",)),
    Rule("risk", _K.OVERRISK, "points of risk, draining by one a call", lambda s, _: s.risk, ("risk",)),
    Rule("exposure", _K.OVERRISK, "points of high and critical calls in all", lambda s, _: s.exposure, ("exposure",)),
    Rule(
        "outages-in-a-row",
        _K.EXTERNAL,
        "outages one after the other",
        lambda s, _: _tail(s.outcomes, "x"),
        ("outcomes",),
    ),
    Rule("outages", _K.EXTERNAL, "outages among the last 20 calls", lambda s, _: s.outcomes.count("x"), ("outcomes",)),
    Rule(
        "repetition", _K.STAGNATION, "the same tool with the same arguments in a row", lambda s, _: repeats(s), _MEMORY
    ),
    Rule(
        "unmoved",
        _K.STAGNATION,
        "the same call with the same answer in a row, markers or not",
        lambda s, _: s.same,
        _MEMORY,
    ),
    Rule("cycle", _K.STAGNATION, "rounds of one cycle of two to four calls", lambda s, _: rounds(s), _MEMORY),
    Rule("no-progress", _K.STAGNATION, "calls since the last progress", lambda s, _: s.idle, _MEMORY),
    Rule(
        "errors-in-a-row",
        _K.STAGNATION,
        "failed calls one after the other",
        lambda s, _: _tail(s.outcomes, "e"),
        ("outcomes",),
    ),
    Rule("errors", _K.STAGNATION, "failed calls among the last 20", lambda s, _: s.outcomes.count("e"), ("outcomes",)),
    Rule("cost", _K.EXHAUSTION, "pico-dollars spent", lambda s, _: s.cost, ("cost",)),
    Rule("tokens", _K.EXHAUSTION, "tokens used", lambda s, _: s.tokens, ("tokens",)),
    Rule("calls", _K.EXHAUSTION, "calls made", lambda s, _: s.calls, ("calls",)),
    Rule("seconds", _K.EXHAUSTION, "seconds since the run began", elapsed, ("started",)),
)
"""In the order in which they are asked: the gravest first."""


def readings(state: State, now: int) -> dict[str, int]:
    """What each rule measures, by its name; those that measure nothing are left out."""
    measured = {rule.name: rule.measure(state, now) for rule in RULES}
    return {name: value for name, value in measured.items() if value}


def judge(state: State, now: int) -> Halt | None:
    """The first halt whose threshold is reached."""
    return next((halt for rule in RULES if (halt := rule.judge(state, now))), None)


def explain(halt: Halt) -> str:
    """A sentence with the numbers, for people."""
    if halt.rule == "budget":
        return f"{halt.kind} by budget at step {halt.step}: nothing is left of it for the call."
    says = {rule.name: rule.says for rule in RULES}.get(halt.rule, "input that cannot be understood")
    return f"{halt.kind} by {halt.rule} at step {halt.step}: {halt.observed} {says}; the threshold is {halt.threshold}."
