"""Capability flags: for whom a capability is switched on. Pure; what is missing or malformed is off.

    flag = {name, enabled, rules: [{tiers?, tenants?, agents?, percent?}, …]}

A flag is on for a call when it is enabled and one of its rules holds; a rule holds when each of its conditions does, so
`{}` is everybody. A percentage is of tenants: each has a fixed place from 0 to 100 in every flag, by a hash of both
names, so a tenant stays on its side, and only crosses to the inside when the percentage grows.
"""

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

INVOKE: Final = "agents.invoke"
STREAM: Final = "agents.stream"
ASYNC: Final = "agents.async"
UPLOAD: Final = "files.upload"
REPLAY: Final = "runs.replay"
CAPABILITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        INVOKE: "Invoking agents and waiting for the answer.",
        STREAM: "Streaming agents' answers.",
        ASYNC: "Running agents as jobs.",
        UPLOAD: "Uploading files.",
        REPLAY: "Replaying recorded runs.",
    }
)
"""The flags that are asked at run time, and what each switches."""
EVERYBODY: Final[Mapping[str, Any]] = MappingProxyType({})
"""The rule that holds for every call."""
NAME: Final = re.compile(r"[a-z](?:[a-z0-9.-]{0,61}[a-z0-9])?")
_WHO: Final = {"tiers": "tier", "tenants": "tenant", "agents": "agent"}
_PLACES: Final = 10_000
_MOST_PERCENT: Final = 100


def evaluate(flag: Mapping[str, Any] | None, tenant: str, tier: str, agent: str = "") -> bool:
    """Whether the capability is on for this call; False for no flag and for one that cannot be understood."""
    if flag is None or flag.get("enabled") is not True or not _name(flag) or not _well_formed(flag.get("rules")):
        return False
    call = {"tenant": tenant, "tier": tier, "agent": agent}
    return any(_holds(rule, str(flag["name"]), call) for rule in flag["rules"])


def place(name: str, tenant: str) -> float:
    """Where a tenant stands in a flag: from 0 up to, not including, 100, in hundredths. A rollout of 30 % has < 30."""
    digest = hashlib.sha256(f"{name}\n{tenant}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) % _PLACES / (_PLACES / _MOST_PERCENT)


def _name(flag: Mapping[str, Any]) -> bool:
    name = flag.get("name")
    return isinstance(name, str) and NAME.fullmatch(name) is not None


def _well_formed(rules: object) -> bool:
    return isinstance(rules, list | tuple) and all(_is_rule(rule) for rule in rules)


def _is_rule(rule: object) -> bool:
    """Every condition is known and of its kind: one that is not might have been meant to narrow."""
    if not isinstance(rule, Mapping) or not rule.keys() <= {*_WHO, "percent"}:
        return False
    return all(_is_percent(value) if name == "percent" else _is_names(value) for name, value in rule.items())


def _is_percent(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_PERCENT


def _is_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) and one for one in value)


def _holds(rule: Mapping[str, Any], name: str, call: Mapping[str, str]) -> bool:
    named = all(call[subject] in rule[condition] for condition, subject in _WHO.items() if condition in rule)
    return named and place(name, call["tenant"]) < rule.get("percent", _MOST_PERCENT)
