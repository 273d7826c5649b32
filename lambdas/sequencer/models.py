"""What the stream of the runs table hands over, read strictly, and what could not be entered."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from data_access_lib import keys
from data_access_lib.codec import Item, decode_item
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.tenant import PLATFORM, TenantId

_RUN: Final = "RUN"


class Unreadable(Exception):
    """The record is no event of a run; `place` is its key as far as there is one."""

    def __init__(self, place: str) -> None:
        super().__init__("no event of a run")
        self.place = place


@dataclass(frozen=True)
class StreamedEvent:
    """An event of a run as its table keeps it: `item` is stored, so its payload may be sealed.

    `number` is the record's place in the stream: what is tried again begins there.
    """

    tenant_id: TenantId
    number: str
    item: Item


class CatchUp(BaseModel):
    """Enter what of one run is not entered: after a record was lost."""

    model_config = ConfigDict(extra="forbid")

    tenant_id: str = Field(alias="tenantId")
    run_id: str = Field(alias="runId")


def number_of(record: Mapping[str, Any]) -> str:
    """The record's place in the stream (AWS: `SequenceNumber`)."""
    return str(record["dynamodb"]["SequenceNumber"])


def read(record: Mapping[str, Any]) -> StreamedEvent:
    """A record of the stream; Unreadable when it is not a new event of a tenant's run."""
    place = ""
    try:
        image = record["dynamodb"]["NewImage"]
        place = f"{image['pk']['S']} {image['sk']['S']}"
        owner, kind = keys.tenant_of(image["pk"]["S"]), keys.kind_of(image["pk"]["S"])
        item = decode_item({name: _value(value) for name, value in image.items()})
        number = number_of(record)
    except (LookupError, TypeError, ValueError, ArithmeticError, InvalidIdentifier):
        raise Unreadable(place) from None
    if owner is PLATFORM or kind != _RUN or not item["sk"].startswith(keys.event_prefix()):
        raise Unreadable(place)
    return StreamedEvent(owner, number, item)


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    """A value as the SDK gives it: in a stream's record, which is JSON, binary is base64."""
    return {"B": base64.b64decode(value["B"], validate=True)} if "B" in value else dict(value)
