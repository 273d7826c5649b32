"""Records that the consumer failed at, read from the stream again: it keeps them for 24 hours."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Final

from data_access_lib.failures import store_failures
from governance.audit.run_events import is_act
from lambdas.sequencer.models import LostBatch, number_of

_PAGE: Final = 1000
_MOST_PAGES: Final = 100  # a page may be empty although others follow
_INSERTED: Final = "INSERT"


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


def tells_of_an_act(record: Mapping[str, Any]) -> bool:
    """What the mapping's filter lets through: a new event that makes an entry."""
    image = record.get("dynamodb", {}).get("NewImage", {})
    stream, event = (str(image.get(name, {}).get("S", "")) for name in ("stream", "event"))
    return record.get("eventName") == _INSERTED and is_act(stream, event)


def _as_handed_over(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """In a record that Lambda hands over, binary is base64."""
    change = dict(record["dynamodb"])
    if "NewImage" in change:
        change["NewImage"] = {name: _value(value) for name, value in change["NewImage"].items()}
    return {**record, "dynamodb": change}


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else dict(value)
