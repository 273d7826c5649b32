import pytest
from pydantic import ValidationError

from governance.canary_models import PutCanary, SetCanary, percent_of, weight_of


@pytest.mark.parametrize(
    ("percent", "weight"), [(0.01, 1), (0.29, 29), (5, 500), (12.34, 1_234), (99.99, 9_999), (100, 10_000)]
)
def test_percents_have_two_decimals_and_are_whole_weights(percent: float, weight: int) -> None:
    assert weight_of(percent) == weight
    assert percent_of(weight) == percent


def test_every_weight_comes_back_as_it_was() -> None:
    assert [weight_of(percent_of(weight)) for weight in range(10_001)] == list(range(10_001))


@pytest.mark.parametrize("percent", [0.011, 5.555, 99.999])
def test_more_decimals_are_refused_not_rounded(percent: float) -> None:
    with pytest.raises(ValidationError, match="two decimals"):
        PutCanary(percent=percent, reason="x")


def test_nothing_is_for_operators_alone() -> None:
    assert SetCanary(percent=0, reason="x").percent == 0
    with pytest.raises(ValidationError):
        PutCanary(percent=0, reason="x")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\nb"])
def test_a_reason_is_one_sentence(reason: str) -> None:
    with pytest.raises(ValidationError):
        PutCanary(percent=1, reason=reason)
