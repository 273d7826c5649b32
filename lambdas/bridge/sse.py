"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import json
from collections.abc import Sequence
from typing import Any, Final

MEDIA_TYPE: Final = "text/event-stream; charset=utf-8"
HEARTBEAT: Final = b": heartbeat\n\n"
"""A comment: keeps connections open through proxies, says nothing to clients."""


def encode(events: Sequence[dict[str, Any]]) -> bytes:
    """Envelopes as events: `id` is the sequence number, `event` the stream, `data` the whole envelope as JSON."""
    return b"".join(_encode(event) for event in events)


def _encode(event: dict[str, Any]) -> bytes:
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))  # one line: JSON escapes line ends
    return f"id: {event['seq']}\nevent: {event['stream']}\ndata: {data}\n\n".encode("utf-8", "replace")
