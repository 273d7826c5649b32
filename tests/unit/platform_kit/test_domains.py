import pytest

from platform_kit.domains import GENERAL, domain_of, is_domain


@pytest.mark.parametrize("name", ["finance", "f", "people-ops", "a1", "f" * 32, GENERAL])
def test_a_record_is_of_the_domain_it_names(name: str) -> None:
    assert is_domain(name)
    assert domain_of({"domain": name}) == name


def test_a_record_that_names_no_domain_is_general() -> None:
    assert domain_of({}) == GENERAL


@pytest.mark.parametrize(
    "name", ["", " ", "Finance", "-a", "a-", "1a", "a b", "a\n", "f" * 33, "*", "\u0430", None, 7, ["finance"], True]
)
def test_what_is_no_domain_is_nobodys(name: object) -> None:
    assert not is_domain(name)
    assert domain_of({"domain": name}) == ""
