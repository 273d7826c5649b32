"""What a dead letter is: where it comes from, what went wrong, and what of it an operator is shown.

A message may hold what belongs to a tenant. So nothing of a body is shown but fields that are named here, and of those
only values that are ids, names and numbers: what has a space in it is a text, and stays where it is.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from data_access_lib import keys
from governance.dead_letters import STEPS
from platform_kit.clock import from_milliseconds

SHOWN: Final = frozenset(
    {
        *("tenantId", "runId", "jobId", "sessionId", "agent", "versionId", "evaluationId", "operationId", "eventId"),
        *("scheduleId", "webhookId", "deliveryId", "principalId", "step", "type", "place", "reason", "scheduledFor"),
        *("executionArn", "stateMachineArn", "functionArn", "streamArn", "shardId", "startSequenceNumber"),
        *("endSequenceNumber", "batchSize", "condition", "status", "source", "detail-type", "time", "name", "error"),
        *("errorType", "functionError", "startDate", "stopDate", "approximateInvokeCount"),
    }
)
"""The fields of a body that are shown, wherever in it they are."""
_VALUE: Final = re.compile(r"[A-Za-z0-9_.:/#$,+-]{1,512}", re.ASCII)
_DEEPEST: Final = 8
_MOST_FIELDS: Final = 40
_QUEUE: Final = "DeadLetterQueueSourceArn"
_BATCHES: Final = ("DDBStreamBatchInfo", "KinesisBatchInfo")

Body = Mapping[str, Any]


class Origin(StrEnum):
    """What could not be done: it says how it is done again."""

    QUEUE = "queue"  # a consumer failed at the message five times
    EXECUTION = "execution"  # a workflow's execution ended badly
    STEP = "step"  # a function that a rule invokes failed three times, or could not be invoked
    STREAM = "stream"  # records of a stream that its consumer failed at
    RECORD = "record"  # one record of a run that the sequencer set aside
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Letter:
    """A message as it was received. `subject` is what failed: a queue, an execution's ARN, a function, a run."""

    message_id: str
    body: str
    attributes: Mapping[str, str]
    sent_at: datetime
    receives: int
    receipt: str
    origin: Origin
    subject: str
    reason: str
    content: Body = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the body, in hex."""
        return sha256(self.body.encode()).hexdigest()

    @property
    def payload(self) -> Body:
        """What a function was asked for: the content, without what Lambda puts around it."""
        within = self.content.get("requestPayload")
        return within if isinstance(within, Mapping) else self.content

    def shown(self) -> tuple[dict[str, str], int]:
        """The fields that may be shown, by their path, and how many others there are."""
        fields: dict[str, str] = {}
        withheld = 0
        for path, name, value in _leaves(self.content):
            text = str(value)
            if name in SHOWN and _VALUE.fullmatch(text) and len(fields) < _MOST_FIELDS:
                fields[path] = text
            else:
                withheld += 1
        return fields, withheld

    @property
    def tenant_id(self) -> str | None:
        """Whose it is, when it says so."""
        fields, _ = self.shown()
        told = next((value for path, value in fields.items() if path.rpartition(".")[2] == "tenantId"), None)
        return told or (self.run[0] if self.run else None)

    @property
    def run(self) -> tuple[str, str] | None:
        """Tenant and run of a record that was set aside."""
        return keys.run_of_event(str(self.content.get("place", "")))


def read(message: Mapping[str, Any]) -> Letter:
    """A message as SQS hands it over, with all its attributes. Whatever its body is, it is a letter."""
    system = message.get("Attributes", {})
    given = {name: str(held.get("StringValue", "")) for name, held in message.get("MessageAttributes", {}).items()}
    body = str(message["Body"])
    content = _parsed(body)
    origin, subject = _from(content, system, given)
    return Letter(
        message_id=str(message["MessageId"]),
        body=body,
        attributes=given,
        sent_at=from_milliseconds(int(system.get("SentTimestamp", 0))),
        receives=int(system.get("ApproximateReceiveCount", 0)),
        receipt=str(message["ReceiptHandle"]),
        origin=origin,
        subject=subject,
        reason=_reason(content, given, origin),
        content=content,
    )


def _parsed(body: str) -> Body:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _from(  # noqa: PLR0911 - an origin a line
    content: Body, system: Mapping[str, str], given: Mapping[str, str]
) -> tuple[Origin, str]:
    detail, asked = content.get("detail"), content.get("requestPayload", content)
    if _QUEUE in system:
        return Origin.QUEUE, system[_QUEUE].rpartition(":")[2]
    if isinstance(detail, Mapping) and _is_value(detail.get("executionArn")):
        return Origin.EXECUTION, str(detail["executionArn"])
    if any(name in content for name in _BATCHES):
        return Origin.STREAM, _function_of(content)
    if keys.run_of_event(str(content.get("place", ""))):
        return Origin.RECORD, str(content["place"])
    if {"scheduleId", "scheduledFor"} <= content.keys():
        return Origin.QUEUE, "schedules"  # Scheduler could not reach the queue that it is to go to
    step = asked.get("step") if isinstance(asked, Mapping) else None
    if isinstance(step, str) and step in STEPS:
        return Origin.STEP, STEPS[step]
    return Origin.UNKNOWN, given.get("TARGET_ARN", "") if _is_value(given.get("TARGET_ARN")) else ""


def _function_of(content: Body) -> str:
    """The name of the function that a record of Lambda's is about: the ARN's, without a qualifier."""
    context = content.get("requestContext")
    arn = str(context.get("functionArn", "")) if isinstance(context, Mapping) else ""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 and _is_value(parts[6]) else ""  # noqa: PLR2004 - arn:aws:lambda:R:A:function:NAME


def _reason(content: Body, given: Mapping[str, str], origin: Origin) -> str:
    """A word, never a sentence: what an error says of itself may repeat what a tenant sent."""
    detail, answer, context = (content.get(name) for name in ("detail", "responsePayload", "requestContext"))
    told = (
        given.get("ERROR_CODE"),
        given.get("ErrorCode"),
        detail.get("error") if isinstance(detail, Mapping) else None,
        detail.get("status") if isinstance(detail, Mapping) else None,
        answer.get("errorType") if isinstance(answer, Mapping) else None,
        context.get("condition") if isinstance(context, Mapping) else None,
        content.get("reason"),
    )
    found = next((str(word) for word in told if _is_value(word)), None)
    return found or ("ReceivedTooOften" if origin is Origin.QUEUE else "Unknown")


def _is_value(value: object) -> bool:
    return isinstance(value, str) and bool(_VALUE.fullmatch(value))


def _leaves(value: object, path: str = "", name: str = "", depth: int = 0) -> Iterator[tuple[str, str, object]]:
    """Path, name and value of everything that is no container; JSON within a text is looked into."""
    if isinstance(value, str) and value[:1] == "{":
        value = _parsed(value) or value
    if isinstance(value, Mapping) and depth < _DEEPEST:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key), str(key), depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{index}", name, depth + 1)
    else:
        yield path, name, value
