"""Messages of the queue of deliveries, as SQS hands them to a function."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from governance.dead_letters import LETTER
from governance.webhooks.messages import Dispatch


@dataclass(frozen=True, slots=True)
class Received:
    """A message: its id in the queue, what it asks for, and whether it was handed out before.

    One that was a dead letter was, although the queue that it was put back in counts anew.
    """

    message_id: str
    dispatch: Dispatch
    again: bool

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """From a record; ValueError for one that asks for nothing we know."""
        times = int((record.get("attributes") or {}).get("ApproximateReceiveCount") or 1)
        again = times > 1 or LETTER in (record.get("messageAttributes") or {})
        return cls(str(record["messageId"]), Dispatch.read(str(record["body"])), again)
