"""What goes out: events to the stage's bus, deliveries to their queue, and to Scheduler what it may forget."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.errors import StoreUnavailable
from data_access_lib.failures import code_of, store_failures
from governance.events import PlatformEvent, cloud_event
from platform_kit.clock import Clock, milliseconds, parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from governance.webhooks.messages import Dispatch

SOURCE: Final = "ambit"
_ABSENT: Final = "ResourceNotFoundException"
_BATCH: Final = 10  # as many as EventBridge takes at once


@dataclass(frozen=True)
class EventBus:
    """The stage's bus; `client` gives EventBridge's."""

    client: Callable[[], Any]
    name: str

    def put(self, events: Sequence[PlatformEvent]) -> None:
        """Put events on the bus; StoreUnavailable when it did not take all of them."""
        for chunk in _chunks(events):
            entries = [self._entry(event) for event in chunk]
            with store_failures():
                answer = self.client().put_events(Entries=entries)
            if answer.get("FailedEntryCount"):
                raise StoreUnavailable

    def _entry(self, event: PlatformEvent) -> dict[str, Any]:
        detail = json.dumps(cloud_event(event), ensure_ascii=False, separators=(",", ":"))
        return {
            "EventBusName": self.name,
            "Source": SOURCE,
            "DetailType": event.type,
            "Time": parse_rfc3339(event.time),
            "Detail": detail,
        }


@dataclass(frozen=True)
class DispatchQueue:
    """The queue of deliveries; `client` gives SQS's."""

    client: Callable[[], Any]
    url: str
    clock: Clock

    def send(self, dispatches: Sequence[Dispatch]) -> None:
        """Queue attempts, each kept back until it is due or a quarter of an hour. StoreUnavailable.

        The message group is the endpoint: SQS gives a queue's endpoints their turn alike (AWS: fair queues).
        """
        now = milliseconds(self.clock.now())
        for one in dispatches:
            with store_failures():
                self.client().send_message(
                    QueueUrl=self.url,
                    MessageBody=one.body(),
                    DelaySeconds=one.delay_seconds(now),
                    MessageGroupId=one.webhook_id,
                )


def forget_schedule(scheduler: Any, group: str, schedule_id: str) -> None:
    """Have Scheduler tell no time of a schedule any more; nothing happens when it knows it no more."""
    from botocore.exceptions import ClientError

    try:
        with store_failures():
            scheduler.delete_schedule(GroupName=group, Name=schedule_id)
    except ClientError as failure:
        if code_of(failure) != _ABSENT:
            raise


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))
