"""What the streams of the tables hand over, as far as it can be something to tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.codec import Item, decode_item
from data_access_lib.repositories.events import TERMINAL_STATES
from data_access_lib.repositories.records import unpack
from data_access_lib.tenant import PLATFORM, TenantId

_APPROVAL_DOCUMENTS: Final = ("requiredRoles",)
_BINARY: Final = "B"


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run has ended."""

    tenant_id: TenantId
    run_id: str


@dataclass(frozen=True, slots=True)
class ApprovalMoved:
    """An approval was asked for, or is in another state."""

    tenant_id: TenantId
    record: Item


@dataclass(frozen=True, slots=True)
class IncidentOpened:
    """There is a new incident."""

    tenant_id: TenantId
    incident_id: str


@dataclass(frozen=True, slots=True)
class EndpointMoved:
    """A webhook endpoint was changed."""

    tenant_id: TenantId
    webhook_id: str


@dataclass(frozen=True, slots=True)
class TenantMoved:
    """A tenant's record was changed."""

    tenant_id: TenantId


@dataclass(frozen=True, slots=True)
class VersionMoved:
    """A version's record was changed."""

    agent: str
    version_id: str


Seen = RunEnded | ApprovalMoved | IncidentOpened | EndpointMoved | TenantMoved | VersionMoved


def number_of(record: Mapping[str, Any]) -> str:
    """The record's place in the stream (AWS: `SequenceNumber`)."""
    return str(record["dynamodb"]["SequenceNumber"])


def read(record: Mapping[str, Any]) -> Seen | None:
    """What a record of a stream can tell of; None for everything else.

    LookupError, TypeError, ValueError or InvalidIdentifier when it is malformed.
    """
    change = record["dynamodb"]
    place = decode_item(change["Keys"])
    pk, sk = str(place["pk"]), str(place["sk"])
    owner, kind = keys.tenant_of(pk), keys.kind_of(pk)
    if owner is PLATFORM:
        return _of_platform(kind, pk, sk)
    image = change.get("NewImage") or {}
    match kind:
        case "RUN" if _ends(image):
            return RunEnded(owner, pk.rpartition("#")[2])
        case "APPROVAL" if "status" in image:
            return ApprovalMoved(owner, _approval(image))
        case "INCIDENT" if record.get("eventName") == "INSERT":
            return IncidentOpened(owner, sk)
        case "WEBHOOK":
            return EndpointMoved(owner, sk)
    return None


def _of_platform(kind: str, pk: str, sk: str) -> Seen | None:
    if kind == "TENANT" and sk != str(PLATFORM):
        return TenantMoved(TenantId(sk))
    return VersionMoved(pk.rpartition("#")[2], sk) if kind == "VERSION" else None


def _ends(image: Mapping[str, Any]) -> bool:
    """Whether this is the event that ends a run."""
    return image.get("stream") == {"S": "lifecycle"} and image.get("event", {}).get("S") in TERMINAL_STATES


def _approval(image: Mapping[str, Any]) -> Item:
    """The approval without what is sealed of it."""
    plain = {name: value for name, value in image.items() if _BINARY not in value and name != "votes"}
    return unpack(decode_item(plain), _APPROVAL_DOCUMENTS)
