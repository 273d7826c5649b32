import pytest

from governance.guardrails import GuardrailPolicy, scan


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind.value, text[one.start : one.end]) for one in scan(text, GuardrailPolicy()).findings]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        *(("card", "4111111111111111"), ("card", "4111 1111 1111 1111"), ("card", "3782-822463-10005")),
        *(
            ("card", "36 "[:2] + "259600000004"),
            ("iban", "DE89370400440532013000"),
            ("iban", "GB82 WEST 1234 5698 7654 32"),
        ),
        *(("iban", "de89 3704 0044 0532 0130 00"), ("us_ssn", "536-90-4399"), ("us_ssn", "536 90 4399")),
        *(("eu_vat", "DE136695976"), ("eu_vat", "NL 4495445B01"[:0] + "ATU13585627"), ("national_id", "12345678Z")),
        *(("national_id", "X-2482300-W"), ("national_id", "RSSMRA85T10A562S"), ("national_id", "390.533.447-05")),
    ],
)
def test_a_number_with_its_check_digits_is_found(kind: str, number: str) -> None:
    assert found(f"it is {number}, as agreed") == [(kind, number)]


@pytest.mark.parametrize(
    "number",
    [
        *("4111111111111112", "1234567890123452", "DE89370400440532013001", "XX89370400440532013000", "000-12-3456"),
        *("666-12-3456", "536-00-4399", "DE136695977", "12345678A", "111.111.111-12", "536904399", "RSSMRA85T10A562T"),
    ],
)
def test_a_number_without_them_is_not(number: str) -> None:
    assert found(f"it is {number}, as agreed") == []


def test_nine_digits_are_a_social_security_number_where_they_are_called_one() -> None:
    assert found("SSN: 536904399") == [("us_ssn", "536904399")]
    assert found("his social security number is 536904399.") == [("us_ssn", "536904399")]


def test_what_stands_beside_a_card_does_not_hide_it() -> None:
    card = ("card", "4111 1111 1111 1111")
    assert found("2024 4111 1111 1111 1111 251 EUR") == [card]
    assert found("in 12 4111 1111 1111 1111") == [card]


def test_an_iban_ends_where_its_country_says() -> None:
    assert found("DE89 3704 0044 0532 0130 00 ABCD") == [("iban", "DE89 3704 0044 0532 0130 00")]


def test_numbers_without_end_take_no_time_without_end() -> None:
    assert scan("1234 " * 40_000, GuardrailPolicy()).fault is None
