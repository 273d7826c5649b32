"""Traces of runs for the governor's tests: healthy ones, drawn at random, and the ways in which a run goes wrong."""

from collections.abc import Iterable
from typing import Any, Final

from hypothesis import strategies as st

from governance.governor import Halt, Limits, Observation, Outcome, ProfileName, Risk, State, begin, step
from governance.governor.profiles import MOST

NOW: Final = 1_800_000_000_000
UNLIMITED: Final = Limits(MOST, MOST, MOST, MOST)
PROFILES: Final = st.sampled_from(ProfileName)


def seen(number: int = 0, **more: Any) -> Observation:
    """A call with arguments and an answer of its own for each number."""
    return Observation(**{"tool": "search", "arguments": f"a{number}", "result": f"r{number}", **more})


def same(**more: Any) -> Observation:
    """The same call with the same answer every time."""
    return seen(0, **more)


def run(state: State, trace: Iterable[Observation], now: int = NOW) -> tuple[State, Halt | None]:
    """The state at the end of a trace."""
    halt = state.halt
    for one in trace:
        state, halt = step(state, one, now)
    return state, halt


def fresh(profile: ProfileName = ProfileName.BALANCED, limits: Limits = UNLIMITED) -> State:
    """A run that begins now and has no limits that count."""
    return begin(profile, NOW, limits)


@st.composite
def healthy_traces(draw: st.DrawFn) -> list[Observation]:
    """A run that gets on: it reads, repeats itself a little, fails now and then, and each time comes to something new.

    Each round ends in progress: a new call with a new answer, or a new marker.
    """
    trace: list[Observation] = []
    for number in range(draw(st.integers(1, 60))):
        again = same(risk=draw(st.sampled_from([Risk.LOW, Risk.MEDIUM])))
        trace += [again] * draw(st.integers(0, 2))
        if number % 4 == 0 and draw(st.booleans()):
            outcome = draw(st.sampled_from([Outcome.ERROR, Outcome.OUTAGE]))
            trace.append(seen(number, arguments=f"f{number}", outcome=outcome, error="timeout"))
        progress = draw(st.sampled_from(["", f"page {number}"]))
        trace.append(seen(number + 1, progress=progress, cost=draw(st.integers(0, 10**9)), tokens=10))
    return trace


_WORDS: Final = st.text("ab", max_size=1)
OBSERVATIONS: Final = st.builds(
    Observation,
    tool=st.sampled_from(["search", "files.write"]),
    arguments=_WORDS,
    result=_WORDS,
    outcome=st.sampled_from(Outcome),
    error=_WORDS,
    risk=st.sampled_from(Risk),
    cost=st.integers(0, 10**13),
    tokens=st.integers(0, 10**6),
    milliseconds=st.integers(0, 10**5),
    progress=_WORDS,
    guardrail_hits=st.integers(0, 2),
)
"""Any call at all, out of so few that runs often turn in circles."""
