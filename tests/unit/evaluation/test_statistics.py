import math

import pytest

from evaluation.statistics import mcnemar, wilson


@pytest.mark.parametrize(
    ("passed", "total", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3: Wilson's score without continuity correction
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(passed: int, total: int, low: float, high: float) -> None:
    assert wilson(passed, total) == pytest.approx((low, high), abs=5e-5)


def test_nothing_tried_says_nothing_and_the_ends_are_exact() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 7).low == 0.0
    assert wilson(7, 7).high == 1.0


@pytest.mark.parametrize("total", range(1, 40))
def test_the_interval_is_in_order_and_symmetrical(total: int) -> None:
    for passed in range(total + 1):
        low, high = wilson(passed, total)
        assert 0 <= low <= passed / total <= high <= 1
        assert (1 - high, 1 - low) == pytest.approx(wilson(total - passed, total))


@pytest.mark.parametrize(
    ("before", "after", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (2, 0, 0.5), (6, 0, 0.03125), (5, 5, 1.0), (1, 9, 22 / 1024), (3, 12, 0.03515625)],
)
def test_the_paired_test_is_the_binomial_one(before: int, after: int, p: float) -> None:
    assert mcnemar(before, after) == mcnemar(after, before) == pytest.approx(p)


@pytest.mark.parametrize("n", range(1, 30))
def test_p_is_what_counting_all_outcomes_gives(n: int) -> None:
    for k in range(n + 1):
        at_least_as_far = sum(math.comb(n, i) for i in range(n + 1) if abs(2 * i - n) >= abs(2 * k - n))
        assert mcnemar(k, n - k) == pytest.approx(min(1.0, at_least_as_far / 2**n))
