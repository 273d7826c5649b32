from pathlib import Path

import pytest

from scripts.mutants_security.mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_breaks_is_there_once(mutant: Mutant) -> None:
    """After a change of the code: adapt scripts/mutants_security/mutants.py."""
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.before) == 1
    assert mutant.before != mutant.after


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_of_a_mutant_exist(mutant: Mutant) -> None:
    assert [test for test in mutant.tests if not (ROOT / test).is_file()] == []


def test_there_are_ten_ways_at_least() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 10
