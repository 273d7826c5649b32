"""The audit chain beside what it cannot do without: SHA-256 over the same bytes, one entry at a time.

Entries a second, in one process on one core.
"""

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from bench.measure import Result
from governance.audit.chain import Fields, Head, extend, walk
from governance.audit.entry import HASHED, canonical
from governance.audit.merkle import Frontier

ENTRIES: Final = 100_000
ROUNDS: Final = 5


def chain() -> list[Result]:
    """Appending in batches, verifying, and the tree over the entries."""
    fields = [_fields(number) for number in range(ENTRIES)]
    entries = extend(Head(), fields)
    blobs = [canonical({name: entry[name] for name in HASHED}) for entry in entries]
    floor = _rate(lambda: _hash(blobs))
    return [
        Result("audit: append in batches", "entries/s", _rate(lambda: _append(fields)), floor, higher_is_better=True),
        Result("audit: verify", "entries/s", _rate(lambda: _verify(entries)), floor, higher_is_better=True),
        Result("audit: tree of a checkpoint", "entries/s", _rate(lambda: _tree(entries)), floor, higher_is_better=True),
    ]


def _append(fields: list[Fields]) -> None:
    head = Head()
    for start in range(0, len(fields), 30):  # as many as one transaction takes
        made = extend(head, fields[start : start + 30])
        head = Head(made[-1]["seq"], made[-1]["hash"])


def _verify(entries: list[dict[str, Any]]) -> None:
    assert walk(entries, Head()).broken is None


def _tree(entries: list[dict[str, Any]]) -> None:
    assert Frontier().with_entries(entry["hash"] for entry in entries).count == len(entries)


def _hash(blobs: list[bytes]) -> None:
    for blob in blobs:
        sha256(blob).hexdigest()


def _rate(work: Callable[[], None]) -> float:
    """Entries a second of the quickest of some rounds."""
    spans: list[float] = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        spans.append(time.perf_counter() - begun)
    return round(ENTRIES / min(spans))


def _fields(number: int) -> Fields:
    run, actor = f"run_{number:032x}", f"act_{number % 97:024x}"
    return Fields("2026-03-04T05:06:07.890Z", actor, "tool.called", run, "allowed", f"{number:064x}")
