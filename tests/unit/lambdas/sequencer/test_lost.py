"""Records that are read again: those of the batch, in the shape in which Lambda hands them over."""

from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.sequencer.lost import records_of, tells_of_an_act
from lambdas.sequencer.models import LostBatch

BATCH = LostBatch.model_validate(
    {"streamArn": "arn:s", "shardId": "s", "startSequenceNumber": "3", "endSequenceNumber": "12", "batchSize": 2}
)


class Streams:
    """Pages of records by number; the first is where the iterator was asked to begin."""

    def __init__(self, *pages: list[int]) -> None:
        self.pages = pages
        self.asked: dict[str, Any] = {}

    def get_shard_iterator(self, **request: Any) -> dict[str, str]:
        self.asked = request
        return {"ShardIterator": "0"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803 - the SDK's words
        page = int(ShardIterator)
        more = {"NextShardIterator": str(page + 1)} if page + 1 < len(self.pages) else {}
        return {"Records": [record(number) for number in self.pages[page]], **more}


def record(number: int, event: str = "call") -> dict[str, Any]:
    image = {"stream": {"S": "tool"}, "event": {"S": event}, "payload": {"B": b"\x00\x01"}}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "NewImage": image}}


def numbers(*pages: list[int]) -> list[str]:
    return [one["dynamodb"]["SequenceNumber"] for one in records_of(Streams(*pages), BATCH)]


def test_the_batch_is_read_to_its_end_and_no_further() -> None:
    assert numbers([3, 4], [], [9, 12, 13], [14]) == ["3", "4", "9", "12"]


def test_a_batch_ends_with_the_stream() -> None:
    assert numbers([3], []) == ["3"]


def test_numbers_are_compared_as_numbers() -> None:
    assert numbers([3, 9, 10, 100]) == ["3", "9", "10"]


def test_binary_is_base64_as_lambda_hands_it_over() -> None:
    (found,) = records_of(Streams([3]), BATCH)
    assert found["dynamodb"]["NewImage"]["payload"] == {"B": "AAE="}


def test_it_begins_where_the_batch_began() -> None:
    streams = Streams([3])
    list(records_of(streams, BATCH))
    assert (streams.asked["SequenceNumber"], streams.asked["ShardIteratorType"]) == ("3", "AT_SEQUENCE_NUMBER")


def test_only_new_events_that_make_an_entry_are_taken() -> None:
    assert tells_of_an_act(record(1))
    assert not tells_of_an_act(record(1, "heartbeat"))
    assert not tells_of_an_act({**record(1), "eventName": "MODIFY"})
    assert not tells_of_an_act({"eventName": "INSERT", "dynamodb": {}})


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValidationError):
        LostBatch.model_validate({**BATCH.model_dump(by_alias=True), "startSequenceNumber": "0; DROP"})
