from itertools import product

import pytest

from governance import versions
from governance.versions import IllegalPromotion, VersionStatus

LEGAL = {
    ("draft", "candidate"),
    ("draft", "retired"),
    ("candidate", "approved"),
    ("candidate", "retired"),
    ("approved", "deprecated"),
    ("deprecated", "approved"),
    ("deprecated", "retired"),
}


@pytest.mark.parametrize(("old", "new"), sorted(LEGAL))
def test_a_legal_move_gives_the_new_state(old: str, new: str) -> None:
    assert versions.promote(old, new) == new


@pytest.mark.parametrize(("old", "new"), sorted(set(product(VersionStatus, VersionStatus)) - LEGAL))
def test_every_other_move_is_refused_and_names_what_is_allowed(old: str, new: str) -> None:
    with pytest.raises(IllegalPromotion) as refused:
        versions.promote(old, new)
    assert {(old, status) for status in refused.value.allowed} == {pair for pair in LEGAL if pair[0] == old}
    assert all(status in str(refused.value) for status in refused.value.allowed)


def test_nothing_follows_retired() -> None:
    assert versions.allowed_from("retired") == ()
    with pytest.raises(IllegalPromotion, match="final"):
        versions.promote("retired", "draft")


@pytest.mark.parametrize(("old", "new"), [("draft", "live"), ("live", "draft")])
def test_a_word_that_is_no_state_is_a_value_error(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="live"):
        versions.promote(old, new)


def test_every_state_has_its_row() -> None:
    assert set(versions.TRANSITIONS) == set(VersionStatus)
