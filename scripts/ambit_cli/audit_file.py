"""Checks an exported audit log by itself, offline: every hash, every link, every detail, and what checkpoints signed.

What is not in the file cannot be seen to be missing unless a checkpoint knows of it: entries before the file's first,
and after the last checkpoint.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any, Final

from governance.audit import verification
from governance.audit.chain import BreakKind
from governance.audit.entry import HASHED
from scripts.ambit_cli.public_keys import verifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from governance.audit.checkpoint import Checkpoint
    from governance.audit.verification import Verdict

_REQUIRED: Final = (*HASHED, "hash")
_KNOWN: Final = frozenset({*_REQUIRED, "detail", "salt", "principalId"})
_SEQ: Final = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)


class Broken(Exception):
    """The first thing wrong: `where` is an entry's number, a checkpoint or a line; `kind` is a BreakKind."""

    def __init__(self, where: str, why: str, kind: BreakKind = BreakKind.MALFORMED) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why
        self.kind = kind


def verify(
    paths: Iterable[Path],
    *,
    checkpoints: Sequence[Path] = (),
    keys: Sequence[Path] = (),
    tenant: str | None = None,
) -> Verdict:
    """Check files that follow each other; Broken names the first entry that does not hold."""
    try:
        log = verification.Log(_trusted(checkpoints, keys, tenant), tenant=tenant)
        for path in paths:
            log.take(_read(path))
        return log.end()
    except verification.Broken as broken:
        found = broken.found
        where = "the checkpoints" if found.kind is BreakKind.CHECKPOINT and not found.seq else f"entry {found.seq}"
        raise Broken(where, found.why, found.kind) from None


def _trusted(checkpoints: Sequence[Path], keys: Sequence[Path], tenant: str | None) -> list[Checkpoint]:
    values = [value for path in checkpoints for value in _jsonl(_text(path))]
    return verification.trusted(values, verifier([path.read_bytes() for path in keys]), tenant=tenant)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig")  # not read_text: it would change the line ends inside cells


def _read(path: Path) -> Iterator[dict[str, Any]]:
    text = _text(path)
    rows = _csv(text) if text.startswith("seq,") else _jsonl(text)
    for number, entry in enumerate(rows, start=1):
        where = f"{path.name}, entry no. {number}"
        if not isinstance(entry, dict) or not all(name in entry for name in _REQUIRED):
            raise Broken(where, "it is no entry of an audit log")
        if not entry.keys() <= _KNOWN:
            raise Broken(where, "it has a field that no entry has")
        if type(entry["seq"]) is not int or entry["seq"] < 1:
            raise Broken(where, "its number is none")
        _check_parts(entry, where)
        yield entry


def _check_parts(entry: dict[str, Any], where: str) -> None:
    """Detail, salt and principal come together, or none of them does."""
    detail = entry.get("detail", {})
    if not isinstance(detail, dict):
        raise Broken(where, "its detail is none")
    if ("detail" in entry) != ("salt" in entry) or (detail.get("principalId") is not None) != ("principalId" in entry):
        raise Broken(where, "it has a part of its detail and not the rest")


def _jsonl(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield json.loads(line, object_pairs_hook=_once)
            except (ValueError, RecursionError) as failure:
                raise Broken(f"line {number}", f"it is not JSON ({failure})") from None


def _csv(text: str) -> Iterator[dict[str, Any]]:
    # An apostrophe before a cell keeps spreadsheets from calculating it; it is no part of the value.
    for row in csv.DictReader(io.StringIO(text, newline="")):
        cells = {str(name): str(cell or "").removeprefix("'") for name, cell in row.items()}
        entry: dict[str, Any] = {name: cell for name, cell in cells.items() if cell or name in _REQUIRED}
        try:
            entry["seq"] = _number(cells.get("seq", ""))
            if "detail" in entry:
                entry["detail"] = json.loads(entry["detail"], object_pairs_hook=_once)
        except (ValueError, RecursionError) as failure:
            raise Broken(f"entry {cells.get('seq')}", f"it cannot be read ({failure})") from None
        yield entry


def _number(text: str) -> int:
    """As we write it; `int` would take spaces, underscores and other alphabets' digits."""
    if not _SEQ.fullmatch(text):
        raise ValueError("no number")
    return int(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found
