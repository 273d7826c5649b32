"""Policy and taint on attacks that nobody here wrote: the suites of AgentDojo, replayed (docs/agentdojo.md).

record.py     runs every user's task and every attack in the suites' own environments; in an environment of its own
traces.py     what was recorded
envelopes/    one policy envelope a suite, fixed before anything was measured
points.py     the curve: what becomes of side effects once tainted, autonomy tier, with and without constraints
replay.py     the calls of a trace, decided by the code that decides in the gateway
counting.py   how many were blocked, held and passed
ceiling.py    what no envelope can exceed
supposing.py  what was supposed of such rules before policy had them
variants.py   what provenance in the grants and scopes of runs change, at the chosen point
"""
