"""The runbooks of events and deliveries, carried out as they stand: what was not told is told, the rest stays."""

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from data_access_lib import keys
from data_access_lib.tenant import TenantId
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE
from tests.e2e.test_jobs import end_of, start
from tests.e2e.test_runbooks import carry_out
from tests.local_stack import LocalStack, eventually

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
RUNS = f"ambit-{STAGE}-runs"
_MOST_PAGES = 200


def put_letter(platform: LocalStack, queue: str, body: str) -> str:
    """A message among a queue's dead letters; its id."""
    sqs = aws_client("sqs", str(platform.described["emulatorUrl"]))
    url = sqs.get_queue_url(QueueName=f"ambit-{STAGE}-{queue}-dead-letters")["QueueUrl"]
    return str(sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"])


def purge(operator: httpx.Client, queue: str, *letters: str) -> None:
    body = {"messageIds": list(letters), "confirm": queue, "reason": "a test's own"}
    operator.post(f"/v1/platform/dlq/{queue}/purge", json=body).raise_for_status()


def records_of(platform: LocalStack, run_id: str) -> Iterator[tuple[str, str, int]]:
    """Stream, shard and number of each record that is about a run."""
    streams = aws_client("dynamodbstreams", str(platform.described["emulatorUrl"]))
    (stream,) = (one["StreamArn"] for one in streams.list_streams(TableName=RUNS)["Streams"])
    for shard in streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]:
        place = {"StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        where = streams.get_shard_iterator(**place).get("ShardIterator")
        for _ in range(_MOST_PAGES):
            page = streams.get_records(ShardIterator=where, Limit=1000) if where else {"Records": []}
            for record in page["Records"]:
                if run_id in str(record["dynamodb"]["Keys"]):
                    yield stream, shard["ShardId"], int(record["dynamodb"]["SequenceNumber"])
            where = page.get("NextShardIterator")
            if not page["Records"]:
                break


def lost(platform: LocalStack, run_id: str) -> str:
    """What Lambda says of a batch that the publisher failed at: the run's records."""
    found = list(records_of(platform, run_id))
    (stream, shard, _), numbers = found[0], sorted(number for _, _, number in found)
    batch = {"streamArn": stream, "shardId": shard, "batchSize": len(found)}
    numbered = {"startSequenceNumber": str(numbers[0]), "endSequenceNumber": str(numbers[-1])}
    function = f"arn:aws:lambda:us-east-1:000000000000:function:ambit-{STAGE}-event_publisher"
    return json.dumps({"requestContext": {"functionArn": function}, "DDBStreamBatchInfo": {**batch, **numbered}})


def event_of(acme: httpx.Client, job: dict[str, Any]) -> str | None:
    """The id of the event that tells of a job's end."""
    found = acme.get("/v1/events?type=job.succeeded&limit=20").json()["items"]
    return next((one["id"] for one in found if one["data"]["jobId"] == job["jobId"]), None)


def test_what_was_not_told_is_told_again(
    platform: LocalStack, operator: httpx.Client, acme: httpx.Client, tmp_path: Path
) -> None:
    job = start(acme, "untold")
    end_of(acme, job)
    told = eventually(lambda: event_of(acme, job), seconds=60)
    place = keys.event_log_key(TenantId("acme"), told)
    key = {name: {"S": value} for name, value in place._asdict().items()}
    aws_client("dynamodb", str(platform.described["emulatorUrl"])).delete_item(TableName=RUNS, Key=key)
    assert event_of(acme, job) is None
    letter = put_letter(platform, "event", lost(platform, job["runId"]))
    printed = carry_out("events-untold", tmp_path)
    assert re.search(rf"^{letter} +stream .*ambit-{STAGE}-event_publisher", printed, re.MULTILINE)
    assert re.search(rf"^{letter} +moved", printed, re.MULTILINE)
    assert eventually(lambda: event_of(acme, job), seconds=60) == told


@pytest.mark.parametrize(("runbook", "queue"), [("events-late", "event"), ("webhook-dead-letters", "webhook")])
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
