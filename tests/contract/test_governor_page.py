"""What docs/governor.md tells is what the code does."""

import re
from pathlib import Path

from governance.governor import MAX_STATE_BYTES, HaltKind, ProfileName
from governance.governor.observation import POINTS
from governance.governor.profiles import PROFILES
from governance.governor.rules import RULES, Rule
from governance.pricing import PICO_PER_DOLLAR

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "governor.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z-]+)` \| ([A-Z]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def threshold(rule: Rule, profile: ProfileName) -> str:
    found = PROFILES[profile]
    if rule.kind is not HaltKind.EXHAUSTION:
        return str(found.thresholds[rule.name])
    value = getattr(found.limits, rule.name)
    return f"{value // PICO_PER_DOLLAR} USD" if rule.name == "cost" else str(value)


def test_the_table_has_every_rule_in_its_order_with_its_thresholds() -> None:
    told = [(rule.name, rule.kind, rule.says, *(threshold(rule, name) for name in ProfileName)) for rule in RULES]
    assert ROW.findall(PAGE) == told


def test_the_points_of_risk_and_the_bound_of_the_state_are_told() -> None:
    assert ", ".join(f"{risk} {points}" for risk, points in POINTS.items()) in PAGE
    assert f"{MAX_STATE_BYTES:,}".replace(",", " ") in PAGE
