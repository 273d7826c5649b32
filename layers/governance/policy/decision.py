"""Deciding a call: default deny, three answers from two questions, and the rule and values that explain the answer."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from governance.policy import rules
from governance.policy.calls import Call
from governance.policy.cedar import CALL, UNATTENDED, Compiled, GovernedTool, Ruling, context_of
from governance.policy.constraints import least_of
from governance.policy.envelope import Tainted
from governance.policy.rules import Answer, Rule
from governance.policy.tools import Risk
from platform_kit.access import Role
from platform_kit.models import Money

APPROVERS: Final[Mapping[Risk, tuple[Role, ...]]] = MappingProxyType(
    {
        Risk.LOW: (Role.DEVELOPER,),
        Risk.MEDIUM: (Role.DEVELOPER,),
        Risk.HIGH: (Role.ADMIN,),
        Risk.CRITICAL: (Role.ADMIN,),
    }
)
"""Whose approval a call needs, by its risk: one of each role that is named, or of a role that includes it."""
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a call, and why. `required_approvals` is empty unless it needs approval."""

    decision: Answer
    risk_level: Risk
    required_approvals: tuple[Role, ...]
    rule_id: str
    explanation: str

    def as_dict(self) -> dict[str, Any]:
        """As `POST /v1/policy/evaluate` answers."""
        return {
            "decision": self.decision.value,
            "riskLevel": self.risk_level.value,
            "requiredApprovals": [role.value for role in self.required_approvals],
            "ruleId": self.rule_id,
            "explanation": self.explanation,
        }


def decide(compiled: Compiled, call: Call) -> Decision:
    """The decision on a call. Never raises: what is unknown, malformed or broken is denied by a rule of its own."""
    try:
        return _decide(compiled, call)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        # A panic of the engine, which is written in Rust, is no Exception; it denies like any other failure.
        return _unasked(rules.ENGINE)


def _decide(compiled: Compiled, call: Call) -> Decision:
    fault = call.fault()
    if fault is not None:
        return _unasked(rules.MALFORMED, detail=fault)
    tool = compiled.tools.get(call.tool)
    if tool is None:
        return _unasked(rules.UNKNOWN_TOOL, tool=call.tool)
    outside, unvouched = _outside(compiled, tool, call), _unvouched(compiled, tool, call)
    rule = _rule(compiled, call, outside, vouched=unvouched == "")
    return _explained(compiled, tool, call, rule, outside.get(rule.id, _provenance_told(rule, unvouched)))


def _unvouched(compiled: Compiled, tool: GovernedTool, call: Call) -> str | None:
    """Why taint holds in spite of the grant's provenance, "" where it does not; None where it is no question."""
    asked = tool.grant.provenance if tool.grant and call.tainted and tool.facts.side_effects else None
    if asked is None or compiled.envelope.side_effects_when_tainted is Tainted.ALLOW:
        return None
    return asked.breach(call.arguments, call.trusted) or ""


def _provenance_told(rule: Rule, unvouched: str | None) -> str:
    if unvouched is None or rule.id not in rules.ON_TAINT:
        return ""
    return f": {unvouched}" if unvouched else ", and untrusted text has no part in its arguments' values"


def _rule(compiled: Compiled, call: Call, outside: Mapping[str, str], *, vouched: bool) -> Rule:
    """The rule that decides. A call that only asks is asked about once more, as one that somebody approved."""
    context = context_of(call, outside, vouched=vouched)
    granted = compiled.tools[call.tool].grant is not None
    found = outside.keys() if granted else {rules.NOT_GRANTED, *outside}
    unattended = compiled.engine.ask(UNATTENDED, call.tool, context)
    if unattended.allowed:
        return rules.RULES[rules.ENGINE if found else rules.GRANTED]
    rule = _first(unattended, found)
    if rule.answer is not Answer.NEEDS_APPROVAL:
        return rule
    approved = compiled.engine.ask(CALL, call.tool, context)
    return rule if approved.allowed else _first(approved, found)


def _first(ruling: Ruling, found: Iterable[str]) -> Rule:
    """The rule that explains a refusal; without any, it is no refusal that we understand."""
    return rules.first((ruling.rules - {rules.OUTSIDE}).union(found)) or rules.RULES[rules.ENGINE]


def _outside(compiled: Compiled, tool: GovernedTool, call: Call) -> dict[str, str]:
    """What Cedar cannot compare: words by rule id for each kind of thing that lies outside the envelope."""
    constraints = tool.grant.constraints if tool.grant else ()
    broken = [words for constraint in constraints if (words := constraint.breach(call.arguments))]
    outside = {rules.ARGUMENT: broken[0]} if broken else {}
    if call.hosts or call.models or call.data_scopes:
        outside.update(_targets_outside(compiled, call))
    if call.scope is not None and call.scope.leaves_out(call.tool):
        outside[rules.SCOPE] = ", ".join(sorted(call.scope.tools or ()))[:_SHOWN] or "no tool"
    return outside


def _targets_outside(compiled: Compiled, call: Call) -> Iterator[tuple[str, str]]:
    for rule, allows, wanted in _targets(compiled, call):
        refused = next((one for one in wanted if not allows(one)), None)
        if refused is not None:
            yield rule, repr(refused[:_SHOWN])


def _targets(compiled: Compiled, call: Call) -> Iterator[tuple[str, Callable[[str], bool], tuple[str, ...]]]:
    envelope = compiled.envelope
    yield rules.EGRESS, envelope.allows_host, call.hosts
    yield rules.MODEL, envelope.allows_model, call.models
    yield rules.DATA_SCOPE, envelope.allows_scope, call.data_scopes


def _unasked(name: str, **values: str) -> Decision:
    """A denial without the engine; the risk of what is not known is critical."""
    rule = rules.RULES[name]
    return Decision(rule.answer, Risk.CRITICAL, (), rule.id, rule.sentence.format(**values))


def _explained(compiled: Compiled, tool: GovernedTool, call: Call, rule: Rule, detail: str) -> Decision:
    approvers = APPROVERS[tool.risk] if rule.answer is Answer.NEEDS_APPROVAL else ()
    sentence = rule.sentence.format_map(_Values(compiled, tool, call, detail))
    return Decision(rule.answer, tool.risk, approvers, rule.id, sentence)


class _Values(dict[str, object]):
    """The values of a call by their names in a rule's sentence; made when a sentence asks for one."""

    def __init__(self, compiled: Compiled, tool: GovernedTool, call: Call, detail: str) -> None:
        grant = tool.grant.name if tool.grant else ""
        asked = call.scope.autonomy_tier if call.scope else None
        autonomy = least_of(compiled.envelope.autonomy_tier, asked)
        super().__init__(tool=call.tool, risk=tool.risk.value, autonomy=autonomy, detail=detail, grant=grant)
        self._compiled, self._tool, self._call = compiled, tool, call

    def __missing__(self, name: str) -> object:
        call, grant, facts = self._call, self._tool.grant, self._tool.facts
        values: dict[str, Callable[[], object]] = {
            "tier": lambda: call.tier,
            "tier_minimum": lambda: facts.tier_minimum.value,
            "cost": lambda: Money.from_pico(call.cost_so_far).amount,
            "max_cost": lambda: Money.from_pico(self._compiled.envelope.max_cost).amount,
            "calls": lambda: call.calls_so_far,
            "max_calls": lambda: grant.max_calls_per_run if grant else 0,
            "actions": lambda: ", ".join(grant.actions or ()) if grant else "",
            "action": lambda: repr(call.action) if call.action else "not given",
        }
        return values[name]()
