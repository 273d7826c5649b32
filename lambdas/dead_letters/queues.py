"""Queues of dead letters, as SQS has them: what is looked at is hidden from others for a while, and shown again."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from data_access_lib.failures import store_failures
from lambdas.dead_letters.letters import Letter, read
from platform_kit.errors import NotFound
from platform_kit.observability import logger

HIDDEN_SECONDS: Final = 60
_MOST_AT_ONCE: Final = 10
SCHEDULES: Final = "schedules"
"""The subject of a time that Scheduler could not tell: the queue it was to go to."""
_SUFFIX: Final = "-dead-letters"
_COUNTS: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "MessageRetentionPeriod")


@dataclass(frozen=True)
class Counts:
    """How many messages can be received, how many are hidden, and how long SQS keeps them."""

    waiting: int
    hidden: int
    retention_seconds: int


@dataclass(frozen=True)
class DeadLetterBox:
    """The queues of a stage; `sqs` makes a client. `dead` and `retried` are their names without the stage.

    No other queue is touched.
    """

    sqs: Callable[[], Any]
    stage: str
    dead: tuple[str, ...]
    retried: tuple[str, ...]
    _urls: dict[str, str] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """How operators call them: `workflow` for `workflow-dead-letters`."""
        return tuple(name.removesuffix(_SUFFIX) for name in self.dead)

    def counts(self, queue: str) -> Counts:
        """How full it is; NotFound."""
        url = self._dead(queue)
        with store_failures():
            told: Mapping[str, str] = self.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS)[
                "Attributes"
            ]
        waiting, hidden, kept = (int(told[name]) for name in _COUNTS)
        return Counts(waiting, hidden, kept)

    @contextmanager
    def taken(self, queue: str) -> Iterator["Taken"]:
        """Messages to look at; those that are not removed can be received again when this ends."""
        taken = Taken(self.sqs(), self._dead(queue))
        try:
            yield taken
        finally:
            taken.put_back()

    def source(self, letter: Letter) -> str | None:
        """The address of the queue that a letter was in before; None when it is none of ours."""
        name = letter.subject.removeprefix(f"ambit-{self.stage}-")
        ours = name != letter.subject or letter.subject == SCHEDULES
        return self._url(name) if name in self.retried and ours else None

    def _dead(self, queue: str) -> str:
        if queue + _SUFFIX not in self.dead:
            raise NotFound(f"There is no such queue of dead letters. There are: {', '.join(self.names())}.")
        return self._url(queue + _SUFFIX)

    def _url(self, name: str) -> str:
        if name not in self._urls:
            with store_failures():
                self._urls[name] = self.sqs().get_queue_url(QueueName=f"ambit-{self.stage}-{name}")["QueueUrl"]
        return self._urls[name]


@dataclass
class Taken:
    """Messages that this process has received, and nobody else sees for a minute."""

    sqs: Any
    url: str
    held: dict[str, Letter] = field(default_factory=dict)

    def receive(self, most: int) -> list[Letter]:
        """At most so many more; none when there are none to receive."""
        with store_failures():
            answer = self.sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=min(most, _MOST_AT_ONCE),
                VisibilityTimeout=HIDDEN_SECONDS,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        letters = [read(message) for message in answer.get("Messages", [])]
        self.held |= {letter.message_id: letter for letter in letters}
        return letters

    def remove(self, letter: Letter) -> None:
        """Take a message out of the queue for good."""
        with store_failures():
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)
        self.held.pop(letter.message_id, None)

    def put_back(self) -> None:
        """Let what is still held be received again at once; what cannot be told so comes back within a minute."""
        for letter in self.held.values():  # not as a batch: the local endpoint has an action of its own for that
            try:
                self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)
            except Exception:  # noqa: BLE001 - what was done meanwhile is to be told, and it comes back by itself
                logger().warning("a dead letter could not be put back", message_id=letter.message_id, exc_info=True)
        self.held.clear()
