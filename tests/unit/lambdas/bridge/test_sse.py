import json

from hypothesis import given
from hypothesis import strategies as st

from lambdas.bridge import sse
from tests.local_stack import sse as read

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(TEXT, max_size=5))
def test_whatever_a_payload_holds_it_is_read_back_to_the_letter(texts: list[str]) -> None:
    events = [{"seq": number, "stream": "assistant", "payload": {"text": text}} for number, text in enumerate(texts, 1)]
    assert list(read(iter(sse.encode(events).decode().split("\n")))) == events


def test_an_event_has_its_number_its_stream_and_one_line_of_data() -> None:
    event = {"seq": 7, "stream": "tool", "payload": {"text": "a\nb"}}
    first, second, third, *rest = sse.encode([event]).decode().split("\n")
    assert (first, second, rest) == ("id: 7", "event: tool", ["", ""])
    assert json.loads(third.removeprefix("data: ")) == event


def test_half_a_surrogate_pair_breaks_nothing() -> None:
    sse.encode([{"seq": 1, "stream": "assistant", "payload": {"text": "\ud800"}}]).decode()


def test_a_heartbeat_is_a_comment() -> None:
    assert list(read(iter(sse.HEARTBEAT.decode().split("\n")))) == []
