"""On which line of a JSON file a value stands: the standard library's parser gives values without places."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line (from 1) of the value at that path, such as `("cases", 2, "input")`, in text that `json` has accepted.

    Parts that are not there are passed over: what is missing is answered with the line of what it is missing in.
    """
    at = _after_space(text, 0)
    for part in path:
        at = dict(_members(text, at)).get(str(part), at)
    return text.count("\n", 0, at) + 1


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The names, or numbers, of what the value at this position holds, each with its own position."""
    opening, position, number = text[at], _after_space(text, at + 1), 0
    if opening not in "[{":
        return
    while text[position] not in "]}":
        name = str(number)
        if opening == "{":
            name, position = _DECODER.raw_decode(text, position)
            position = _after_space(text, _after_space(text, position) + 1)  # the colon
        yield name, position
        position = _after_space(text, _DECODER.raw_decode(text, position)[1])
        if text[position] == ",":
            position = _after_space(text, position + 1)
        number += 1


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
