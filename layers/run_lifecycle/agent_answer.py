"""What an agent answers, as pieces: read from the bytes as they come, every size bounded.

A JSON answer is one piece, the output. An event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html)
has a JSON value in each `data`: a string is a text delta, an object is what its `type` says, and `{"error": …}` is how
bedrock-agentcore reports that the agent's code raised.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

MAX_OUTPUT_BYTES: Final = 4 * 1024 * 1024
MAX_STREAM_BYTES: Final = 16 * 1024 * 1024
MAX_EVENT_BYTES: Final = 256 * 1024
MAX_ERROR_CHARACTERS: Final = 500
_DELTA_CHARACTERS: Final = 24_000
_TYPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_EVENT_STREAM: Final = "text/event-stream"
_JSON: Final = "application/json"


class AgentFault(Exception):
    """The agent did not answer as it should. `code` and `message` go on the run's record; neither names an internal."""

    def __init__(self, message: str, code: str = "AGENT_FAILED") -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class TextDelta:
    """A bit of the answer's text."""

    text: str


@dataclass(frozen=True)
class AgentEvent:
    """Something the agent tells on its way; `payload["type"]` says what."""

    payload: dict[str, Any]


@dataclass(frozen=True)
class Output:
    """The answer as a whole: any JSON value. `last` when it is all that the agent answered."""

    value: Any
    last: bool = False


Piece = TextDelta | AgentEvent | Output


def pieces_of(content_type: str, chunks: Iterable[bytes]) -> Iterator[Piece]:
    """The pieces of an answer as its bytes come; AgentFault when it is malformed, too large or says that it failed."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == _EVENT_STREAM:
        return _streamed(_limited(chunks, MAX_STREAM_BYTES))
    if media_type == _JSON:
        return iter((_whole(_limited(chunks, MAX_OUTPUT_BYTES)),))
    raise AgentFault("The agent answered with a media type that is neither JSON nor an event stream.")


def _limited(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > most:
            raise AgentFault(f"The agent's answer is larger than {most} bytes.", "AGENT_OUTPUT_TOO_LARGE")
        yield chunk


def _whole(chunks: Iterable[bytes]) -> Output:
    return Output(_json(b"".join(chunks)), last=True)


def _streamed(chunks: Iterable[bytes]) -> Iterator[Piece]:
    for data in _data_fields(_lines(chunks)):
        yield from _pieces(_json(data))


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Complete lines without their ends (LF or CRLF). A last line without an end was broken off: dropped."""
    rest: list[bytes] = []
    for chunk in chunks:
        first, *more = chunk.split(b"\n")
        rest.append(first)
        for part in more:
            yield b"".join(rest).removesuffix(b"\r")
            rest = [part]


def _data_fields(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The `data` of each event, its lines joined; comments and other fields say nothing here."""
    data: list[bytes] = []
    for line in lines:
        if not line and data:
            yield b"\n".join(data)
            data = []
        elif line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))


def _pieces(value: object) -> Iterator[Piece]:
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, dict):
        return iter((_event({"type": "data", "data": value}),))
    if "error" in value and "type" not in value:
        raise AgentFault(_reported(value))
    return _typed(value)


def _typed(value: dict[str, Any]) -> Iterator[Piece]:
    kind = value.get("type", "data")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise AgentFault("The agent sent an event whose type is not a word of up to 64 characters.")
    if kind == "delta" and isinstance(value.get("text"), str):
        return _text(value["text"])
    if kind == "output" and "output" in value:
        return iter((_output(value["output"]),))
    return iter((_event({**value, "type": kind}),))


def _text(text: str) -> Iterator[Piece]:
    """Long texts are cut, so that an event stays small; an empty one says nothing."""
    return (TextDelta(text[at : at + _DELTA_CHARACTERS]) for at in range(0, len(text), _DELTA_CHARACTERS))


def _output(value: object) -> Output:
    if encoded_size(value) > MAX_OUTPUT_BYTES:
        raise AgentFault(f"The agent's output is larger than {MAX_OUTPUT_BYTES} bytes.", "AGENT_OUTPUT_TOO_LARGE")
    return Output(value)


def _event(payload: dict[str, Any]) -> AgentEvent:
    if encoded_size(payload) > MAX_EVENT_BYTES:
        raise AgentFault(f"The agent sent an event larger than {MAX_EVENT_BYTES} bytes.", "AGENT_OUTPUT_TOO_LARGE")
    return AgentEvent(payload)


def encoded_size(value: Any) -> int:
    """Bytes of the value as compact JSON, which is how it is stored and sent."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _reported(value: dict[str, Any]) -> str:
    kind, error = value.get("error_type"), str(value["error"])[:MAX_ERROR_CHARACTERS]
    return f"The agent reported {kind}: {error}" if isinstance(kind, str) and kind else f"The agent reported: {error}"


def _json(data: bytes) -> Any:
    try:
        value = json.loads(data, parse_constant=_no_constant)
        # Half a surrogate pair is JSON but no text: nothing downstream could store or send it.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise AgentFault("The agent sent something that is not JSON.") from None
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
