"""The enforcement boundary: one pipeline for everything that an agent asks to do, whichever door it comes in by.

    begun = begin(desk, in_force, action)           governor, guardrails, policy, approval, budget, the durable intent
    given = finish(desk, in_force, begun, outcome)  redacted, metered, settled, and the intent completed
    given = perform(desk, in_force, action, act)    both, around an act that does not stream

The door verifies the run token and asks the kill switches before. Whatever is not known is denied. See
docs/enforcement.md and ADR 0057.
"""
