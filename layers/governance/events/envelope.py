"""The envelope: CloudEvents 1.0 in its JSON format, with what Standard Webhooks expects beside (`timestamp`).

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md · extension attributes are lower-case letters and
digits: `tenantid` says whose event it is, `dataversion` the version of the payload, `timestamp` repeats `time`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from governance.events.catalogue import DIALECT, event_type

SOURCE: Final = "/ambit"
CONTENT_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """Something that happened. `event_id` is the same however often it is told; `time` is RFC 3339.

    `only_to` is the endpoint that alone is sent it; "": every one that asked for its type. `also_to` is one that is
    sent it whatever it asked for.
    """

    event_id: str
    type: str
    tenant_id: str
    time: str
    data: Mapping[str, Any]
    only_to: str = ""
    also_to: str = ""


def cloud_event(event: PlatformEvent) -> dict[str, Any]:
    """The event as it is told. LookupError for a type that is not in the catalogue."""
    kind = event_type(event.type)
    return {
        "specversion": "1.0",
        "id": event.event_id,
        "source": SOURCE,
        "type": event.type,
        "subject": str(event.data[kind.subject]),
        "time": event.time,
        "timestamp": event.time,
        "datacontenttype": CONTENT_TYPE,
        "dataschema": kind.schema_uri,
        "dataversion": str(kind.version),
        "tenantid": event.tenant_id,
        "data": dict(event.data),
    }


def body_of(event: PlatformEvent) -> bytes:
    """The bytes that are sent, the same each time: what a signature is made of."""
    return json.dumps(cloud_event(event), ensure_ascii=False, separators=(",", ":")).encode()


def envelope_schema() -> dict[str, Any]:
    """The JSON Schema of the envelope around every event's data."""
    word = {"type": "string", "minLength": 1}
    return {
        "$schema": DIALECT,
        "$id": "urn:ambit:event-envelope:1",
        "title": "CloudEvents 1.0",
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "pattern": "^evt_[0-9a-f]{32}$"},
            "source": {"const": SOURCE},
            "type": word,
            "subject": word,
            "time": word,
            "timestamp": word,
            "datacontenttype": {"const": CONTENT_TYPE},
            "dataschema": word,
            "dataversion": {"type": "string", "pattern": "^[1-9][0-9]*$"},
            "tenantid": word,
            "data": {"type": "object"},
        },
        "required": [
            *("specversion", "id", "source", "type", "subject", "time", "timestamp", "datacontenttype"),
            *("dataschema", "dataversion", "tenantid", "data"),
        ],
    }
