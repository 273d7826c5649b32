from itertools import pairwise

import pytest

from governance.governor import HaltKind, Limits
from governance.governor.profiles import MOST, PROFILES, ProfileName, is_count
from governance.governor.rules import RULES


def test_every_profile_has_a_threshold_for_every_rule_and_no_other() -> None:
    named = {rule.name for rule in RULES if rule.kind is not HaltKind.EXHAUSTION}
    assert all(profile.thresholds.keys() == named for profile in PROFILES.values())
    assert PROFILES.keys() == set(ProfileName)


def test_each_profile_is_more_patient_than_the_one_before() -> None:
    ordered = [PROFILES[name] for name in ProfileName]
    for less, more in pairwise(ordered):
        assert all(less.thresholds[rule] < more.thresholds[rule] for rule in less.thresholds)
        assert less.limits.narrowed(more.limits) == less.limits


def test_narrowing_takes_the_tighter_limit_of_each_kind() -> None:
    assert Limits(1, 20, 3, 40).narrowed(Limits(10, 2, 30, 4)) == Limits(1, 2, 3, 4)


@pytest.mark.parametrize("value", [-1, 1.0, True, None, "1", MOST + 1])
def test_what_is_no_number_makes_no_limit(value: object) -> None:
    assert not is_count(value)
    with pytest.raises(ValueError, match="limit"):
        Limits(value, 1, 1, 1)  # type: ignore[arg-type]  # what is under test
