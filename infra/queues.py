"""The register of queues: their alarms, and what operators may do with dead letters, are made from it.

A queue that is not here cannot be made (`infra.constructs.queue_with_dlq`), so none is without an alarm or out of the
reach of `ambit dlq`.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

Entry = TypeVar("Entry")
_SUFFIX: Final = "-dead-letters"


class UnregisteredQueueError(Exception):
    """A queue that nobody would watch."""


@dataclass(frozen=True)
class DeadLetters:
    """A queue `ambit-<stage>-<name>-dead-letters`; `alarm` names its runbook, `meaning` says what waits there."""

    name: str
    meaning: str = "Work that could not be done is waiting for a person."
    alarm: str = "dead-letters"

    @property
    def queue(self) -> str:
        """The queue's name without its stage."""
        return self.name + _SUFFIX


@dataclass(frozen=True)
class Retried:
    """A queue `ambit-<stage>-<queue>` that a function takes messages of; one older than `late` seconds is too late."""

    queue: str
    late: int = 900
    alarm: str = "queue-backlog"


DEAD_LETTERS: Final = (
    DeadLetters("workflow"),
    DeadLetters("schedules", "Times of schedules were not seen to: runs did not begin."),
    DeadLetters("audit", "Acts of runs are set aside that no audit log holds.", "audit-unsequenced"),
    DeadLetters("event", "What happened could not be told: no webhook and no bus has it.", "events-untold"),
    DeadLetters("webhook", "Deliveries to webhooks could not be attempted.", "webhook-dead-letters"),
)
"""Where what could not be done waits."""

RETRIED: Final = (
    Retried("quarantines"),
    Retried("schedules", 300, "scheduler-backlog"),
    Retried("webhook-deliveries", 1_800),  # an attempt is kept back for a quarter of an hour at most
)
"""Queues whose messages are tried again before they become dead letters."""


def dead_letters_named(queue: str) -> DeadLetters:
    """The entry of a queue of dead letters; UnregisteredQueueError."""
    return _found(queue, {entry.queue: entry for entry in DEAD_LETTERS}, "DEAD_LETTERS")


def retried_named(queue: str) -> Retried:
    """The entry of a queue that is retried; UnregisteredQueueError."""
    return _found(queue, {entry.queue: entry for entry in RETRIED}, "RETRIED")


def _found(queue: str, known: dict[str, Entry], register: str) -> Entry:
    if queue not in known:
        raise UnregisteredQueueError(f"the queue {queue!r} has no line in {register} of infra/queues.py")
    return known[queue]
