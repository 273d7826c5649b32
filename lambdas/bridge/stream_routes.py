"""What the function `stream` serves. An operation decides; what it answers is sent by `stream_app`."""

from dataclasses import dataclass
from typing import Any, Final

from lambdas.bridge.models import EventPage, InvokeRequest
from lambdas.bridge.routes import REPLAYED, ask
from lambdas.bridge.service import BridgeService, LiveRun
from platform_kit.api import Call, Reply, Routes
from platform_kit.errors import BadRequest, FieldError

ROUTES: Final = Routes("stream")
_MAX_SEQ_DIGITS: Final = 10


@dataclass(frozen=True)
class Live:
    """Lead this run and stream its events."""

    run: LiveRun


@dataclass(frozen=True)
class Recorded:
    """Stream what is in a run's log after `after`, and what is added until the run ends. `first` is read already."""

    run_id: str
    after: int
    first: list[dict[str, Any]]
    headers: dict[str, str]


@ROUTES.handle("POST /v1/agents/{agent}/stream", request=InvokeRequest, replies={200: None})
def stream_agent(call: Call, service: BridgeService, body: InvokeRequest) -> Live | Recorded:
    """Invoke an agent and stream its events as it produces them."""
    begun = service.begin_stream(ask(call, body))
    if isinstance(begun, LiveRun):
        return Live(begun)
    events, _ = service.events(call.who(), begun, after=0, limit=100)
    return Recorded(begun, 0, events, REPLAYED)


@ROUTES.handle(
    "GET /v1/runs/{id}/events",
    replies={200: EventPage},
    query={"after": "Only events after this sequence number.", "limit": "How many, 1 to 100; JSON only."},
)
def read_events(call: Call, service: BridgeService) -> Reply | Recorded:
    """Replay and follow a run's events, or page through them with `Accept: application/json`."""
    after, limit = _after(call), call.limit(default=100)
    events, status = service.events(call.who(), call.path["id"], after=after, limit=limit)
    if not _wants_json(call.headers.get("accept", "")):
        return Recorded(call.path["id"], after, events, {})
    more = {"nextAfter": events[-1]["seq"]} if len(events) == limit else {}
    return Reply({"items": events, "status": status, **more})


def _after(call: Call) -> int:
    """`?after=`, else `Last-Event-ID`, which browsers send when they reconnect."""
    text = call.query.get("after", call.headers.get("last-event-id") or "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_SEQ_DIGITS):
        raise BadRequest("after must be a sequence number.", errors=(FieldError("?after", "0 to 9999999999"),))
    return int(text)


def _wants_json(accept: str) -> bool:
    return "application/json" in accept and "text/event-stream" not in accept
