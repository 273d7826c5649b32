import pytest

from model_gateway.errors import AnswerInvalid
from model_gateway.sse import Event, events


def test_events_are_read_as_the_standard_says() -> None:
    lines = ["event: a", "data: 1", "data: 2", "", ": comment", "data:x", "id: 5", "", "", "event: last", "data: cut"]

    assert list(events(lines)) == [Event("a", "1\n2"), Event("message", "x")]


@pytest.mark.parametrize("data", ["", "x", "[1]", "1", "[" * 100_000])
def test_data_that_is_no_object_is_invalid(data: str) -> None:
    with pytest.raises(AnswerInvalid):
        Event("message", data).document()
