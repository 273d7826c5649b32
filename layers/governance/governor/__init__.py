"""The governor: stops a run that wears itself out, turns in circles, takes too much risk, or is no longer safe.

Pure and deterministic. The gateway keeps a run's `State` in its record, in four steps a call:

    state = read(record["governor"])             # or begin(profile, now, limits) when the run starts
    if state.halt: refuse                        # a halt is terminal; explain(halt) is the sentence for people
    …the call…
    state, halt = step(state, observation, now)  # written on the condition that `version` has not moved; else again

`reset(state, by, reason, now)` lifts a halt, and is the caller's to audit. `cascade(events, window_seconds, now)` finds
halts of several agents that hang together. Times are integer milliseconds since the epoch, money is pico-dollars.
See docs/governor.md and ADR 0051.
"""

from governance.governor.cascades import Cascade, HaltEvent, cascade
from governance.governor.halts import Halt, HaltKind
from governance.governor.observation import Observation, Outcome, Risk
from governance.governor.profiles import Limits, ProfileName
from governance.governor.rules import RULES, Rule, explain, readings
from governance.governor.state import MAX_STATE_BYTES, State, begin, read
from governance.governor.stepping import exhaust, reset, step

__all__ = [
    "MAX_STATE_BYTES",
    "RULES",
    "Cascade",
    "Halt",
    "HaltEvent",
    "HaltKind",
    "Limits",
    "Observation",
    "Outcome",
    "ProfileName",
    "Risk",
    "Rule",
    "State",
    "begin",
    "cascade",
    "exhaust",
    "explain",
    "read",
    "readings",
    "reset",
    "step",
]
