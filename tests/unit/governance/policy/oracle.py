"""What docs/policies.md says, in plain Python over plain JSON: a second opinion that shares no line with the code.

    answer(envelope, tools, call) -> (decision, rule id)

`call` has the fields of a Call by their names. Slow and obvious on purpose.
"""

from decimal import Decimal
from typing import Any

from governance.policy.scope import Scope
from governance.policy.trusted_text import TrustedText

TIERS = ["basic", "standard", "premium"]
RISKS = ["low", "medium", "high", "critical"]
# Rows: autonomy tier 0 to 5. Columns: low, medium, high, critical. "?" asks, "!" asks unless the grant is unattended.
ASKS = ["????", "..??", "..!?", "....", "....", "...."]
MOST = 2**63 - 1


def answer(envelope: dict[str, Any], tools: list[dict[str, Any]], call: dict[str, Any]) -> tuple[str, str]:
    if not understood(call):
        return "DENY", "deny-malformed"
    known = [tool for tool in tools if tool["name"] == call["tool"]]
    if not known:
        return "DENY", "deny-unknown-tool"
    grant = narrowest(envelope.get("tools", []), call["tool"])
    if grant is None:
        return "DENY", "deny-not-granted"
    denied = refusal(envelope, known[0], grant, call)
    if denied:
        return "DENY", denied
    asked = question(envelope, known[0], grant, call)
    return ("NEEDS_APPROVAL", asked) if asked else ("ALLOW", "allow-granted")


def understood(call: dict[str, Any]) -> bool:
    numbers = [call["cost_so_far"], call["calls_so_far"]]
    scope = call["scope"]
    if scope is not None:
        tools = type(scope) is Scope and (scope.tools is None or type(scope.tools) is frozenset)
        tiers = tools and (scope.autonomy_tier is None or type(scope.autonomy_tier) is int)
        if not tiers or scope.autonomy_tier not in (None, 0, 1, 2, 3, 4, 5):
            return False
    if call["trusted"] is not None and type(call["trusted"]) is not TrustedText:
        return False
    whole = all(type(number) is int and 0 <= number <= MOST for number in numbers)
    named = all(name is None or (type(name) is str and 1 <= len(name) <= 64) for name in (call["tool"], call["action"]))
    json = type(call["arguments"]) is dict and plain(call["arguments"])
    return whole and named and call["tool"] is not None and call["tier"] in TIERS and json


def plain(value: Any) -> bool:
    if type(value) is dict:
        return all(type(key) is str and plain(inner) for key, inner in value.items())
    if type(value) is list:
        return all(plain(inner) for inner in value)
    return value is None or type(value) in (str, bool) or number(value)


def number(value: Any) -> bool:
    return type(value) in (int, float) and -MOST <= value <= MOST


def narrowest(grants: list[dict[str, Any]], tool: str) -> dict[str, Any] | None:
    exact = [grant for grant in grants if grant["name"] == tool]
    wider = [grant for grant in grants if grant["name"].endswith("*") and tool.startswith(grant["name"][:-1])]
    return (exact + sorted(wider, key=lambda grant: -len(grant["name"])) + [None])[0]


def refusal(envelope: dict[str, Any], tool: dict[str, Any], grant: dict[str, Any], call: dict[str, Any]) -> str | None:
    """The first of the rules that deny, in the order of the page."""
    scoped = call["scope"].tools if call["scope"] else None
    if scoped is not None and call["tool"] not in {*scoped, "model.chat"}:
        return "deny-scope"
    return outside(envelope, tool, grant, call) or tainted(envelope, tool, grant, call, "deny")


def outside(envelope: dict[str, Any], tool: dict[str, Any], grant: dict[str, Any], call: dict[str, Any]) -> str | None:
    if TIERS.index(call["tier"]) < TIERS.index(tool["tierMinimum"]):
        return "deny-tier"
    if call["cost_so_far"] >= Decimal(envelope["maxCostPerRun"]) * 10**12:
        return "deny-cost"
    if "maxCallsPerRun" in grant and call["calls_so_far"] >= grant["maxCallsPerRun"]:
        return "deny-call-limit"
    if "actions" in grant and call["action"] not in grant["actions"]:
        return "deny-action"
    if not all(keeps(constraint, call["arguments"]) for constraint in grant.get("constraints", [])):
        return "deny-argument"
    return targets(envelope, call)


def targets(envelope: dict[str, Any], call: dict[str, Any]) -> str | None:
    if not all(any(reaches(host, pattern) for pattern in envelope.get("egress", [])) for host in call["hosts"]):
        return "deny-egress"
    for field, given, rule in (("models", "models", "deny-model"), ("dataScopes", "data_scopes", "deny-data-scope")):
        if not all(any(begins(name, pattern) for pattern in envelope.get(field, [])) for name in call[given]):
            return rule
    return None


