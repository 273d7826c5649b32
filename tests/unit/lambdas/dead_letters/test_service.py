"""How long a search goes on: until it has enough, its time is over, or nothing is left."""

from typing import Any

from lambdas.dead_letters.queues import Taken
from lambdas.dead_letters.service import MOST_RECEIVED, _Search
from tests.unit.lambdas.dead_letters.test_queues import Sqs


def search(messages: int, wanted: set[str] | None = None, most: int = 50, monotonic: Any = lambda: 0.0) -> Any:
    taken = Taken(Sqs(messages), "workflow")
    return _Search(taken, wanted, most, monotonic, ends=20.0), taken


def test_a_search_ends_with_as_many_as_are_wanted() -> None:
    found, taken = search(100, most=25)
    assert len(list(found.letters(lambda _: True))) == 25
    assert len(taken.held) <= 50


def test_a_search_for_named_messages_goes_through_the_others() -> None:
    found, _ = search(60, {"m-55"})
    assert [letter.message_id for letter in found.letters(lambda _: True)] == ["m-55"]


def test_a_search_ends_when_its_time_is_over() -> None:
    moments = iter(range(0, 1000, 2))
    found, _ = search(100, most=100, monotonic=lambda: float(next(moments)))
    assert 0 < len(list(found.letters(lambda _: True))) < 15


def test_a_search_does_not_go_through_a_queue_without_end() -> None:
    found, taken = search(MOST_RECEIVED * 2, {"nobody"}, most=100)
    assert list(found.letters(lambda _: True)) == []
    assert len(taken.held) == MOST_RECEIVED
