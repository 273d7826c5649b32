"""Which dead letters were done again: each is claimed first, so that two operators do not move it twice."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from platform_kit.clock import Clock, milliseconds, rfc3339
from platform_kit.ids import new_id

if TYPE_CHECKING:
    from data_access_lib.table import BoundedTable

LEASE: Final = timedelta(minutes=5)
RETENTION: Final = timedelta(days=15)
"""Longer than SQS keeps a message."""


class Claim(StrEnum):
    """What became of a claim."""

    MINE = "mine"
    OTHERS = "others"  # somebody moves it now, or died at it less than five minutes ago
    MOVED = "moved"


class DeadLetterMoves:
    """{queue, messageId, state: moving | moved, until (ms), claim, by, at}: one for each message ever moved."""

    def __init__(self, table: BoundedTable, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._mine: dict[keys.Key, str] = {}  # the name of the last claim that was had here: others have others

    def claim(self, queue: str, message_id: str, by: str) -> Claim:
        """Begin to move a message, unless somebody else does or it was moved already."""
        now = self._clock.now()
        key = keys.dead_letter_key(queue, message_id)
        item: dict[str, Any] = {
            **key._asdict(),
            "queue": queue,
            "messageId": message_id,
            "state": "moving",
            "until": milliseconds(now + LEASE),
            "claim": new_id("req"),
            "by": by,
            "at": rfc3339(now),
            "ttl": int((now + RETENTION).timestamp()),
        }
        free = attr("pk").absent() | (attr("state").eq("moving") & attr("until").lt(milliseconds(now)))
        try:
            self._table.put(item, condition=free)
        except ConditionFailed:
            held = self._table.get(key, consistent=True)
            return Claim.MOVED if held is not None and held["state"] == "moved" else Claim.OTHERS
        self._mine[key] = item["claim"]
        return Claim.MINE

    def moved(self, queue: str, message_id: str) -> None:
        """Say that a claimed message is where it is to go."""
        self._table.update(
            keys.dead_letter_key(queue, message_id), set_={"state": "moved"}, condition=attr("pk").exists()
        )

    def release(self, queue: str, message_id: str) -> None:
        """Give a claim up: the message was not moved. A claim that somebody else has by now stays theirs."""
        key = keys.dead_letter_key(queue, message_id)
        mine = attr("state").eq("moving") & attr("claim").eq(self._mine.get(key, ""))
        with contextlib.suppress(ConditionFailed):
            self._table.delete(key, condition=mine)
