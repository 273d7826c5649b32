"""How records look outside: without keys, with JSON documents as values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.errors import UnstorableValue
from platform_kit.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from data_access_lib.codec import Item

_STORAGE: Final = frozenset({"pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk", "ttl"})


def to_json(value: object) -> str:
    """A document as stored text, so that it comes back to the letter; UnstorableValue when it is not JSON."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        # Half a surrogate pair is legal JSON only in its escaped spelling.
        return text if _encodable(text) else json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        raise UnstorableValue("A document is not JSON.") from None


def pack(record: Mapping[str, object], documents: Iterable[str]) -> Item:
    """A record as it is stored: the named fields as JSON text, None as absence."""
    stored = {name: value for name, value in record.items() if value is not None}
    return stored | {name: to_json(stored[name]) for name in documents if name in stored}


def unpack(item: Mapping[str, Any], documents: Iterable[str]) -> Item:
    """The record of a stored item."""
    record = {name: value for name, value in item.items() if name not in _STORAGE}
    return record | {name: json.loads(record[name]) for name in documents if name in record}


def required(record: Item | None, kind: str) -> Item:
    """The record; NotFound when there is none."""
    if record is None:
        raise NotFound(f"There is no such {kind}.")
    return record


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
