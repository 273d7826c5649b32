"""Dead letters as the API shows them, and what operators ask about them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from governance.incident_models import Sentence
from platform_kit.fields import printable
from platform_kit.models import ApiModel, ApiReply

MessageId = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)]
Result = Literal["moved", "already_moved", "in_progress", "not_redrivable", "failed", "not_found", "purged"]


class DeadLetterQueueReply(ApiReply):
    """A queue. `waiting` can be received, `hidden` was received just now; both approximate, as SQS counts them."""

    name: str
    waiting: int
    hidden: int
    retention_seconds: int


class DeadLetterQueues(ApiReply):
    """All queues of dead letters."""

    queues: list[DeadLetterQueueReply]


class LetterReply(ApiReply):
    """One message. `fields` are the parts of its body that are ids, names or numbers; `withheld` counts the others.

    `subject` is what failed, `reason` the word for why; `digest` is the SHA-256 of the body.
    """

    message_id: str
    origin: str
    subject: str
    reason: str
    sent_at: str
    age_seconds: int
    receives: int
    redrivable: bool
    tenant_id: str | None = None
    fields: dict[str, str]
    withheld: int
    digest: str


class Letters(ApiReply):
    """Some of a queue's messages. `more` when there are others."""

    queue: str
    items: list[LetterReply]
    more: bool


class Redrive(ApiModel):
    """Which messages are done again: those named, or all. `sentBefore` leaves out what failed again since."""

    message_ids: Annotated[list[MessageId], Field(min_length=1, max_length=100)] | None = None
    sent_before: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class Purge(ApiModel):
    """Which messages are removed for good, and why. `confirm` is the queue's name once more."""

    reason: Sentence
    confirm: Annotated[str, Field(max_length=100)]
    message_ids: Annotated[list[MessageId], Field(min_length=1, max_length=100)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class LetterOutcome(ApiReply):
    """What became of one message."""

    message_id: str
    result: Result
    detail: str | None = None


class Outcomes(ApiReply):
    """What became of the messages that were looked at; `waiting` is about how many the queue holds now."""

    queue: str
    items: list[LetterOutcome]
    done: int
    waiting: int
