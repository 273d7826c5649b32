"""Default deny, three answers, and each explained by its rule and the values."""

from dataclasses import replace
from typing import Any

import pytest

from governance.policy.calls import Call
from governance.policy.cedar import CALL, Compiled, Ruling, compile_envelope
from governance.policy.decision import APPROVERS, Decision, decide
from governance.policy.envelope import Envelope
from governance.policy.rules import RULES, Answer
from governance.policy.tools import Risk, ToolFacts

ENVELOPE: dict[str, Any] = {
    "autonomyTier": 2,
    "maxCostPerRun": "1.50",
    "tools": [
        {"name": "low.*"},
        {"name": "low.few", "maxCallsPerRun": 3, "actions": ["get", "put"]},
        {"name": "low.bounded", "constraints": [{"argument": "/amount", "max": 100}]},
        {"name": "low.watched", "unattended": False},
        {"name": "high.*"},
        {"name": "high.trusted", "unattended": True},
        {"name": "critical.*", "unattended": True},
    ],
    "dataScopes": ["files.*"],
    "models": ["small-*"],
    "egress": ["*.example.com"],
}
NAMES = ["low.a", "low.few", "low.bounded", "low.watched", "high.a", "high.trusted", "critical.a"]
SOUND: dict[str, Any] = {
    "tool": "low.a",
    "arguments": {},
    "tier": "standard",
    "cost_so_far": 1_250_000_000_000,
    "calls_so_far": 2,
    "tainted": False,
}


def facts(name: str, tier: str = "basic") -> ToolFacts:
    risk = name.split(".", maxsplit=1)[0] if "." in name else "medium"
    entry = {"name": name, "risk": risk, "sideEffects": risk != "low", "tierMinimum": tier, "version": "1"}
    return ToolFacts.parse(entry)


def compiled(**changes: Any) -> Compiled:
    tools = [*map(facts, NAMES), facts("low.premium", "premium"), facts("ungranted")]
    return compile_envelope(Envelope.parse(ENVELOPE | changes), tools)


def decided(envelope: dict[str, Any] | None = None, **call: Any) -> Decision:
    return decide(compiled(**(envelope or {})), Call(**SOUND | call))


@pytest.mark.parametrize(
    ("call", "rule", "words"),
    [
        ({}, "allow-granted", "The grant 'low.*' allows low.a; at autonomy tier 2 its risk, low, does not ask."),
        ({"tool": "no.such"}, "deny-unknown-tool", "There is no tool 'no.such' in the registry."),
        ({"tool": "ungranted"}, "deny-not-granted", "No grant of the envelope covers ungranted."),
        (
            {"tool": "low.premium"},
            "deny-tier",
            "low.premium begins at tier premium; the tenant's tier is standard.",
        ),
        (
            {"cost_so_far": 1_500_000_000_000},
            "deny-cost",
            "The run has cost 1.500000 USD, and may cost less than 1.500000 USD.",
        ),
        (
            {"tool": "low.few", "calls_so_far": 3, "action": "get"},
            "deny-call-limit",
            "The run has called low.few 3 times; the grant 'low.few' allows 3 in a run.",
        ),
        (
            {"tool": "low.few", "action": "send"},
            "deny-action",
            "The grant 'low.few' allows the actions get, put; the call's is 'send'.",
        ),
        (
            {"tool": "low.few"},
            "deny-action",
            "The grant 'low.few' allows the actions get, put; the call's is not given.",
        ),
        (
            {"tool": "low.bounded", "arguments": {"amount": 101}},
            "deny-argument",
            "The grant 'low.bounded' bounds the arguments: /amount is 101, allowed is {'max': 100}.",
        ),
        (
            {"hosts": ("a.example.com", "example.com")},
            "deny-egress",
            "The envelope does not let the agent reach 'example.com'.",
        ),
        ({"models": ("large",)}, "deny-model", "The envelope does not let the agent use the model 'large'."),
        (
            {"data_scopes": ("runs",)},
            "deny-data-scope",
            "The envelope does not let the agent touch the data scope 'runs'.",
        ),
        (
            {"tool": "high.trusted", "tainted": True},
            "deny-tainted",
            "Untrusted text is in the run, and high.trusted has side effects, which the envelope then denies.",
        ),
        ({"tool": "low.watched"}, "ask-grant", "The grant 'low.watched' is never unattended."),
        ({"tool": "critical.a"}, "ask-autonomy", "At autonomy tier 2 a call of critical risk asks."),
        (
            {"tool": "high.a"},
            "ask-high-risk",
            "Below autonomy tier 3 a call of high risk asks; the grant 'high.*' is not unattended.",
        ),
        (
            {"tainted": True},
            "allow-granted",
            "The grant 'low.*' allows low.a; at autonomy tier 2 its risk, low, does not ask.",
        ),
    ],
)
def test_every_answer_is_explained_by_its_rule_and_the_values(call: dict[str, Any], rule: str, words: str) -> None:
    found = decided(**call)
    assert (found.rule_id, found.explanation) == (rule, words)
    assert found.decision is RULES[rule].answer


