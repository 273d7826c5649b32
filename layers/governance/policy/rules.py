"""The rules of a decision: a stable id, an answer and a sentence each. docs/policies.md lists them; tests compare.

They stand in the order in which they are named: of several that apply to a call, the first explains the decision.
A rule's answer is in its id. Rules that Cedar finds have their id in `ambit.cedar` too.
"""

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class Answer(StrEnum):
    """What becomes of a call."""

    ALLOW = "ALLOW"
    NEEDS_APPROVAL = "NEEDS_APPROVAL"
    DENY = "DENY"

    @property
    def strictness(self) -> int:
        """0 for ALLOW to 2 for DENY."""
        return _STRICTNESS[self]


_STRICTNESS: Final = {answer: place for place, answer in enumerate(Answer)}


class Rule(NamedTuple):
    """A rule; `sentence` is a template of `str.format` over the values of a call."""

    id: str
    sentence: str

    @property
    def answer(self) -> Answer:
        """The answer that this rule gives."""
        return _ANSWERS[self.id.partition("-")[0]]


_ANSWERS: Final = {"allow": Answer.ALLOW, "ask": Answer.NEEDS_APPROVAL, "deny": Answer.DENY}

MALFORMED: Final = "deny-malformed"
ENGINE: Final = "deny-engine"
UNKNOWN_TOOL: Final = "deny-unknown-tool"
NOT_GRANTED: Final = "deny-not-granted"
SCOPE: Final = "deny-scope"
ARGUMENT: Final = "deny-argument"
EGRESS: Final = "deny-egress"
MODEL: Final = "deny-model"
DATA_SCOPE: Final = "deny-data-scope"
OUTSIDE: Final = "deny-outside"
"""Cedar's rule for the five that are compared before it is asked; a decision names the one of them."""
GRANTED: Final = "allow-granted"

ON_TAINT: Final = frozenset({"deny-tainted", "ask-tainted", GRANTED})
"""The rules of which a grant's provenance may be why."""

_RULES: Final = (
    Rule(MALFORMED, "The call cannot be understood: {detail}."),
    Rule(ENGINE, "The policy engine gave no sound answer, so nothing is allowed."),
    Rule(UNKNOWN_TOOL, "There is no tool {tool!r} in the registry."),
    Rule(NOT_GRANTED, "No grant of the envelope covers {tool}."),
    Rule(SCOPE, "The run scope leaves out {tool}: its caller has narrowed the run to {detail}."),
    Rule("deny-tier", "{tool} begins at tier {tier_minimum}; the tenant's tier is {tier}."),
    Rule("deny-cost", "The run has cost {cost} USD, and may cost less than {max_cost} USD."),
    Rule(
        "deny-call-limit", "The run has called {tool} {calls} times; the grant {grant!r} allows {max_calls} in a run."
    ),
    Rule("deny-action", "The grant {grant!r} allows the actions {actions}; the call's is {action}."),
    Rule(ARGUMENT, "The grant {grant!r} bounds the arguments: {detail}."),
    Rule(EGRESS, "The envelope does not let the agent reach {detail}."),
    Rule(MODEL, "The envelope does not let the agent use the model {detail}."),
    Rule(DATA_SCOPE, "The envelope does not let the agent touch the data scope {detail}."),
    Rule(
        "deny-tainted",
        "Untrusted text is in the run, and {tool} has side effects, which the envelope then denies{detail}.",
    ),
    Rule(
        "ask-tainted",
        "Untrusted text is in the run, and {tool} has side effects, for which the envelope then asks{detail}.",
    ),
    Rule("ask-grant", "The grant {grant!r} is never unattended."),
    Rule("ask-autonomy", "At autonomy tier {autonomy} a call of {risk} risk asks."),
    Rule("ask-high-risk", "Below autonomy tier 3 a call of {risk} risk asks; the grant {grant!r} is not unattended."),
    Rule(
        GRANTED,
        "The grant {grant!r} allows {tool}; at autonomy tier {autonomy} its risk, {risk}, does not ask{detail}.",
    ),
)
RULES: Final = MappingProxyType({rule.id: rule for rule in _RULES})
"""Every rule a decision can name, by id, in the order in which they are named."""
_PLACES: Final = {name: place for place, name in enumerate(RULES)}


def first(ids: Iterable[str]) -> Rule | None:
    """The rule that explains a decision to which all of these apply; None for none. KeyError for an unknown one."""
    name = min(ids, key=_PLACES.__getitem__, default=None)
    return None if name is None else RULES[name]
