"""Identifiers: a prefix that says what it names, then a UUIDv7 (RFC 9562) in lower-case hex, so ids sort by time."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Final

import uuid_utils

PREFIXES: Final = frozenset(
    "run job ses key tpl ver ins pol apr whk dlv evt evl inc bud sch usr fil aud opn req awc inv ksw brk".split()  # noqa: SIM905 - a list of words reads best as words
) | {"crt", "pra", "bgp", "can", "rpl"}
_ID: Final = re.compile(r"^([a-z]{3})_[0-9a-f]{32}$")


def new_id(prefix: str) -> str:
    """A fresh id such as `run_0192…`; `prefix` must be one of `PREFIXES` (ValueError otherwise)."""
    if prefix not in PREFIXES:
        raise ValueError(f"unknown id prefix: {prefix!r}")
    return f"{prefix}_{uuid_utils.uuid7().hex}"


def id_at(prefix: str, moment: datetime) -> str:
    """The first id of a moment: always the same one, for what there is one of at a time."""
    return f"{prefix}_{int(moment.timestamp() * 1000):012x}70008000000000000000"


def id_of(prefix: str, milliseconds: int, name: str) -> str:
    """The id of what is named so at a moment (milliseconds since the epoch): always the same one."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{prefix}_{milliseconds:012x}7{digest[:3]}8{digest[3:18]}"


def made_at(value: str) -> datetime | None:
    """When an id was made, to the millisecond: a UUIDv7 begins with it (RFC 9562 §5.7). None for what is no id."""
    if not _ID.fullmatch(value):
        return None
    try:
        return datetime.fromtimestamp(int(value[4:16], 16) / 1000, UTC)
    except (OverflowError, ValueError):  # beyond the year 9999: nothing that we made
        return None


def is_id(value: str, prefix: str) -> bool:
    """Whether `value` has the form of an id with this prefix."""
    match = _ID.fullmatch(value)
    return match is not None and match.group(1) == prefix
