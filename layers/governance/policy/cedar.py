"""Envelopes in Cedar: fixed policies (`ambit.cedar`, `ambit.cedarschema`) and, compiled once, the grants as entities.

The cost of a question depends on the policies, not on the number of grants (ADR 0050). Nothing else knows Cedar's
library. Cedar goes on without a policy whose evaluation fails, and without a `forbid` a call may pass: so an answer
with an error in it is no answer.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol

import cedarpy

from governance.policy.calls import Call
from governance.policy.envelope import Envelope, Grant, governing, grants_by_name
from governance.policy.tools import Risk, ToolFacts, riskier
from governance.tiers import Tier

CALL: Final = "Call"
UNATTENDED: Final = "CallUnattended"
MOST_TOOLS: Final = 5_000
_AGENT: Final = {"type": "Ambit::Agent", "id": "agent"}
_ACTIONS: Final = {name: {"type": "Ambit::Action", "id": name} for name in (CALL, UNATTENDED)}
_TIERS: Final = {tier: rank for rank, tier in enumerate(Tier)}
_HERE: Final = Path(__file__).parent
POLICIES: Final = (_HERE / "ambit.cedar").read_text(encoding="utf-8")
SCHEMA: Final = (_HERE / "ambit.cedarschema").read_text(encoding="utf-8")


class EngineFailed(Exception):
    """Cedar gave no answer, or one with errors in it."""


class Ruling(NamedTuple):
    """Cedar's answer to one question, and the ids of the policies that determined it."""

    allowed: bool
    rules: frozenset[str]


class Engine(Protocol):
    """Whoever answers a question about a tool; `context` is a JSON object as text. Raises when it cannot."""

    def ask(self, question: str, tool: str, context: str) -> Ruling: ...  # noqa: D102  # said by the class


@dataclass(frozen=True)
class GovernedTool:
    """A tool, the grant that counts for it (None: it is not granted), and the risk of calling it."""

    facts: ToolFacts
    grant: Grant | None
    risk: Risk


@dataclass(frozen=True)
class Compiled:
    """An envelope over the registry's tools, ready for decisions. Immutable: a process keeps one for all its calls."""

    envelope: Envelope
    tools: Mapping[str, GovernedTool]
    engine: Engine


class Export(NamedTuple):
    """An envelope as Cedar text: policies, schema and entities (JSON)."""

    policies: str
    schema: str
    entities: str


@dataclass(frozen=True)
class CedarEngine:
    """Parsed policies over parsed entities."""

    policies: cedarpy.PolicySet
    entities: cedarpy.Entities

    def ask(self, question: str, tool: str, context: str) -> Ruling:
        """Whether the agent may; EngineFailed unless every policy could be evaluated."""
        resource = {"type": "Ambit::Tool", "id": tool}
        request = {"principal": _AGENT, "action": _ACTIONS[question], "resource": resource, "context": context}
        result = cedarpy.is_authorized(request, self.policies, self.entities)
        found = result.diagnostics
        if found.errors or result.decision is cedarpy.Decision.NoDecision:
            raise EngineFailed(f"{len(found.errors)} errors in an answer about {tool}")
        return Ruling(result.allowed, frozenset(map(found.id_annotations_by_reason.__getitem__, found.reasons)))


def compile_envelope(envelope: Envelope, tools: Iterable[ToolFacts]) -> Compiled:
    """An envelope over these tools. ValueError for two tools of one name, or more than 5 000."""
    governed = _govern(envelope, tools)
    entities = cedarpy.Entities.from_json_str(json.dumps(_entities(envelope, governed)), _schema())
    return Compiled(envelope, governed, CedarEngine(_policies(), entities))


def export(envelope: Envelope, tools: Iterable[ToolFacts]) -> Export:
    """The same as text, for whoever wants to read it or put it into another Cedar engine. ValueError as above."""
    entities = _entities(envelope, _govern(envelope, tools))
    return Export(POLICIES, SCHEMA, json.dumps(entities, indent=2, ensure_ascii=False))


def context_of(call: Call, outside: Collection[str], *, vouched: bool = False) -> str:
    """The facts of a call that is sound, as a JSON object: the context of a question.

    `outside` are ids of rules; `vouched`: its arguments come from where the grant's provenance says.
    """
    facts: dict[str, Any] = {
        "tier": _TIERS[Tier(call.tier)],
        "costSoFar": call.cost_so_far,
        "callsSoFar": call.calls_so_far,
        "tainted": call.tainted,
    }
    if call.action is not None:
        facts["action"] = call.action
    if outside:
        facts["outside"] = list(outside)
    if call.scope is not None and call.scope.autonomy_tier is not None:
        facts["autonomyTier"] = call.scope.autonomy_tier
    if vouched:
        facts["provenance"] = True
    return json.dumps(facts)


@cache
def _policies() -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_str(POLICIES)


@cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str(SCHEMA)


def _govern(envelope: Envelope, tools: Iterable[ToolFacts]) -> Mapping[str, GovernedTool]:
    listed, grants = list(tools), grants_by_name(envelope.tools)
    governed = {facts.name: _governed(facts, governing(grants, facts.name)) for facts in listed}
    if len(governed) < len(listed) or len(listed) > MOST_TOOLS:
        raise ValueError(f"each tool once and at most {MOST_TOOLS}")
    return MappingProxyType(governed)


def _governed(facts: ToolFacts, grant: Grant | None) -> GovernedTool:
    return GovernedTool(facts, grant, riskier(facts.risk, grant.risk if grant else None) or facts.risk)


def _entities(envelope: Envelope, tools: Mapping[str, GovernedTool]) -> list[dict[str, Any]]:
    grants = (_entity("Grant", grant.name, _grant(grant)) for grant in envelope.tools)
    governed = (_entity("Tool", name, _tool(tool)) for name, tool in tools.items())
    return [_entity("Agent", "agent", _agent(envelope)), *grants, *governed]


def _entity(kind: str, name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"uid": {"type": f"Ambit::{kind}", "id": name}, "attrs": attributes, "parents": []}


def _agent(envelope: Envelope) -> dict[str, Any]:
    return {
        "autonomyTier": envelope.autonomy_tier,
        "maxCostPerRun": envelope.max_cost,
        "sideEffectsWhenTainted": envelope.side_effects_when_tainted.value,
        "dataScopes": list(envelope.data_scopes),
        "models": list(envelope.models),
        "egress": list(envelope.egress),
    }


def _grant(grant: Grant) -> dict[str, Any]:
    optional = {
        "actions": None if grant.actions is None else list(grant.actions),
        "maxCallsPerRun": grant.max_calls_per_run,
        "unattended": grant.unattended,
        "provenance": None if grant.provenance is None else json.dumps(grant.provenance.model_dump(by_alias=True)),
    }
    constraints = [
        json.dumps(constraint.model_dump(by_alias=True, exclude_none=True)) for constraint in grant.constraints
    ]
    return {name: value for name, value in optional.items() if value is not None} | {"constraints": constraints}


def _tool(tool: GovernedTool) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "risk": tool.risk.rank,
        "sideEffects": tool.facts.side_effects,
        "tierMinimum": _TIERS[tool.facts.tier_minimum],
        "version": tool.facts.version,
    }
    if tool.grant is not None:
        attributes["grant"] = {"__entity": {"type": "Ambit::Grant", "id": tool.grant.name}}
    return attributes
