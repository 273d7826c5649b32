"""An entry of an audit chain and the hashes that bind it.

    entry = {seq, time, actor, action, target, decision, detailHash, prevHash, hash}

`hash` is the SHA-256 of the other fields in canonical JSON (names sorted, no spaces, UTF-8); `prevHash` the hash of the
entry before it. What an entry is about in full is kept apart and bound by a salted hash.
"""

import hashlib
import json
from collections.abc import Mapping
from hashlib import sha256
from json.encoder import encode_basestring as _quoted
from typing import Any, Final

HASHED: Final = ("seq", "time", "actor", "action", "target", "decision", "detailHash", "prevHash")
FIELDS: Final = (*HASHED, "hash")
TEXTS: Final = tuple(name for name in HASHED if name != "seq")
FIRST: Final = "0" * 64
"""What the first entry of a chain names as the one before it."""
MOST_SEQ: Final = 999_999_999_999


def canonical(value: object) -> bytes:
    """JSON with sorted names and no spaces, in UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(entry: Mapping[str, Any]) -> bytes:
    """The 32 bytes of the hash an entry must carry: of its canonical JSON, written out since this is the hot loop."""
    text = (
        f'{{"action":{_quoted(entry["action"])},"actor":{_quoted(entry["actor"])}'
        f',"decision":{_quoted(entry["decision"])},"detailHash":{_quoted(entry["detailHash"])}'
        f',"prevHash":{_quoted(entry["prevHash"])},"seq":{entry["seq"]}'
        f',"target":{_quoted(entry["target"])},"time":{_quoted(entry["time"])}}}'
    )
    return sha256(text.encode()).digest()


def entry_hash(entry: Mapping[str, Any]) -> str:
    """The hash an entry must carry."""
    return digest_of(entry).hex()


def is_entry(value: object) -> bool:
    """Whether something has the fields of an entry, each of its type: text, and a number that counts from 1."""
    if not isinstance(value, dict) or type(value.get("seq")) is not int or not 0 < value["seq"] <= MOST_SEQ:
        return False
    return all(type(value.get(name)) is str and _encodable(value[name]) for name in (*TEXTS, "hash"))


def detail_hash(salt: str, detail: str) -> str:
    """What binds a detail (as stored: canonical JSON text) to its entry."""
    return hashlib.sha256(f"{salt}\n{detail}".encode()).hexdigest()


def pseudonym(owner: str, principal_id: str) -> str:
    """How a principal is named in an owner's chain: the same every time, and another in another owner's."""
    return "act_" + hashlib.sha256(f"{owner}\n{principal_id}".encode()).hexdigest()[:24]


def _encodable(text: str) -> bool:
    """Whether the text is one of Unicode's: half of a surrogate pair has no bytes to hash."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)
