import pytest

from model_gateway.errors import ModelError, ModelRateLimited, ModelTimeout, ModelUnavailable, StreamCut
from model_gateway.retries import Retries, jitter


def highest(_low: float, high: float) -> float:
    return high


@pytest.mark.parametrize(
    ("failure", "attempt", "pause"),
    [
        (ModelUnavailable("x"), 1, 0.25),
        (ModelUnavailable("x"), 2, 0.5),
        (ModelUnavailable("x"), 3, None),
        (ModelRateLimited("x", retry_after=5), 1, 5.25),
        (ModelRateLimited("x", retry_after=6), 1, None),
        (ModelTimeout("x"), 1, None),
        (StreamCut("x"), 1, None),
    ],
    ids=["first", "second", "last", "told", "told too long", "timeout", "cut"],
)
def test_how_long_to_wait(failure: ModelError, attempt: int, pause: float | None) -> None:
    assert Retries().pause(failure, attempt, highest) == pause


def test_the_pause_is_bounded() -> None:
    assert Retries(attempts=50).pause(ModelUnavailable("x"), 40, highest) == Retries().cap


def test_jitter_is_between() -> None:
    assert all(0 <= jitter(0, 2) <= 2 for _ in range(50))
