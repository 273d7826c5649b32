from datetime import timedelta

import pytest

from governance.schedules.policies import EARLY, LATE, LIMITS, limits
from governance.tiers import Tier


def test_every_tier_has_limits_and_a_higher_one_has_more() -> None:
    found = [LIMITS[tier] for tier in Tier]
    assert [one.most for one in found] == sorted({one.most for one in found})
    assert [one.shortest for one in found] == sorted((one.shortest for one in found), reverse=True)
    with pytest.raises(ValueError, match="gold"):
        limits("gold")


def test_clocks_that_differ_by_ten_minutes_make_nothing_late_or_early() -> None:
    assert min(EARLY, LATE) > timedelta(minutes=10)
