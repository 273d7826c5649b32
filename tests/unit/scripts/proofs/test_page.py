from collections import Counter

import pytest

from scripts.proofs import page
from scripts.proofs.families import CHAOS, PROOFS, SECURITY, Proof
from scripts.proofs.record import Tallies

TALLIES: Tallies = {"isolation": {"tests/isolation/test_x.py": Counter(passed=12_345)}}


@pytest.mark.parametrize("proof", PROOFS.values(), ids=list(PROOFS))
def test_every_family_of_a_proof_is_there_and_no_other(proof: Proof) -> None:
    text = page.render(proof, TALLIES, "")
    assert text.startswith(f"# {proof.title}\n\n{proof.intro}")
    for other in PROOFS.values():
        for family in other.families.values():
            assert (f"| {family.name} | {family.proves} | {family.required} |" in text) == (other is proof)


def test_a_family_has_its_count_and_its_files() -> None:
    text = page.render(SECURITY, TALLIES, "")
    assert "| 10 000 | 12 345 | proven |" in text
    assert "[tests/isolation/test_x.py](../tests/isolation/test_x.py)" in text


def test_the_section_on_mutants_is_kept() -> None:
    text = page.render(SECURITY, TALLIES, "\nten of ten\n")
    assert page.kept_of(SECURITY, text) == "\nten of ten\n"
    assert page.kept_of(SECURITY, page.render(SECURITY, {}, page.kept_of(SECURITY, text))) == "\nten of ten\n"


def test_without_a_section_the_page_says_how_to_make_one() -> None:
    assert "Not run yet" in page.kept_of(SECURITY, page.render(SECURITY, {}, ""))


def test_a_page_that_nobody_else_writes_on_keeps_nothing() -> None:
    assert page.kept_of(CHAOS, page.render(CHAOS, {}, "\nsomething\n")) == ""
