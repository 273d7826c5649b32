import pytest

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier

EVALUATION = "evl_" + "1" * 32
VERSION = "ver_" + "2" * 32


def test_suites_are_the_platforms_and_sort_by_version() -> None:
    assert keys.suite_key("tool-golden") == ("TENANT#platform#SUITE", "tool-golden")
    numbers = [keys.suite_version_key("tool-golden", number).sk for number in (1, 2, 10, 200)]
    assert numbers == sorted(numbers)
    assert keys.suite_version_key("tool-golden", 1).pk == "TENANT#platform#SUITEVERSION#tool-golden"


def test_an_evaluation_is_found_by_its_id_and_by_its_version() -> None:
    assert keys.evaluation_key(EVALUATION) == ("TENANT#platform#EVALUATION", EVALUATION)
    assert keys.evaluation_index(VERSION, EVALUATION) == (f"TENANT#platform#EVALUATIONS#{VERSION}", EVALUATION)


def test_each_asking_of_a_case_has_a_key_of_its_own() -> None:
    asked = {keys.evaluation_case_key(EVALUATION, case, repeat) for case in ("a", "a-0") for repeat in (0, 1, 10)}
    assert len(asked) == 6
    assert keys.evaluation_case_key(EVALUATION, "a", 1) == (f"TENANT#platform#EVALCASE#{EVALUATION}", "a#01")


@pytest.mark.parametrize("name", ["", "A", "a#b", "a/b", "../a", "a" * 65, "a\n"])
def test_no_name_leads_elsewhere(name: str) -> None:
    for made in (
        lambda: keys.suite_key(name),
        lambda: keys.suite_version_key(name, 1),
        lambda: keys.evaluation_case_key(EVALUATION, f"{name}#" if name == "a" else name.upper() or name, 0),
        lambda: keys.suite_object(name),
        lambda: keys.evaluation_key(name),
        lambda: keys.evaluations_of_version(name),
    ):
        with pytest.raises(InvalidIdentifier):
            made()


@pytest.mark.parametrize("number", [0, -1, 10**13])
def test_versions_count_from_one(number: int) -> None:
    with pytest.raises(InvalidIdentifier):
        keys.suite_version_key("a", number)


@pytest.mark.parametrize("repeat", [-1, 100])
def test_a_case_is_asked_a_hundred_times_at_most(repeat: int) -> None:
    with pytest.raises(InvalidIdentifier):
        keys.evaluation_case_key(EVALUATION, "a", repeat)
