"""The lines of an export and the parts they are gathered in: JSON, one line each, a SHA-256 for each part.

    {"table": "runs", "item": {…}}                                       an item in DynamoDB's own JSON, bytes in base64
    {"object": "files/…", "bytes": 9, "type": "text/csv", "offset": 0, "data": "…"}     part of an object, in base64

An object's key stands without the tenant's root, an item's attributes without secrets.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from data_access_lib.codec import encode_item
from data_access_lib.inventory import SECRETS

PART_BYTES: Final = 8 * 1024 * 1024
"""A part is closed when it has this many bytes: it may be larger by one page of items or one piece of an object."""


class Part:
    """Lines on their way into one part."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self.bytes = 0

    @property
    def lines(self) -> int:
        """How many there are."""
        return len(self._lines)

    @property
    def full(self) -> bool:
        """Whether it is time to write it."""
        return self.bytes >= PART_BYTES

    def add(self, line: Mapping[str, Any]) -> None:
        """One more line."""
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=False, default=_bytes).encode() + b"\n"
        self._lines.append(text)
        self.bytes += len(text)

    def body(self) -> bytes:
        """All lines."""
        return b"".join(self._lines)


def item_line(table: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as a line, without what no export shows."""
    return {"table": table, "item": encode_item({name: item[name] for name in item if name not in SECRETS})}


def object_line(name: str, total: int, content_type: str, offset: int, data: bytes) -> dict[str, Any]:
    """A piece of an object as a line."""
    told = {"object": name, "bytes": total, "type": content_type, "offset": offset}
    return {**told, "data": base64.b64encode(data).decode()}


def digest(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def part_name(number: int) -> str:
    """What the part of this number, from 1, is called."""
    return f"part-{number:06d}.jsonl"


def _bytes(value: object) -> str:
    """Bytes, the one thing in DynamoDB's JSON that JSON has no word for."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is not JSON")
