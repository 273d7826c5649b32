import json
from typing import Any

import cedarpy
import pytest

from governance.policy.calls import Call
from governance.policy.cedar import (
    CALL,
    MOST_TOOLS,
    POLICIES,
    SCHEMA,
    UNATTENDED,
    CedarEngine,
    EngineFailed,
    compile_envelope,
    context_of,
    export,
)
from governance.policy.envelope import Envelope
from governance.policy.tools import Risk, ToolFacts
from governance.tiers import Tier

ENVELOPE = Envelope.parse(
    {
        "autonomyTier": 2,
        "maxCostPerRun": "1",
        "tools": [
            {"name": "files.*", "maxCallsPerRun": 3},
            {"name": "files.write", "risk": "high", "constraints": [{"argument": "/name", "prefix": "out/"}]},
            {"name": "pay.out", "risk": "low"},
        ],
        "egress": ["*.example.com"],
    }
)


def facts(name: str, risk: Risk = Risk.MEDIUM) -> ToolFacts:
    return ToolFacts(name=name, risk=risk, side_effects=True, tier_minimum=Tier.STANDARD, version="2")


TOOLS = [facts("files.read"), facts("files.write"), facts("pay.out", Risk.CRITICAL), facts("mail.send")]
SOUND: dict[str, Any] = {"tier": 1, "costSoFar": 0, "callsSoFar": 0, "tainted": False}


def ask(question: str, tool: str, **context: object) -> Any:
    return compile_envelope(ENVELOPE, TOOLS).engine.ask(question, tool, json.dumps(SOUND | context))


def test_the_policies_are_sound_by_their_schema() -> None:
    assert cedarpy.validate_policies(POLICIES, SCHEMA).errors == []


def test_a_policy_that_misspells_an_attribute_would_be_seen() -> None:
    assert cedarpy.validate_policies(POLICIES.replace("costSoFar", "costSofar"), SCHEMA).errors


def test_the_narrowest_grant_counts_and_can_only_raise_the_risk() -> None:
    tools = compile_envelope(ENVELOPE, TOOLS).tools
    grants = {name: tool.grant.name if tool.grant else None for name, tool in tools.items()}
    assert grants == {"files.read": "files.*", "files.write": "files.write", "pay.out": "pay.out", "mail.send": None}
    assert [tool.risk for tool in tools.values()] == [Risk.MEDIUM, Risk.HIGH, Risk.CRITICAL, Risk.MEDIUM]


def test_a_question_is_answered_with_the_rules_that_determined_it() -> None:
    assert ask(UNATTENDED, "files.read") == (True, {"allow-granted"})
    assert ask(UNATTENDED, "files.write") == (False, {"ask-high-risk"})
    assert ask(CALL, "files.write") == (True, {"allow-granted"})
    assert ask(CALL, "mail.send") == (False, set())
    assert ask(CALL, "files.read", tier=0, callsSoFar=3).rules == {"deny-tier", "deny-call-limit"}


@pytest.mark.parametrize("missing", sorted(SOUND))
def test_a_fact_that_is_missing_is_no_answer_although_cedar_would_allow(missing: str) -> None:
    context = {name: value for name, value in SOUND.items() if name != missing}
    with pytest.raises(EngineFailed):
        compile_envelope(ENVELOPE, TOOLS).engine.ask(CALL, "files.read", json.dumps(context))


@pytest.mark.parametrize("context", ["", "[]", "null", '{"tier": NaN}', json.dumps(SOUND | {"costSoFar": 2**63})])
def test_a_context_that_cannot_be_read_is_no_answer(context: str) -> None:
    with pytest.raises(EngineFailed):
        compile_envelope(ENVELOPE, TOOLS).engine.ask(CALL, "files.read", context)


@pytest.mark.parametrize("fact", [{"costSoFar": "0"}, {"tier": True}, {"tainted": 1}])
def test_a_fact_of_another_kind_is_no_answer(fact: dict[str, object]) -> None:
    with pytest.raises(EngineFailed):
        ask(CALL, "files.read", **fact)


def test_a_tool_that_was_not_compiled_is_no_answer() -> None:
    with pytest.raises(EngineFailed):
        ask(CALL, "files.delete")


def test_the_context_has_what_the_call_has() -> None:
    call = Call("files.read", {}, "premium", cost_so_far=7, calls_so_far=2, tainted=True)
    expected = {"tier": 2, "costSoFar": 7, "callsSoFar": 2, "tainted": True}
    assert json.loads(context_of(call, ())) == expected
    with_more = Call("files.read", {}, "premium", cost_so_far=7, calls_so_far=2, tainted=True, action="get")
    assert json.loads(context_of(with_more, ["deny-model"])) == expected | {"action": "get", "outside": ["deny-model"]}


def test_what_is_exported_is_the_same_in_another_engine() -> None:
    text = export(ENVELOPE, TOOLS)
    policies = cedarpy.PolicySet.from_str(text.policies)
    engine = CedarEngine(policies, cedarpy.Entities.from_json_str(text.entities, text.schema))
    for tool in TOOLS:
        for question in (CALL, UNATTENDED):
            assert engine.ask(question, tool.name, json.dumps(SOUND)) == ask(question, tool.name)


def test_an_export_shows_what_cedar_does_not_compare() -> None:
    entities = {entity["uid"]["id"]: entity["attrs"] for entity in json.loads(export(ENVELOPE, TOOLS).entities)}
    assert entities["agent"]["egress"] == ["*.example.com"]
    assert entities["files.write"]["version"] == "2" or "constraints" in entities["files.write"]
    grants = [entity for entity in json.loads(export(ENVELOPE, TOOLS).entities) if "Grant" in entity["uid"]["type"]]
    assert json.loads(grants[1]["attrs"]["constraints"][0]) == {"argument": "/name", "prefix": "out/"}


def test_a_registry_names_a_tool_once_and_not_without_end() -> None:
    with pytest.raises(ValueError, match="once"):
        compile_envelope(ENVELOPE, [facts("files.read"), facts("files.read")])
    with pytest.raises(ValueError, match="at most"):
        compile_envelope(ENVELOPE, [facts(f"t{index}") for index in range(MOST_TOOLS + 1)])
