"""How many tokens a text is, as the platform counts when nobody else does.

A token is a run of up to four ASCII letters, digits or underscores, or one other character that is no white space. It
is stated so that anybody can count again; for English it comes out a little above what providers' own tokenisers say,
and an estimate that is too high is given back, one that is too low is not.
"""

import json
import re
from typing import Final

from model_gateway.completions import Completion
from model_gateway.requests import ChatRequest

_TOKEN: Final = re.compile(r"[A-Za-z0-9_]{1,4}|[^\sA-Za-z0-9_]")
_PIECE: Final = re.compile(r"\s*(?:[A-Za-z0-9_]{1,4}|[^\sA-Za-z0-9_])")
_PER_MESSAGE: Final = 4
"""For the role of a message and what separates it from the next."""


def count_tokens(text: str) -> int:
    """Tokens of a text."""
    return sum(1 for _ in _TOKEN.finditer(text))


def first_tokens(text: str, most: int) -> str:
    """The text up to its `most`th token."""
    end = 0
    for number, piece in enumerate(_PIECE.finditer(text), 1):
        if number > most:
            return text[:end]
        end = piece.end()
    return text


def prompt_tokens(request: ChatRequest) -> int:
    """Tokens of everything that a request gives to the model: messages, tools and the schema of the answer."""
    told = [message.text for message in request.messages]
    told += [
        call.function.name + call.function.arguments for message in request.messages for call in message.tool_calls
    ]
    told += [json.dumps(tool.function.model_dump(exclude_none=True)) for tool in request.tools]
    if request.response_format is not None:
        told.append(json.dumps(request.response_format.model_dump(exclude_none=True)))
    return _PER_MESSAGE * len(request.messages) + sum(map(count_tokens, told))


def answer_tokens(completion: Completion) -> int:
    """Tokens of an answer."""
    return count_tokens(completion.text) + sum(count_tokens(call.name + call.arguments) for call in completion.calls)
