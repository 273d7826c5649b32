import pytest

from governance.tiers import LIMITS, Tier, limits


@pytest.mark.parametrize(
    ("tier", "minimum", "allowed"),
    [
        ("basic", "basic", True),
        ("basic", "standard", False),
        ("basic", "premium", False),
        ("standard", "basic", True),
        ("standard", "premium", False),
        ("premium", "standard", True),
    ],
)
def test_a_tier_includes_itself_and_those_below(tier: str, minimum: str, allowed: bool) -> None:  # noqa: FBT001 - a table's column
    assert Tier(tier).includes(minimum) is allowed


def test_each_tier_gives_more_than_the_one_below() -> None:
    budgets = [LIMITS[tier].monthly_budget for tier in Tier]
    durations = [LIMITS[tier].max_job_seconds for tier in Tier]
    assert budgets == sorted(set(budgets))
    assert durations == sorted(set(durations))


def test_an_unknown_tier_has_no_limits_at_all() -> None:
    with pytest.raises(ValueError, match="gold"):
        limits("gold")
