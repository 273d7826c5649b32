"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as providers send them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from model_gateway.errors import AnswerInvalid


class Event(NamedTuple):
    """One event: its name (`message` unless it says otherwise) and its data."""

    name: str
    data: str

    def document(self) -> dict[str, Any]:
        """Its data as a JSON object; AnswerInvalid when it is none."""
        try:
            value = json.loads(self.data)
        except (ValueError, RecursionError):
            raise AnswerInvalid("A piece of the provider's answer is not JSON.") from None
        if not isinstance(value, dict):
            raise AnswerInvalid("A piece of the provider's answer is not a JSON object.")
        return value


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events in lines. One that no blank line follows is not complete, and is not given."""
    name, data = "", list[str]()
    for line in lines:
        if not line and (name or data):
            yield Event(name or "message", "\n".join(data))
            name, data = "", []
        field, _, value = line.partition(":")
        if field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))
