"""Server-sent events, read as the HTML standard says (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any


def events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The JSON object of each event's data; comments and events without data are passed over."""
    data: list[str] = []
    for line in lines:
        if line:
            if (value := _data(line)) is not None:
                data.append(value)
        elif data:
            yield json.loads("\n".join(data))
            data = []


def _data(line: str) -> str | None:
    name, _, value = line.partition(":")
    return value.removeprefix(" ") if name == "data" else None