@pytest.mark.parametrize(
    ("how", "rule"), [("deny", "deny-tainted"), ("ask", "ask-tainted"), ("allow", "allow-granted")]
)
def test_side_effects_in_a_tainted_run_are_as_the_envelope_says(how: str, rule: str) -> None:
    assert decided({"sideEffectsWhenTainted": how}, tool="high.trusted", tainted=True).rule_id == rule


@pytest.mark.parametrize(
    ("tier", "asking"),
    [
        (0, ["low.a", "high.a", "high.trusted", "critical.a"]),
        (1, ["high.a", "high.trusted", "critical.a"]),
        (2, ["high.a", "critical.a"]),
        (3, []),
        (4, []),
        (5, []),
    ],
)
def test_autonomy_says_which_risks_ask(tier: int, asking: list[str]) -> None:
    tools = ["low.a", "high.a", "high.trusted", "critical.a"]
    answers = {tool: decided({"autonomyTier": tier}, tool=tool).decision for tool in tools}
    assert [tool for tool, answer in answers.items() if answer is Answer.NEEDS_APPROVAL] == asking
    assert all(answer is not Answer.DENY for answer in answers.values())


def test_a_call_that_asks_names_whose_approval_it_needs_and_no_other_does() -> None:
    asked = decided(tool="high.a")
    assert asked.required_approvals == APPROVERS[Risk.HIGH] != ()
    assert decided().required_approvals == decided(tool="ungranted").required_approvals == ()


def test_a_decision_is_answered_in_the_words_of_the_api() -> None:
    assert decided(tool="high.a").as_dict() == {
        "decision": "NEEDS_APPROVAL",
        "riskLevel": "high",
        "requiredApprovals": ["Tenant.Admin"],
        "ruleId": "ask-high-risk",
        "explanation": "Below autonomy tier 3 a call of high risk asks; the grant 'high.*' is not unattended.",
    }


@pytest.mark.parametrize("name", ["low.A", "LOW.a", "low.a ", "lоw.a", "low.*", "*", "low.a\0"])  # noqa: RUF001  # a twin
def test_a_name_that_only_looks_like_a_tools_is_unknown(name: str) -> None:
    assert decided(tool=name).rule_id == "deny-unknown-tool"


@pytest.mark.parametrize(
    "broken",
    [
        {"arguments": {"amount": float("nan")}},
        {"arguments": {"amount": 10**400}},
        {"cost_so_far": float("nan")},
        {"cost_so_far": 2**63},
        {"calls_so_far": -1},
        {"tier": "gold"},
        {"tainted": None},
        {"tool": None},
    ],
)
def test_what_cannot_be_understood_is_denied_by_a_rule_of_its_own(broken: dict[str, Any]) -> None:
    found = decided(**broken)
    assert (found.decision, found.rule_id, found.risk_level) == (Answer.DENY, "deny-malformed", Risk.CRITICAL)


class Panic(BaseException):
    """As a panic of the engine's arrives in Python: no Exception."""


class Broken:
    """An engine that answers, or raises, as it is told."""

    def __init__(self, *answers: Ruling | BaseException) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def ask(self, question: str, tool: str, context: str) -> Ruling:
        self.asked.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


ASKS = Ruling(allowed=False, rules=frozenset({"ask-high-risk"}))
LETS = Ruling(allowed=True, rules=frozenset({"allow-granted"}))


@pytest.mark.parametrize(
    "answers",
    [
        (RuntimeError("down"),),
        (Panic("panicked"),),
        (RecursionError(),),
        (Ruling(allowed=False, rules=frozenset({"no-such-rule"})),),
        (Ruling(allowed=False, rules=frozenset()),),
        (ASKS, RuntimeError("down")),
        (ASKS, Ruling(allowed=False, rules=frozenset())),
    ],
)
def test_an_engine_that_fails_or_talks_nonsense_denies(answers: tuple[Ruling | BaseException, ...]) -> None:
    found = decide(replace(compiled(), engine=Broken(*answers)), Call(**SOUND))
    assert (found.decision, found.rule_id) == (Answer.DENY, "deny-engine")


@pytest.mark.parametrize("call", [{"tool": "ungranted"}, {"hosts": ("evil.org",)}])
def test_an_engine_that_allows_what_lies_outside_is_not_believed(call: dict[str, Any]) -> None:
    assert decide(replace(compiled(), engine=Broken(LETS)), Call(**SOUND | call)).rule_id == "deny-engine"


def test_a_call_is_only_held_for_approval_when_it_may_be_made_once_approved() -> None:
    engine = Broken(ASKS, Ruling(allowed=False, rules=frozenset({"deny-cost"})))
    assert decide(replace(compiled(), engine=engine), Call(**SOUND)).rule_id == "deny-cost"
    assert engine.asked[-1] == CALL


def test_no_call_at_all_is_denied() -> None:
    assert decide(compiled(), None).rule_id == "deny-engine"  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_whoever_stops_the_process_stops_it(stop: type[BaseException]) -> None:
    with pytest.raises(stop):
        decide(replace(compiled(), engine=Broken(stop())), Call(**SOUND))
