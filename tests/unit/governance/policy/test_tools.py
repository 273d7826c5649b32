from typing import Any

import pytest

from governance.policy.tools import Risk, ToolFacts, riskier
from governance.tiers import Tier

ENTRY = {"name": "files.read", "risk": "low", "sideEffects": False, "tierMinimum": "standard", "version": "3"}


def test_an_entry_of_the_registry_is_read_and_what_policy_does_not_need_is_left() -> None:
    facts = ToolFacts.parse(ENTRY | {"timeoutSeconds": 5})
    assert (facts.name, facts.risk, facts.side_effects) == ("files.read", Risk.LOW, False)
    assert (facts.tier_minimum, facts.version) == (Tier.STANDARD, "3")


@pytest.mark.parametrize("missing", sorted(ENTRY))
def test_no_fact_is_guessed(missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        ToolFacts.parse({key: value for key, value in ENTRY.items() if key != missing})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Files.Read"},
        {"name": "files.*"},
        {"name": "fіles.read"},  # a Cyrillic letter  # noqa: RUF001
        {"name": ""},
        {"risk": "harmless"},
        {"sideEffects": "no"},
        {"sideEffects": 0},
        {"tierMinimum": "gold"},
        {"version": ""},
    ],
)
def test_a_fact_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ToolFacts.parse(ENTRY | wrong)


def test_risks_are_ordered_by_harm() -> None:
    assert [risk.rank for risk in Risk] == [0, 1, 2, 3]
    assert riskier(Risk.HIGH, Risk.MEDIUM) is riskier(Risk.MEDIUM, Risk.HIGH) is Risk.HIGH
    assert riskier(None, Risk.LOW) is Risk.LOW
    assert riskier(None, None) is None
