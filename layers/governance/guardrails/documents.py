"""Scanning JSON: every text, key and large number in it, within bounds.

All of it is scanned in one go, a key before its value, so that `{"phone": "4155552671"}` is understood as it is meant.
"""

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from governance.guardrails.classes import Action
from governance.guardrails.detector import Match
from governance.guardrails.folding import Folded, fold
from governance.guardrails.policy import GuardrailPolicy
from governance.guardrails.scanning import MAX_TEXT, Fault, Finding, clean, find

MAX_DEPTH: Final = 32
MAX_VALUES: Final = 10_000
_AFTER_KEY, _AFTER_VALUE = "\x1f", "\x1e"
_SHORTEST_NUMBER: Final = 7


@dataclass(frozen=True, slots=True)
class JsonScan:
    """What came of a JSON value; `value` is None when it was blocked. A number that is masked becomes a text."""

    value: Any
    findings: tuple[Finding, ...] = ()
    blocked: bool = False
    fault: Fault | None = None


class _Unfit(Exception):
    """A value that is not scanned: too large, or no JSON."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class _Slot:
    """A text in the document: its JSON Pointer, and what stands behind it where all texts are put together."""

    path: str
    text: str
    end: str


def scan_json(value: Any, policy: GuardrailPolicy) -> JsonScan:
    """The findings in a JSON value, and the value as the policy lets it pass. Whatever goes wrong blocks; never raises.

    At most 32 deep, 10 000 values and 1 048 576 characters. Positions are those within a text, or of a number as JSON.
    """
    try:
        return _scan(value, policy)
    except _Unfit as unfit:
        return JsonScan(None, blocked=True, fault=unfit.fault)
    except Exception:  # noqa: BLE001 - a detector that fails must not let the value through
        return JsonScan(None, blocked=True, fault=Fault.DETECTOR)


def _scan(value: Any, policy: GuardrailPolicy) -> JsonScan:
    slots = _bounded(_slots(value, "", 0))
    starts, whole = _joined(slots)
    folded = fold(whole)
    cleaned = {slot.path + slot.end: slot.text for slot in slots}
    findings: list[Finding] = []
    for number, found in _by_slot(find(folded.data, 0, policy), folded, starts):
        text, more = _cleaned(slots[number], starts[number], found, folded, whole, policy)
        cleaned[slots[number].path + slots[number].end] = text
        findings += more
    if any(finding.action is Action.BLOCK for finding in findings):
        return JsonScan(None, tuple(findings), blocked=True)
    changed = any(finding.action is not Action.ALLOW for finding in findings)
    return JsonScan(_rebuilt(value, "", cleaned) if changed else value, tuple(findings))


def _cleaned(
    slot: _Slot, start: int, found: Sequence[Match], folded: Folded, whole: str, policy: GuardrailPolicy
) -> tuple[str, list[Finding]]:
    """A slot's text with replacements; its findings with positions in it."""
    end = start + len(slot.text)
    if any(folded.origin(match.start) < start or folded.origin(match.end - 1) >= end for match in found):
        raise _Unfit(Fault.DETECTOR)
    text, findings = clean(whole[:end], folded, found, policy, -start, -start)
    return text[start:], [replace(finding, path=slot.path) for finding in findings]


def _by_slot(found: Sequence[Match], folded: Folded, starts: Sequence[int]) -> Iterator[tuple[int, list[Match]]]:
    """Findings by the number of the slot in which they begin."""
    groups: dict[int, list[Match]] = {}
    for match in found:
        groups.setdefault(bisect_right(starts, folded.origin(match.start)) - 1, []).append(match)
    yield from groups.items()


def _joined(slots: Sequence[_Slot]) -> tuple[list[int], str]:
    """Where each slot begins, and all of them together; what sets them apart stands in none of them."""
    starts: list[int] = []
    parts: list[str] = []
    length = 0
    for slot in slots:
        starts.append(length)
        parts += slot.text.replace(_AFTER_KEY, " ").replace(_AFTER_VALUE, " "), slot.end
        length += len(slot.text) + 1
    return starts, "".join(parts)


def _bounded(slots: Iterator[_Slot]) -> list[_Slot]:
    taken: list[_Slot] = []
    size = 0
    for slot in slots:
        taken.append(slot)
        size += len(slot.text) + 1
        if len(taken) > 2 * MAX_VALUES:
            raise _Unfit(Fault.TOO_MANY)
        if size > MAX_TEXT:
            raise _Unfit(Fault.TOO_LARGE)
    return taken


def _slots(value: Any, path: str, depth: int) -> Iterator[_Slot]:
    """Texts, keys and numbers in the order in which they stand; _Unfit for what is too deep or no JSON."""
    if depth > MAX_DEPTH:
        raise _Unfit(Fault.TOO_DEEP)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise _Unfit(Fault.NOT_JSON)
            yield _Slot(_below(path, key), key, _AFTER_KEY)
            yield from _slots(inner, _below(path, key), depth + 1)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _slots(inner, _below(path, str(number)), depth + 1)
    else:
        yield _Slot(path, _shown(value), _AFTER_VALUE)


def _shown(value: Any) -> str:
    """A text, or a number that is long enough to be somebody's; "" for what can hide nothing."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return ""
    if not isinstance(value, int | float):
        raise _Unfit(Fault.NOT_JSON)
    shown = json.dumps(value)
    return shown if len(shown) >= _SHORTEST_NUMBER else ""


def _rebuilt(value: Any, path: str, cleaned: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        renamed = {
            cleaned[_below(path, key) + _AFTER_KEY]: _rebuilt(inner, _below(path, key), cleaned)
            for key, inner in value.items()
        }
        if len(renamed) < len(value):  # two keys were masked alike: which of them was which is not to be guessed
            raise _Unfit(Fault.TOO_MANY)
        return renamed
    if isinstance(value, list | tuple):
        return [_rebuilt(inner, _below(path, str(number)), cleaned) for number, inner in enumerate(value)]
    text = cleaned[path + _AFTER_VALUE]
    return value if text == _shown(value) else text


def _below(path: str, name: str) -> str:
    return f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
