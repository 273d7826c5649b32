import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.pricing import BOOKS, CURRENT, PICO_PER_DOLLAR, PriceBook, Usage, book, estimate

QUANTITY = st.integers(0, 10**12)
USAGE = st.builds(Usage, QUANTITY, QUANTITY, QUANTITY, QUANTITY)


def test_a_cost_is_the_sum_of_its_parts_to_the_last_digit() -> None:
    prices = PriceBook("t", per_run=1, per_agent_ms=10, per_tool_call=100, per_input_token=1_000, per_output_token=7)
    assert prices.cost(Usage(agent_ms=3, tool_calls=2, input_tokens=5, output_tokens=11)) == 1 + 30 + 200 + 5_000 + 77


def test_a_run_that_used_nothing_costs_the_price_of_a_run() -> None:
    assert CURRENT.cost(Usage()) == CURRENT.per_run


@given(USAGE, USAGE)
def test_using_more_never_costs_less(one: Usage, two: Usage) -> None:
    both = Usage(
        one.agent_ms + two.agent_ms,
        one.tool_calls + two.tool_calls,
        one.input_tokens + two.input_tokens,
        one.output_tokens + two.output_tokens,
    )
    assert CURRENT.cost(both) == CURRENT.cost(one) + CURRENT.cost(two) - CURRENT.per_run
    assert isinstance(CURRENT.cost(both), int)


def test_a_reservation_covers_an_ordinary_run_of_that_length() -> None:
    ordinary = Usage(agent_ms=25_000, tool_calls=10, input_tokens=4_000, output_tokens=1_000)
    assert estimate(CURRENT, 25_000) >= CURRENT.cost(ordinary)


def test_reserving_for_eight_hours_stays_below_two_dollars() -> None:
    assert estimate(CURRENT, 8 * 3600 * 1000) < 2 * PICO_PER_DOLLAR


def test_a_negative_usage_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="negative"):
        Usage(agent_ms=-1)


def test_an_old_book_is_found_by_its_version() -> None:
    assert all(book(version) is prices for version, prices in BOOKS.items())


def test_an_unknown_version_is_an_error_that_names_it() -> None:
    with pytest.raises(LookupError, match="1999-01"):
        book("1999-01")
