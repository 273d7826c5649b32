"""`search`: words in the lines of text files."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator, Field

from governance.toolbox.arguments import ToolArguments, ToolResult

MOST_HITS: Final = 50
MOST_WORDS: Final = 8
BEFORE: Final = 80
SNIPPET: Final = 240
_TEXT_TYPE: Final = re.compile(
    r"text/.*|application/(?:json|xml|yaml|x-yaml|x-ndjson|ndjson|csv|sql|toml|javascript|.*\+(?:json|xml))",
    re.IGNORECASE,
)


def _searchable(value: str) -> str:
    if not 0 < len(value.split()) <= MOST_WORDS:
        raise ValueError(f"one to {MOST_WORDS} words")
    return value


class Search(ToolArguments):
    """Words that a line has to hold, all of them, in either case."""

    query: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_searchable)]
    most: Annotated[int, Field(ge=1, le=MOST_HITS, strict=True, description="How many lines at most.")] = 20

    def told(self) -> dict[str, Any]:
        """What the event log keeps: not the words, which are content."""
        return {"words": len(self.query.split()), "most": self.most}


class Hit(ToolResult):
    """A line: its file, its number from 1, and what of it surrounds the first word."""

    file_id: str
    name: str
    line: int
    text: str


class Hits(ToolResult):
    """The lines found, in the order of the files; `complete` is false when a bound was reached before the end."""

    hits: list[Hit]
    files: int
    complete: bool

    def told(self) -> dict[str, Any]:
        """What the event log keeps: how many, and where."""
        return {"hits": len(self.hits), "files": self.files, "complete": self.complete}

    def summary(self) -> str:
        """The lines, one below the other."""
        found = [f"{hit.name}:{hit.line}: {hit.text}" for hit in self.hits]
        rest = [] if self.complete else ["There may be more: a bound was reached."]
        return "\n".join([*found, *rest]) or "Nothing was found."


class Line(NamedTuple):
    """A line that holds every word: its number from 1, and a part of it."""

    number: int
    text: str


def is_text(content_type: str) -> bool:
    """Whether files of this media type are looked into."""
    return _TEXT_TYPE.fullmatch(content_type.partition(";")[0].strip()) is not None


def lines_with(text: str, words: list[str]) -> Iterator[Line]:
    """The lines that hold every one of the words, whatever their case."""
    wanted = [word.casefold() for word in words]
    for number, line in enumerate(text.splitlines(), start=1):
        folded = line.casefold()
        if all(word in folded for word in wanted):
            yield Line(number, _part(line, folded.index(wanted[0])))


def _part(line: str, at: int) -> str:
    """What surrounds a place of a line, bounded."""
    begin = max(0, at - BEFORE)
    part = line[begin : begin + SNIPPET].strip()
    return f"{'…' if begin else ''}{part}{'…' if begin + SNIPPET < len(line) else ''}"
