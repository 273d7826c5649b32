"""A flag is off unless everything about it says on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.flags import CAPABILITIES, NAME, evaluate, place
from tests.switchboard import flag

TENANTS = st.from_regex(r"[a-z][a-z0-9]{2,20}", fullmatch=True)
NAMES = st.sampled_from(sorted(CAPABILITIES))
PERCENT = st.integers(0, 100)


def on(found: dict[str, Any] | None, tenant: str = "acme", tier: str = "standard", agent: str = "echo-agent") -> bool:
    return evaluate(found, tenant, tier, agent)


def test_a_flag_that_is_not_there_is_off() -> None:
    assert not on(None)


def test_a_flag_for_everybody_is_on() -> None:
    assert on(flag("agents.invoke"))


def test_a_flag_that_is_not_enabled_is_off_whatever_its_rules_say() -> None:
    assert not on(flag("agents.invoke", enabled=False))


@pytest.mark.parametrize("enabled", ["true", 1, None, [], "on"])
def test_enabled_means_true_and_nothing_like_it(enabled: object) -> None:
    assert not on({"name": "agents.invoke", "enabled": enabled, "rules": [{}]})


@pytest.mark.parametrize(
    "rules",
    [
        *(None, "all", {}, [None], ["x"], [[]], 1),
        *([{"tenant": ["acme"]}], [{"Tenants": ["acme"]}], [{"tenants": "acme"}], [{"tenants": [1]}]),
        *([{"tenants": [""]}], [{"tiers": None}], [{"percent": "100"}], [{"percent": True}], [{"percent": 100.0}]),
        *([{"percent": -1}], [{"percent": 101}], [{"percent": 10**30}], [{"percent": None}], [{}, {"oops": 1}]),
    ],
)
def test_a_flag_with_a_rule_that_cannot_be_understood_is_off_as_a_whole(rules: object) -> None:
    assert not on({"name": "agents.invoke", "enabled": True, "rules": rules})


@pytest.mark.parametrize("name", [None, "", 7, "Agents", "a\nb", "x" * 64])
def test_a_flag_without_a_name_of_its_own_is_off(name: object) -> None:
    assert not on({"name": name, "enabled": True, "rules": [{}]})


def test_a_flag_with_no_rule_is_on_for_nobody() -> None:
    assert not on({"name": "agents.invoke", "enabled": True, "rules": []})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"tiers": ["standard"]}, True),
        ({"tiers": ["basic", "premium"]}, False),
        ({"tenants": ["globex", "acme"]}, True),
        ({"tenants": ["acme-2"]}, False),
        ({"tenants": []}, False),
        ({"agents": ["echo-agent"]}, True),
        ({"agents": ["echo"]}, False),
        ({"tenants": ["acme"], "agents": ["other"]}, False),
        ({"tenants": ["acme"], "tiers": ["standard"], "agents": ["echo-agent"], "percent": 100}, True),
        ({"tenants": ["acme"], "percent": 0}, False),
    ],
)
def test_a_rule_holds_when_all_its_conditions_do(rule: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert on(flag("agents.invoke", rule)) == expected


def test_one_rule_that_holds_is_enough() -> None:
    assert on(flag("agents.invoke", {"tenants": ["globex"]}, {"tiers": ["standard"]}))


def test_a_rule_for_agents_does_not_hold_where_there_is_none() -> None:
    assert not on(flag("files.upload", {"agents": ["echo-agent"]}), agent="")


@given(NAMES, TENANTS)
def test_nobody_is_in_at_no_percent_and_everybody_at_a_hundred(name: str, tenant: str) -> None:
    assert not on(flag(name, {"percent": 0}), tenant)
    assert on(flag(name, {"percent": 100}), tenant)


@given(NAMES, TENANTS, PERCENT, PERCENT)
def test_who_is_in_stays_in_while_the_percentage_grows(name: str, tenant: str, one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert on(flag(name, {"percent": less}), tenant) <= on(flag(name, {"percent": more}), tenant)


@given(NAMES, TENANTS, PERCENT)
def test_a_tenant_is_on_the_same_side_every_time(name: str, tenant: str, percent: int) -> None:
    rollout = flag(name, {"percent": percent})
    assert len({on(rollout, tenant, tier, agent) for tier in ("basic", "premium") for agent in ("a", "b")}) == 1


def test_a_percentage_takes_in_about_that_many_tenants() -> None:
    inside = sum(on(flag("agents.invoke", {"percent": 30}), f"tenant-{n}") for n in range(5_000))
    assert 1_350 <= inside <= 1_650


def test_flags_choose_different_tenants() -> None:
    """Else the same tenants would be the first to meet every novelty."""
    both = sum(place("agents.invoke", f"t{n}") < 50 and place("agents.stream", f"t{n}") < 50 for n in range(4_000))
    assert 850 <= both <= 1_150


@given(NAMES, st.text())
def test_every_text_has_a_place(name: str, tenant: str) -> None:
    assert 0 <= place(name, tenant) < 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["name", "enabled", "rules", "x"]), JSON))
def test_rubbish_is_off_and_raises_nothing(record: dict[str, Any]) -> None:
    assert on(record) is False or record["rules"]


@pytest.mark.parametrize("name", CAPABILITIES)
def test_what_is_asked_at_run_time_can_be_named(name: str) -> None:
    assert NAME.fullmatch(name)
