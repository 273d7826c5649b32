"""Records that are read again: those of the batch, in the shape in which Lambda hands them over."""

from typing import Any

import pytest

from data_access_lib.lost_batches import lost_batch, records_of

BATCH = lost_batch(
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


@pytest.mark.parametrize("number", ["0; DROP", "", "-1", "9" * 65])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    told = {"streamArn": "arn:s", "shardId": "s", "startSequenceNumber": number, "endSequenceNumber": "12"}
    with pytest.raises(ValueError, match="number"):
        lost_batch(told)


def test_a_batch_that_says_not_where_it_lies_is_refused() -> None:
    with pytest.raises(LookupError):
        lost_batch({"startSequenceNumber": "1", "endSequenceNumber": "2"})
