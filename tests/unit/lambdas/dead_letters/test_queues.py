"""What is taken out of a queue to be looked at is put back, whatever happens meanwhile."""

from typing import Any

import pytest

from lambdas.dead_letters.queues import DeadLetterBox
from platform_kit.errors import NotFound


class Sqs:
    """Hands over so many messages, and remembers what became of them."""

    def __init__(self, messages: int) -> None:
        self.left = [f"m-{number}" for number in range(messages)]
        self.back: list[str] = []
        self.removed: list[str] = []

    def get_queue_url(self, QueueName: str) -> dict[str, str]:  # noqa: N803 - the SDK's word
        return {"QueueUrl": QueueName}

    def receive_message(self, **request: Any) -> dict[str, Any]:
        assert 1 <= request["MaxNumberOfMessages"] <= 10
        taken, self.left = self.left[: request["MaxNumberOfMessages"]], self.left[request["MaxNumberOfMessages"] :]
        return {"Messages": [{"MessageId": name, "ReceiptHandle": name, "Body": "{}"} for name in taken]}

    def delete_message(self, **request: str) -> None:
        self.removed.append(request["ReceiptHandle"])

    def change_message_visibility(self, **request: Any) -> None:
        assert request["VisibilityTimeout"] == 0
        self.back.append(request["ReceiptHandle"])


def box(sqs: Sqs) -> DeadLetterBox:
    return DeadLetterBox(lambda: sqs, "dev", ("workflow-dead-letters",), ())


def test_what_is_left_is_put_back_and_what_was_removed_is_not() -> None:
    sqs = Sqs(23)
    with box(sqs).taken("workflow") as taken:
        letters = [letter for _ in range(3) for letter in taken.receive(100)]
        taken.remove(letters[0])
    assert (len(letters), sqs.removed) == (23, ["m-0"])
    assert sorted(sqs.back) == sorted(letter.message_id for letter in letters[1:])


def test_a_failure_in_the_middle_puts_them_back_too() -> None:
    sqs = Sqs(3)

    def fail() -> None:
        with box(sqs).taken("workflow") as taken:
            taken.receive(10)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(sqs.back) == 3


def test_a_queue_is_known_by_its_short_name_alone() -> None:
    assert box(Sqs(0)).names() == ("workflow",)
    for name in ("workflow-dead-letters", "audit", ""):
        with pytest.raises(NotFound):
            box(Sqs(0)).counts(name)
