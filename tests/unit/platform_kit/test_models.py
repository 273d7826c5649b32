import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from platform_kit.models import ApiModel, ApiReply, Money


class Request(ApiModel):
    page_size: int


class Reply(ApiReply):
    page_size: int


def test_fields_are_camel_case_outside() -> None:
    assert Request.model_validate({"pageSize": 1}).page_size == 1
    assert Reply(page_size=2).model_dump(by_alias=True) == {"pageSize": 2}


def test_an_unknown_field_of_a_request_is_refused() -> None:
    with pytest.raises(ValidationError):
        Request.model_validate({"pageSize": 1, "tenantId": "globex"})


@pytest.mark.parametrize("model", [Request(page_size=1), Reply(page_size=1)])
def test_a_model_does_not_change(model: Request | Reply) -> None:
    with pytest.raises(ValidationError):
        model.page_size = 2  # type: ignore[misc] # that it is refused is the point


@pytest.mark.parametrize(
    ("pico", "amount"),
    [
        (0, "0.000000"),
        (1, "0.000000000001"),
        (150_000_000, "0.000150"),
        (10**12, "1.000000"),
        (-1_500_000_000_000, "-1.500000"),
        (123_456_789_012_345_678, "123456.789012345678"),
    ],
)
def test_money_is_an_exact_decimal_string(pico: int, amount: str) -> None:
    assert Money.from_pico(pico).model_dump() == {"amount": amount, "currency": "USD"}


@given(st.integers(-(10**30), 10**30))
def test_no_pico_dollar_is_lost(pico: int) -> None:
    whole, fraction = Money.from_pico(pico).amount.removeprefix("-").split(".")
    assert int(whole + fraction.ljust(12, "0")) == abs(pico)
    assert len(fraction) >= 6
