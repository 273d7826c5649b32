"""A policy decision beside one bare question to Cedar: the same policies, entities and request, nothing around it."""

from typing import Final

import cedarpy

from bench.measure import Result, percentile, samples
from governance.policy.calls import Call
from governance.policy.cedar import UNATTENDED, CedarEngine, Compiled, compile_envelope, context_of
from governance.policy.decision import decide
from governance.policy.envelope import Envelope
from governance.policy.rules import Answer
from governance.policy.tools import Risk, ToolFacts
from governance.tiers import Tier

GRANTS: Final = (10, 100, 1_000)
SAMPLES: Final = 5_000
RISKS: Final = {Answer.ALLOW: Risk.LOW, Answer.NEEDS_APPROVAL: Risk.HIGH}
CONSTRAINT: Final = {"argument": "/amount", "min": 0, "max": 100}


def decisions() -> list[Result]:
    """Median and 99th percentile of calls that are allowed (one question) and of calls that ask (two), by grants."""
    results: list[Result] = []
    for grants in GRANTS:
        compiled = _compiled(grants)
        for answer, risk in RISKS.items():
            results += _compared(compiled, _call(f"{risk}.tool-{grants // 4}"), f"{answer} at {grants} grants", answer)
    return results


def _compared(compiled: Compiled, call: Call, name: str, answer: Answer) -> list[Result]:
    assert decide(compiled, call).decision is answer
    ours = [sample * 1_000 for sample in samples(lambda: decide(compiled, call), SAMPLES, warm=500)]
    bare = [sample * 1_000 for sample in samples(lambda: _ask(compiled, call), SAMPLES, warm=500)]
    return [
        Result(f"policy: {name}, p{round(part * 100)}", "µs", percentile(ours, part), percentile(bare, part))
        for part in (0.5, 0.99)
    ]


def _ask(compiled: Compiled, call: Call) -> object:
    engine = compiled.engine
    assert isinstance(engine, CedarEngine)
    request = {
        "principal": {"type": "Ambit::Agent", "id": "agent"},
        "action": {"type": "Ambit::Action", "id": UNATTENDED},
        "resource": {"type": "Ambit::Tool", "id": call.tool},
        "context": context_of(call, ()),
    }
    return cedarpy.is_authorized(request, engine.policies, engine.entities)


def _compiled(grants: int) -> Compiled:
    """So many grants, one a tool, half of them of low risk and half of high, at a tier where high risk asks."""
    tools = [_facts(risk, index) for risk in RISKS.values() for index in range(grants // 2)]
    listed = [{"name": tool.name, "maxCallsPerRun": 50, "constraints": [CONSTRAINT]} for tool in tools]
    envelope = Envelope.parse({"autonomyTier": 2, "maxCostPerRun": "1", "tools": listed})
    return compile_envelope(envelope, tools)


def _facts(risk: Risk, index: int) -> ToolFacts:
    name = f"{risk}.tool-{index}"
    return ToolFacts(name=name, risk=risk, side_effects=True, tier_minimum=Tier.BASIC, version="1")


def _call(tool: str) -> Call:
    arguments = {"amount": 12.5, "to": "somebody", "note": "x" * 100}
    return Call(tool, arguments, Tier.STANDARD, cost_so_far=10**9, calls_so_far=3, tainted=False)
