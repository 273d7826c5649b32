"""Policy envelopes: what an agent may do, decided for each call (ADR 0050, docs/policies.md).

    base = base_of(manifest)                                effective.py: an agent's; with `narrowed`, a tenant's
    envelope = Envelope.parse(document)                     envelope.py, presets.py: EnvelopeError names every fault
    narrowed = narrow(envelope, Override.parse(tenants))    narrowing.py: what may only become less
    compiled = compile_envelope(narrowed.envelope, tools)   cedar.py: once; `export` gives the same as text
    decision = decide(compiled, call)                       decision.py: for each call; never raises, denies instead
    simulation = simulate(records, compiled)                history.py: what a new version would have answered

`Call` is in calls.py, `ToolFacts` and `Risk` in tools.py, the gateway's tools in registry.py, the rules with their ids
and sentences in rules.py. Only cedar.py, and what imports it, needs the group `function-policy`: whoever edits
envelopes does without.
"""
