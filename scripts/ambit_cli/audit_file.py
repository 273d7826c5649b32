"""Checks an exported audit log by itself, offline: every hash, every link, every detail.

What is not in the file cannot be seen to be missing: entries before its first and after its last one.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from data_access_lib.repositories.audit import FIRST, HASHED, canonical, detail_hash, entry_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_REQUIRED: Final = (*HASHED, "hash")


class Broken(Exception):
    """The first thing wrong: `where` is an entry's number or a line."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class Verdict(NamedTuple):
    """What holds: how many entries, the first and last number, how many without their detail, the last hash."""

    entries: int
    first: int
    last: int
    erased: int
    head: str


def verify(paths: Iterable[Path]) -> Verdict:
    """Check files that follow each other; Broken names the first entry that does not hold."""
    entries = erased = first = last = 0
    previous: str | None = None
    for entry in (entry for path in paths for entry in _read(path)):
        number = _check(entry, last, previous)
        erased += _check_detail(entry)
        first = first or number
        entries, last, previous = entries + 1, number, str(entry["hash"])
    return Verdict(entries, first, last, erased, previous or "")


def _check(entry: dict[str, Any], last: int, previous: str | None) -> int:
    number = entry["seq"]
    if previous is not None and number != last + 1:
        raise Broken(f"entry {number}", f"follows entry {last}: entries are missing or out of order")
    expected = FIRST if number == 1 else previous
    if expected is not None and entry["prevHash"] != expected:
        raise Broken(f"entry {number}", "does not name the hash of the entry before it")
    if entry_hash(entry) != entry["hash"]:
        raise Broken(f"entry {number}", "its hash is not the hash of what it says")
    return int(number)


def _check_detail(entry: dict[str, Any]) -> int:
    """1 when the detail is not there: it was erased, or left out."""
    where, detail = f"entry {entry['seq']}", entry.get("detail")
    if detail is None:
        if entry.get("principalId") is not None:
            raise Broken(where, "it names a principal that no detail proves")
        return 1
    if detail_hash(str(entry.get("salt")), canonical(detail).decode()) != entry["detailHash"]:
        raise Broken(where, "its detail is not the one that was entered")
    if entry.get("principalId") != detail.get("principalId"):
        raise Broken(where, "its principal is not the one in its detail")
    return 0


def _read(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_bytes().decode("utf-8-sig")  # not read_text: it would change the line ends inside cells
    rows = _csv(text) if text.startswith("seq,") else _jsonl(text)
    for number, entry in enumerate(rows, start=1):
        where = f"{path.name}, entry no. {number}"
        if not isinstance(entry, dict) or not all(name in entry for name in _REQUIRED):
            raise Broken(where, "it is no entry of an audit log")
        if type(entry["seq"]) is not int or entry["seq"] < 1:
            raise Broken(where, "its number is none")
        if not isinstance(entry.get("detail", {}), dict):
            raise Broken(where, "its detail is none")
        yield entry


def _jsonl(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield json.loads(line, object_pairs_hook=_once)
            except ValueError as failure:
                raise Broken(f"line {number}", f"it is not JSON ({failure})") from None


def _csv(text: str) -> Iterator[dict[str, Any]]:
    # An apostrophe before a cell keeps spreadsheets from calculating it; it is no part of the value.
    for row in csv.DictReader(io.StringIO(text, newline="")):
        cells = {str(name): str(cell or "").removeprefix("'") for name, cell in row.items()}
        entry: dict[str, Any] = {name: cell for name, cell in cells.items() if cell or name in _REQUIRED}
        try:
            entry["seq"] = int(cells.get("seq", ""))
            if "detail" in entry:
                entry["detail"] = json.loads(entry["detail"], object_pairs_hook=_once)
        except ValueError as failure:
            raise Broken(f"entry {cells.get('seq')}", f"it cannot be read ({failure})") from None
        yield entry


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found
