"""Records of a stream that its consumer failed at, read from the stream again: it keeps them for 24 hours.

What Lambda tells of them is `DDBStreamBatchInfo`: {streamArn, shardId, startSequenceNumber, endSequenceNumber}.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.failures import store_failures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PAGE: Final = 1000
_MOST_PAGES: Final = 100  # a page may be empty although others follow
_MOST_DIGITS: Final = 64


@dataclass(frozen=True)
class LostBatch:
    """Where records lie in a stream: from the first to the last number, both of them too."""

    stream_arn: str
    shard_id: str
    first: str
    last: str


def lost_batch(told: Mapping[str, Any]) -> LostBatch:
    """A batch as Lambda tells of it. LookupError for one that lacks something, ValueError for a number that is none."""
    first, last = (str(told[name]) for name in ("startSequenceNumber", "endSequenceNumber"))
    if not all(one.isascii() and one.isdecimal() and len(one) <= _MOST_DIGITS for one in (first, last)):
        raise ValueError("a place in a stream is a number")
    return LostBatch(str(told["streamArn"]), str(told["shardId"]), first, last)


def records_of(streams: Any, batch: LostBatch) -> Iterator[Mapping[str, Any]]:
    """The batch's records, as Lambda would hand them over. `streams` is a client of DynamoDB Streams.

    What the SDK raises when the stream has them no more.
    """
    with store_failures():
        where = streams.get_shard_iterator(
            StreamArn=batch.stream_arn,
            ShardId=batch.shard_id,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch.first,
        ).get("ShardIterator")
    for _ in range(_MOST_PAGES):
        if not where:
            return
        with store_failures():
            answer: Mapping[str, Any] = streams.get_records(ShardIterator=where, Limit=_PAGE)
        for record in answer["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > int(batch.last):
                return
            yield _as_handed_over(record)
        where = answer.get("NextShardIterator")


def _as_handed_over(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """In a record that Lambda hands over, binary is base64."""
    change = dict(record["dynamodb"])
    if "NewImage" in change:
        change["NewImage"] = {name: _value(value) for name, value in change["NewImage"].items()}
    return {**record, "dynamodb": change}


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else dict(value)
