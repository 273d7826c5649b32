from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from governance.flags import evaluate
from lambdas.flags.models import CreateKillSwitch, FlagRule, PutFlag

NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True), min_size=1, max_size=3)
RULE = st.fixed_dictionaries(
    {}, optional={"tenants": NAMES, "agents": NAMES, "tiers": st.just(["basic"]), "percent": st.integers(0, 100)}
)


@given(st.lists(RULE, min_size=1, max_size=4))
def test_what_is_accepted_is_understood_at_run_time(rules: list[dict[str, Any]]) -> None:
    """A flag that the API takes and evaluation then calls malformed would switch a capability off for everybody."""
    stored = PutFlag.model_validate({"enabled": True, "rules": rules}).stored_rules()
    assert stored == rules
    assert evaluate({"name": "x", "enabled": True, "rules": [*stored, {}]}, "acme", "basic", "echo-agent")


def test_without_rules_it_is_for_everybody() -> None:
    assert PutFlag(enabled=True).stored_rules() == [{}]


@pytest.mark.parametrize("percent", [-1, 101, True, 1.0, "1", 10**40])
def test_a_percentage_is_a_whole_number_from_0_to_100(percent: object) -> None:
    with pytest.raises(ValidationError):
        FlagRule.model_validate({"percent": percent})


def test_the_platform_is_its_own_target() -> None:
    assert CreateKillSwitch.model_validate({"scope": "platform", "reason": "r"}).aim == "platform"
    assert CreateKillSwitch.model_validate({"scope": "tenant", "target": "acme", "reason": "r"}).aim == "acme"
