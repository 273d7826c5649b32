"""The runbooks of events and deliveries, carried out as they stand.

That a batch is told again is tested in tests/functional/event_publisher and tests/unit/lambdas/dead_letters.
"""

import re
import uuid
from pathlib import Path

import httpx
import pytest

from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE
from tests.e2e.test_runbooks import carry_out
from tests.local_stack import LocalStack

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]


def put_letter(platform: LocalStack, queue: str, body: str) -> str:
    """A message among a queue's dead letters; its id."""
    sqs = aws_client("sqs", str(platform.described["emulatorUrl"]))
    url = sqs.get_queue_url(QueueName=f"ambit-{STAGE}-{queue}-dead-letters")["QueueUrl"]
    return str(sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"])


def purge(operator: httpx.Client, queue: str, *letters: str) -> None:
    body = {"messageIds": list(letters), "confirm": queue, "reason": "a test's own"}
    operator.post(f"/v1/platform/dlq/{queue}/purge", json=body).raise_for_status()


@pytest.mark.parametrize(
    ("runbook", "queue"), [("events-untold", "event"), ("events-late", "event"), ("webhook-dead-letters", "webhook")]
)
def test_what_is_none_of_ours_stays_for_a_person(
    runbook: str, queue: str, platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    letter = put_letter(platform, queue, uuid.uuid4().hex)
    try:
        printed = carry_out(runbook, tmp_path, TENANT="acme")
    finally:
        purge(operator, queue, letter)
    assert re.search(rf"^{letter} +unknown", printed, re.MULTILINE)
    assert re.search(rf"^{letter} +not_redrivable", printed, re.MULTILINE)
