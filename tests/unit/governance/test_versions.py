from itertools import product

import pytest

from governance import versions
from governance.gates import TO_APPROVE
from governance.versions import MOVES, IllegalPromotion, NotTheirs, VersionStatus
from platform_kit.access import Role

EVERYBODY = [role.value for role in Role]
LEGAL = {
    *{("draft", new) for new in ("candidate", "quarantined", "retired")},
    *{("candidate", new) for new in ("approved", "quarantined", "retired")},
    *{("approved", new) for new in ("deprecated", "quarantined", "rolled_back")},
    *{("deprecated", new) for new in ("approved", "quarantined", "retired")},
    *{("rolled_back", new) for new in ("candidate", "quarantined", "retired")},
    *{("quarantined", new) for new in ("candidate", "retired")},
}


@pytest.mark.parametrize(("old", "new"), sorted(LEGAL))
def test_a_legal_move_has_one_row(old: str, new: str) -> None:
    found = versions.move_between(old, new, EVERYBODY)
    assert (found.old, found.new) == (old, new)
    assert [(move.old, move.new) for move in MOVES].count((found.old, found.new)) == 1


@pytest.mark.parametrize(("old", "new"), sorted(set(product(VersionStatus, VersionStatus)) - LEGAL))
def test_every_other_move_is_refused_and_names_what_is_allowed(old: str, new: str) -> None:
    with pytest.raises(IllegalPromotion) as refused:
        versions.move_between(old, new, EVERYBODY)
    assert {(old, status) for status in refused.value.allowed} == {pair for pair in LEGAL if pair[0] == old}
    assert all(status in str(refused.value) for status in refused.value.allowed)


def test_nothing_follows_retired() -> None:
    assert versions.allowed_from("retired") == ()
    with pytest.raises(IllegalPromotion, match="final"):
        versions.move_between("retired", "draft", EVERYBODY)


def test_every_way_to_approved_leads_through_every_gate() -> None:
    assert {move.gates for move in MOVES if move.new == "approved"} == {TO_APPROVE}


def test_nobody_of_a_tenant_moves_a_version() -> None:
    for move in MOVES:
        with pytest.raises(NotTheirs, match=r"Platform\."):
            versions.move_between(move.old, move.new, ["Tenant.Admin", "Tenant.Developer"])


def test_what_is_quarantined_comes_out_by_a_platform_administrator_alone() -> None:
    with pytest.raises(NotTheirs, match=r"by Platform\.Admin alone"):
        versions.move_between("quarantined", "candidate", ["Platform.Operator"])
    assert versions.move_between("quarantined", "candidate", ["Platform.Admin"]).gates == ()


@pytest.mark.parametrize(("old", "new"), [("draft", "live"), ("live", "draft")])
def test_a_word_that_is_no_state_is_a_value_error(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="live"):
        versions.move_between(old, new, EVERYBODY)