def reaches(host: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    return host == pattern or ("*" in pattern and host.endswith("." + pattern.split("*.")[1]))


def begins(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern[-1] == "*" else name == pattern


def keeps(constraint: dict[str, Any], arguments: dict[str, Any]) -> bool:
    value: Any = arguments
    for key in constraint["argument"][1:].split("/"):  # the cases use plain keys only
        if type(value) is not dict or key not in value:
            return False
        value = value[key]
    if type(value) is list:
        return value != [] and all(suits(constraint, one) for one in value)
    return suits(constraint, value)


def suits(constraint: dict[str, Any], value: Any) -> bool:
    if "min" in constraint and not (number(value) and value >= constraint["min"]):
        return False
    if "max" in constraint and not (number(value) and value <= constraint["max"]):
        return False
    if "oneOf" in constraint and not any(
        value == one and (type(value) is bool) == (type(one) is bool) for one in constraint["oneOf"]
    ):
        return False
    if "maxLength" in constraint and not (type(value) is str and len(value) <= constraint["maxLength"]):
        return False
    return "prefix" not in constraint or (
        type(value) is str and value.startswith(constraint["prefix"]) and ".." not in value.split("/")
    )


def tainted(
    envelope: dict[str, Any], tool: dict[str, Any], grant: dict[str, Any], call: dict[str, Any], how: str
) -> str | None:
    taken = call["tainted"] and tool["sideEffects"] and envelope.get("sideEffectsWhenTainted", "deny") == how
    return f"{how}-tainted" if taken and not vouched(grant.get("provenance"), call) else None


def vouched(wanted: dict[str, Any] | None, call: dict[str, Any]) -> bool:
    """Whether every value that the provenance looks at stands in the trusted text, and there is one."""
    if wanted is None:
        return False
    text = call["trusted"].text if call["trusted"] else ""
    found = [(place, value) for place, value in leaves("", call["arguments"]) if not within(place, wanted, "except")]
    counted = [(place, value) for place, value in found if not neutral(value, wanted.get("neutral", []))]
    shown = [place for place, _ in counted if not within(place, wanted, "insufficient")]
    return shown != [] and all(
        (striking(value) or within(place, wanted, "common")) and stands(value, text) for place, value in counted
    )


def leaves(place: str, value: Any) -> list[tuple[str, Any]]:
    """Values with their pointers; of an object inside the arguments its names as well."""
    if type(value) is dict and value:
        names = [(f"{place}/{name}", name) for name in value if place]
        return names + [leaf for name, inner in value.items() for leaf in leaves(f"{place}/{name}", inner)]
    if type(value) is list and value:
        return [leaf for index, inner in enumerate(value) for leaf in leaves(f"{place}/{index}", inner)]
    return [(place, value)] if place else []


def within(place: str, wanted: dict[str, Any], part: str) -> bool:
    return any((place + "/").startswith(pointer + "/") for pointer in wanted.get(part, []))


def neutral(value: Any, kinds: list[str]) -> bool:
    return ("boolean" in kinds and type(value) is bool) or ("empty" in kinds and value in (None, "", [], {}))


def striking(value: Any) -> bool:
    """In these cases, all that is not common is addresses."""
    return type(value) is str and "@" in value.strip("@")


def stands(value: Any, text: str) -> bool:
    """Word by word, off which what may stand around a word is taken a character at a time."""
    words = [peeled(word) for word in text.lower().split()]
    if type(value) is str:
        asked = value.lower().split(" ")
        return "" not in asked and any(asked == words[at : at + len(asked)] for at in range(len(words)))
    return type(value) in (int, float) and any(decimal(word) and Decimal(word) == value for word in words)


def peeled(word: str) -> str:
    while word and word[-1] in "\"'),.:":
        word = word[:-1]
    while word and word[0] in "\"'(":
        word = word[1:]
    return word.removesuffix("'s")


def decimal(word: str) -> bool:
    return word.removeprefix("-").replace(".", "", 1).isdigit()


def question(envelope: dict[str, Any], tool: dict[str, Any], grant: dict[str, Any], call: dict[str, Any]) -> str | None:
    """The first of the rules that ask, in the order of the page."""
    if tainted(envelope, tool, grant, call, "ask"):
        return "ask-tainted"
    if grant.get("unattended") is False:
        return "ask-grant"
    risk = max(RISKS.index(tool["risk"]), RISKS.index(grant.get("risk", "low")))
    tiers = [envelope["autonomyTier"], call["scope"].autonomy_tier if call["scope"] else None]
    mark = ASKS[min(tier for tier in tiers if tier is not None)][risk]
    if mark == "?":
        return "ask-autonomy"
    return "ask-high-risk" if mark == "!" and not grant.get("unattended") else None
