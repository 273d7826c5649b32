"""`search`: in the text files that a run may read, and in no other."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from enforcement.run_desk import RunDesk
from governance.toolbox.files import text_in
from governance.toolbox.searching import Hit, Hits, Search, is_text, lines_with
from lambdas.gateway.files import given

MOST_FILES: Final = 50
MOST_BYTES: Final = 1024 * 1024
"""Of one file: its beginning is searched."""
_LOOKED_FOR: Final = 100
"""Among how many of the tenant's newest files those that the run wrote are looked for."""

Record = Mapping[str, Any]


def search(desk: RunDesk, run: Mapping[str, Any], wanted: Search) -> Hits:
    """The lines that hold the words, in the order of the files; NotFound when a file that was given is gone."""
    records = [record for record in _readable(desk, run) if is_text(str(record["contentType"]))]
    words, complete = wanted.query.split(), len(records) <= MOST_FILES
    hits: list[Hit] = []
    for record in records[:MOST_FILES]:
        text, whole = _text(desk, record)
        complete = complete and whole
        for hit in _hits(record, text, words):
            if len(hits) == wanted.most:
                return Hits(hits=hits, files=len(records), complete=False)
            hits.append(hit)
    return Hits(hits=hits, files=len(records), complete=complete)


def _readable(desk: RunDesk, run: Mapping[str, Any]) -> list[Record]:
    """What the run was given, then what it wrote; the same that `files.read` lets it read."""
    named = given(run)
    found = list(desk.files.get_many(named)) if named else []
    newest = desk.files.list(limit=_LOOKED_FOR).items
    written = [record for record in newest if record.get("createdBy") == desk.tenant.principal_id]
    return [*found, *(record for record in written if record["fileId"] not in named)]


def _text(desk: RunDesk, record: Record) -> tuple[str, bool]:
    """The beginning of a file as text, and whether that is all of it."""
    part = desk.objects.get(str(record["key"]), offset=0, length=MOST_BYTES)
    if part is None:
        return "", True
    if part.eof:
        return text_in(part.data), True
    return part.data.decode(errors="ignore"), False  # a character may have been cut in two


def _hits(record: Record, text: str, words: list[str]) -> Iterator[Hit]:
    for line in lines_with(text, words):
        yield Hit(file_id=str(record["fileId"]), name=str(record["name"]), line=line.number, text=line.text)
