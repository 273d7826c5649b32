from typing import Any

import pytest

from governance.policy.calls import Call
from governance.policy.cedar import compile_envelope
from governance.policy.decision import Decision, decide
from governance.policy.envelope import Envelope
from governance.policy.registry import FACTS
from governance.policy.scope import Scope

ENVELOPE = {"autonomyTier": 3, "maxCostPerRun": "1", "tools": [{"name": "files.*"}, {"name": "model.chat"}]}


def decided(tool: str, scope: Scope | None, **envelope: Any) -> Decision:
    compiled = compile_envelope(Envelope.parse(ENVELOPE | envelope), FACTS)
    return decide(compiled, Call(tool, {}, "premium", 0, 0, tainted=False, scope=scope))


def test_a_tool_that_the_caller_has_not_named_is_denied_and_the_run_scope_is_why() -> None:
    found = decided("files.write", Scope(frozenset({"files.read"})))
    assert found.rule_id == "deny-scope"
    assert found.explanation.startswith("The run scope leaves out files.write")
    assert "files.read" in found.explanation
    assert decided("files.read", Scope(frozenset({"files.read"}))).rule_id == "allow-granted"
    assert decided("files.read", Scope(frozenset())).rule_id == "deny-scope"


def test_a_scope_grants_nothing() -> None:
    assert decided("http.send", Scope(frozenset({"http.send"}))).rule_id == "deny-not-granted"
    assert decided("http.send", Scope(frozenset())).rule_id == "deny-not-granted"


def test_what_an_agent_thinks_with_is_the_envelopes_to_say() -> None:
    assert decided("model.chat", Scope(frozenset())).rule_id == "allow-granted"
    assert decided("model.chat", Scope(frozenset()), tools=[]).rule_id == "deny-not-granted"


@pytest.mark.parametrize(("tier", "rule"), [(0, "ask-autonomy"), (1, "allow-granted"), (5, "allow-granted")])
def test_the_lower_autonomy_tier_counts(tier: int, rule: str) -> None:
    assert decided("files.write", Scope(autonomy_tier=tier)).rule_id == rule
    assert decided("files.write", Scope(autonomy_tier=5), autonomyTier=0).rule_id == "ask-autonomy"


def test_the_explanation_tells_the_tier_that_counts() -> None:
    assert decided("files.read", Scope(autonomy_tier=0)).explanation == "At autonomy tier 0 a call of low risk asks."


def test_it_is_read_as_a_run_keeps_it() -> None:
    assert Scope.read(None) is None
    assert Scope.read({"tools": ["files.read"]}) == Scope(frozenset({"files.read"}))
    assert Scope.read({"autonomyTier": 1}) == Scope(None, 1)
    assert Scope.read({}) == Scope()


@pytest.mark.parametrize(
    "kept",
    ["files.read", 1, [], {"tools": "files.read"}, {"tools": [1]}, {"tools": [""]}, {"tools": ["a"] * 101}]
    + [{"autonomyTier": tier} for tier in (True, -1, 6, "1", 1.0)]
    + [{"tools": ["a"], "wider": True}],
)
def test_what_makes_no_sense_leaves_nothing(kept: object) -> None:
    assert Scope.read(kept) == Scope(frozenset(), 0)
