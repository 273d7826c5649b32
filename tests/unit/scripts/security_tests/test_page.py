from collections import Counter

from scripts.security_tests import page
from scripts.security_tests.families import FAMILIES
from scripts.security_tests.record import Tallies

TALLIES: Tallies = {"isolation": {"tests/isolation/test_x.py": Counter(passed=12_345)}}


def test_every_family_is_there_with_its_count_and_files() -> None:
    text = page.render(TALLIES, "")
    for family in FAMILIES.values():
        assert f"| {family.name} | {family.proves} | {family.required} |" in text
    assert "| 10 000 | 12 345 | proven |" in text
    assert "[tests/isolation/test_x.py](../tests/isolation/test_x.py)" in text


def test_the_section_on_mutants_is_kept() -> None:
    text = page.render(TALLIES, "\nten of ten\n")
    assert page.mutants_of(text) == "\nten of ten\n"
    assert page.mutants_of(page.render({}, page.mutants_of(text))) == "\nten of ten\n"


def test_without_a_section_the_page_says_how_to_make_one() -> None:
    assert "Not run yet" in page.mutants_of(page.render({}, page.mutants_of("")))
