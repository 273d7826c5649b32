"""Appending to a chain, many entries at once, and finding the first place where one does not hold."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from json.encoder import encode_basestring as _quoted
from operator import itemgetter
from typing import Any, Final, NamedTuple

from governance.audit.entry import FIRST, entry_hash, is_entry

_KEPT_QUOTES: Final = 4096
_PARTS: Final = itemgetter("action", "actor", "decision", "detailHash", "prevHash", "seq", "target", "time", "hash")


class BreakKind(StrEnum):
    """What is wrong at the place that is named."""

    MALFORMED = "malformed"  # it is no entry
    ALTERED = "altered"  # its hash is not the hash of what it says
    UNLINKED = "unlinked"  # it names another entry before it than the one that is there
    OUT_OF_ORDER = "out_of_order"  # entries are missing, doubled or swapped before it
    DETAIL = "detail"  # its detail, salt or principal is not what was entered
    FOREIGN = "foreign"  # it was made in another tenant's chain
    TRUNCATED = "truncated"  # a checkpoint knows entries that are not there
    FORKED = "forked"  # a checkpoint knows another entry of this number
    CHECKPOINT = "checkpoint"  # a checkpoint itself does not hold


class Break(NamedTuple):
    """The first break: the number of the entry (0: no entry's), what kind of break, and why in a few words."""

    seq: int
    kind: BreakKind
    why: str


class Head(NamedTuple):
    """Where a chain ends: the number and the hash of its last entry."""

    seq: int = 0
    hash: str = FIRST


class Fields(NamedTuple):
    """What an entry says, without its place in a chain."""

    time: str
    actor: str
    action: str
    target: str
    decision: str
    detail_hash: str


class _Quotes(dict[str, str]):
    """Quoted JSON of texts that come again and again (actions, actors, decisions); bounded."""

    def __missing__(self, text: str) -> str:
        if len(self) >= _KEPT_QUOTES:
            self.clear()
        quoted = self[text] = _quoted(text)
        return quoted


def extend(head: Head, fields: Iterable[Fields]) -> list[dict[str, Any]]:
    """The entries that follow `head`, in order."""
    made: list[dict[str, Any]] = []
    seq, previous = head
    for one in fields:
        seq += 1
        entry: dict[str, Any] = {
            "seq": seq,
            "time": one.time,
            "actor": one.actor,
            "action": one.action,
            "target": one.target,
            "decision": one.decision,
            "detailHash": one.detail_hash,
            "prevHash": previous,
        }
        entry["hash"] = previous = entry_hash(entry)
        made.append(entry)
    return made


class Walk(NamedTuple):
    """How far entries hold: the head after the last that does, how many do, and why the next one does not."""

    head: Head | None
    held: int
    broken: Break | None


def walk(entries: Iterable[Mapping[str, Any]], head: Head | None = None) -> Walk:
    """Follow entries from `head`; None: wherever the first of them begins."""
    quotes = _Quotes()
    held = 0
    known, previous = head or (-1, "")
    for entry in entries:
        try:
            action, actor, decision, bound, before, seq, target, time, told = _PARTS(entry)
            if known < 0:
                known, previous = seq - 1, (before if seq > 1 else FIRST)
                _check_plain(previous)
            text = (
                f'{{"action":{quotes[action]},"actor":{quotes[actor]},"decision":{quotes[decision]}'
                f',"detailHash":{_quoted(bound)},"prevHash":"{before}"'
                f',"seq":{seq},"target":{_quoted(target)},"time":{_quoted(time)}}}'
            )
            right = seq == known + 1 and before == previous and sha256(text.encode()).hexdigest() == told
        except (KeyError, TypeError, ValueError):
            right = False
        if not right or type(seq) is not int:
            at = None if known < 0 or not held else Head(known, previous)
            return Walk(at or head, held, _broken(entry, at or head))
        known, previous = seq, told
        held += 1
    return Walk(None if known < 0 else Head(known, previous), held, None)


def first_break(entries: Iterable[Mapping[str, Any]], head: Head | None = None) -> Break | None:
    """The first break, or None."""
    return walk(entries, head).broken


def _check_plain(previous: str) -> None:
    """ValueError for what JSON would escape: no hash does, and the loop does not."""
    if _quoted(previous) != f'"{previous}"':
        raise ValueError("no hash")


def _broken(entry: Mapping[str, Any], head: Head | None) -> Break:
    """Why: found out apart from the loop, so that what holds costs nothing for it."""
    if not is_entry(entry):
        return Break(_number(entry, head), BreakKind.MALFORMED, "it is no entry of an audit log")
    seq = int(entry["seq"])
    if entry_hash(entry) != entry["hash"]:
        return Break(seq, BreakKind.ALTERED, "its hash is not the hash of what it says")
    if head is not None and seq != head.seq + 1:
        why = f"it comes after entry {head.seq}: entries are missing, doubled or out of order"
        return Break(seq, BreakKind.OUT_OF_ORDER, why)
    return Break(seq, BreakKind.UNLINKED, "it does not name the hash of the entry before it")


def _number(entry: Mapping[str, Any], head: Head | None) -> int:
    seq = entry.get("seq") if isinstance(entry, dict) else None
    return seq if type(seq) is int else (head.seq + 1 if head else 0)
