"""Records of a table's stream that a consumer failed at, read again: a stream keeps them for 24 hours."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from data_access_lib.failures import store_failures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PAGE: Final = 1000
_MOST_PAGES: Final = 100  # a page may be empty although others follow


class LostBatch(BaseModel):
    """Records that the stream's consumer failed at, as Lambda tells of them (AWS: `DDBStreamBatchInfo`)."""

    model_config = ConfigDict(extra="ignore")

    stream_arn: str = Field(alias="streamArn")
    shard_id: str = Field(alias="shardId")
    first: str = Field(alias="startSequenceNumber", pattern=r"^[0-9]{1,64}$")
    last: str = Field(alias="endSequenceNumber", pattern=r"^[0-9]{1,64}$")


def number_of(record: Mapping[str, Any]) -> str:
    """The record's place in the stream (AWS: `SequenceNumber`)."""
    return str(record["dynamodb"]["SequenceNumber"])


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
            if int(number_of(record)) > int(batch.last):
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
