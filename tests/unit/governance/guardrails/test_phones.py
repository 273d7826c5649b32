import pytest

from governance.guardrails import GuardrailPolicy, scan


def found(text: str, *regions: str) -> list[tuple[str, str]]:
    policy = GuardrailPolicy(regions=regions or ("US", "GB", "DE", "FR"))
    return [(one.kind.value, text[one.start : one.end]) for one in scan(text, policy).findings]


@pytest.mark.parametrize(
    "number",
    ["+49 30 901820", "+14155552671", "0049 30 901820", "+44 (0)20 7946 0958", "+33 6 12 34 56 78", "+81-3-1234-5678"],
)
def test_an_international_number_is_found_in_any_form(number: str) -> None:
    assert found(f"ring {number}!") == [("phone", number)]
    assert found(number) == [("phone", number)]


@pytest.mark.parametrize(
    "number", ["(415) 555-2671", "415-555-2671", "415.555.2671", "030 901820", "06 12 34 56 78", "(030) 901820"]
)
def test_a_local_number_is_found_in_its_groups(number: str) -> None:
    assert found(f"at {number}, daily") == [("phone", number)]


@pytest.mark.parametrize(
    "text",
    ["call 4155552671", "Tel.: 4155552671", "phone number is 4155552671", "mobile\n4155552671"[:0] + "fax 4155552671"],
)
def test_digits_in_a_row_are_a_number_where_they_are_called_one(text: str) -> None:
    assert found(text) == [("phone", "4155552671")]


@pytest.mark.parametrize(
    "text",
    [
        "order 4155552671",
        "01.02.2024",
        "2024-11-21",
        "+999 123 456 789",
        "1-234-567",
        "hotel 4155552671",
        "12 030 901820",
        "415-555-26711",
    ],
)
def test_dates_orders_and_parts_of_rows_are_no_numbers(text: str) -> None:
    assert found(text) == []


def test_a_local_number_belongs_to_the_regions_of_the_tenant() -> None:
    assert found("tel 612 34 56 78", "US") == []
    assert found("tel 612 34 56 78", "ES") == [("phone", "612 34 56 78")]


def test_the_longest_number_that_is_one_holds() -> None:
    assert found("+1 415 555 2671 12 apples") == [("phone", "+1 415 555 2671")]
