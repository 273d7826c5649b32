import pytest

from governance.model_prices import CURRENT, EVERY, ModelPrice, price_of
from governance.pricing import PICO_PER_DOLLAR


def test_a_million_tokens_cost_what_the_price_list_says() -> None:
    sonnet = price_of("claude-sonnet-4.5")

    assert sonnet.cost(1_000_000, 0) == 3 * PICO_PER_DOLLAR
    assert sonnet.cost(0, 1_000_000) == 15 * PICO_PER_DOLLAR


def test_a_cost_is_exact() -> None:
    assert ModelPrice("x", "1", 3, 5).cost(7, 11) == 76


@pytest.mark.parametrize("tokens", [(-1, 0), (0, -1)])
def test_tokens_are_never_negative(tokens: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="negative"):
        price_of("local").cost(*tokens)


def test_every_present_price_is_kept_under_its_version() -> None:
    assert {price.key for price in CURRENT.values()} <= EVERY.keys()
    assert all(EVERY[price.key] is price for price in CURRENT.values())


def test_a_price_that_there_is_not_is_not_guessed() -> None:
    with pytest.raises(LookupError):
        price_of("free")
