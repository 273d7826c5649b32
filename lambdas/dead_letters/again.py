"""How each kind of dead letter is done again. Every way may be gone twice: its consumer knows what it did already."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.failures import code_of, store_failures
from governance.dead_letters import ACTS, FACTS, LETTER, SOURCE, STEP
from lambdas.dead_letters.letters import Letter, Origin
from lambdas.dead_letters.queues import DeadLetterBox

_GOING_ON: Final = frozenset({"RUNNING", "SUCCEEDED", "PENDING_REDRIVE"})
_READ_AGAIN: Final = {"sequencer": ACTS, "event_publisher": FACTS}
_BATCH: Final = "DDBStreamBatchInfo"
_MOST_ATTRIBUTES: Final = 9  # SQS takes ten, and one is ours

Sender = Callable[[str], Any]


class NotRedrivable(Exception):
    """It cannot be done again from here; the text says what else helps. No word of the message is in it."""


@dataclass(frozen=True)
class Again:
    """`client` makes clients of AWS services; `box` knows the queues."""

    client: Sender
    box: DeadLetterBox
    stage: str

    def can(self, letter: Letter) -> bool:
        """Whether there is a way for it at all."""
        if letter.origin is Origin.EXECUTION:
            return self._is_ours(letter.subject)
        if letter.origin is Origin.QUEUE:
            return self.box.source(letter) is not None
        if letter.origin is Origin.STREAM:
            return self._short(letter.subject) in {*_READ_AGAIN, "evaluations"}
        return letter.origin is not Origin.UNKNOWN

    def do(self, letter: Letter) -> None:
        """Have it done again. NotRedrivable, or what the service raised."""
        ways: Mapping[Origin, Callable[[Letter], None]] = {
            Origin.QUEUE: self._send_back,
            Origin.EXECUTION: self._go_on,
            Origin.STEP: self._ask_again,
            Origin.STREAM: self._read_again,
            Origin.RECORD: self._catch_up,
        }
        if not self.can(letter) or letter.origin not in ways:
            raise NotRedrivable("Nothing here knows what to do with it: look at it, see to it, and purge it.")
        ways[letter.origin](letter)

    def _send_back(self, letter: Letter) -> None:
        """To the queue that it was in, as it was; the id lets a consumer's log be matched with the letter."""
        kept = dict(list(letter.attributes.items())[:_MOST_ATTRIBUTES]) | {LETTER: letter.message_id}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in kept.items() if value}
        with store_failures():
            self.client("sqs").send_message(
                QueueUrl=self.box.source(letter), MessageBody=letter.body, MessageAttributes=attributes
            )

    def _go_on(self, letter: Letter) -> None:
        """Step Functions goes on where the execution stopped; one that goes on already needs nothing."""
        from botocore.exceptions import ClientError

        states = self.client("stepfunctions")
        try:
            with store_failures():
                if states.describe_execution(executionArn=letter.subject)["status"] in _GOING_ON:
                    return
                states.redrive_execution(executionArn=letter.subject)
        except ClientError as failure:
            if code_of(failure) not in {"ExecutionDoesNotExist", "ExecutionNotRedrivable"}:
                raise
            raise NotRedrivable("Step Functions does not redrive this execution any more (14 days).") from None

    def _ask_again(self, letter: Letter) -> None:
        self._tell(STEP, {"step": letter.payload["step"]})

    def _read_again(self, letter: Letter) -> None:
        """The sequencer and the publisher read what they lost from the stream; what fails becomes another letter.

        Evaluations that were not begun are found by their watch.
        """
        kind = _READ_AGAIN.get(self._short(letter.subject))
        if kind is not None:
            self._tell(kind, {"lost": letter.content[_BATCH]})
        else:
            self._tell(STEP, {"step": "watch"})

    def _catch_up(self, letter: Letter) -> None:
        if letter.run is None:
            raise NotRedrivable("It names no run.")
        tenant_id, run_id = letter.run
        self._tell(ACTS, {"tenantId": tenant_id, "runId": run_id})

    def _tell(self, kind: str, detail: Mapping[str, Any]) -> None:
        """Say on the bus what is to be done again. ConnectionError when the bus does not take it."""
        entry = {"Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
        with store_failures():
            answer = self.client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise ConnectionError("the bus did not take the event")

    def _short(self, function: str) -> str:
        return function.removeprefix(f"ambit-{self.stage}-")

    def _is_ours(self, arn: str) -> bool:
        parts = arn.split(":")
        return parts[:3] == ["arn", "aws", "states"] and parts[5:6] == ["execution"] and self._named(parts[6:7])

    def _named(self, names: list[str]) -> bool:
        return bool(names) and names[0].startswith(f"ambit-{self.stage}-")
