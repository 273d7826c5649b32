"""Follows an audit log into a file or to a URL, for a SIEM: at least once, and on from where it was.

Entries are handed over page by page, as JSON lines. What was handed over is written down only after it was: who is
stopped in between hands a page over again. A URL is reached through the platform's guard against forged requests:
HTTPS to public addresses, no redirect; what stands inside a network is named as an origin, `http://10.0.0.5:8088`.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from platform_kit.outbound import Limits, Outbound, OutboundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.ambit_cli.client import Client

PAGE: Final = 100
TOKEN: Final = "AMBIT_SINK_TOKEN"  # noqa: S105 - the name of a variable
_PAUSE_SECONDS: Final = 2.0
_ATTEMPTS: Final = 6
_LIMITS: Final = Limits(connect_seconds=5, total_seconds=30)


class SinkFailed(Exception):
    """The sink did not take a page; the message says why, in a few words."""


class Sink(Protocol):
    """Takes lines, each of one entry; when it returns they are kept. SinkFailed otherwise."""

    def take(self, lines: Sequence[str]) -> None:
        """Keep the lines."""
        ...


class FileSink:
    """Appends to a file; what is taken is on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, lines: Sequence[str]) -> None:
        """Append."""
        try:
            with self._path.open("a", encoding="utf-8", newline="") as file:
                file.write("".join(lines))
                file.flush()
                os.fsync(file.fileno())
        except OSError as failure:
            raise SinkFailed(type(failure).__name__) from None


class HttpSink:
    """POSTs `application/x-ndjson`; any 2xx means taken. Tried again when it fails, with pauses that grow."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        allowed: frozenset[str] = frozenset(),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url
        self._outbound = Outbound(allowed)
        self._outbound.permitted(url)
        self._pause = pause
        self._headers = {"content-type": "application/x-ndjson", "accept": "*/*"}
        self._headers |= {"authorization": f"Bearer {token}"} if token else {}

    def take(self, lines: Sequence[str]) -> None:
        """Send; SinkFailed when six attempts were not enough."""
        body, failure = "".join(lines).encode(), ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(2.0**attempt)
            try:
                status = self._outbound.request("POST", self._url, self._headers, body, _LIMITS).status
            except OutboundError as error:
                failure = str(error)
                continue
            if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110 §15.3
                return
            failure = f"it answered {status}"
        raise SinkFailed(failure)


class Place:
    """The number of the last entry that was handed over, kept in a file that is replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> int:
        """0 when there is no such file; ValueError when it holds anything else."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return 0
        after = found.get("after") if isinstance(found, dict) else None
        if type(after) is not int or after < 0:
            raise ValueError("the state file holds no place in a log")
        return after

    def write(self, after: int) -> None:
        """Replace it."""
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=self._path.parent, prefix=self._path.name, delete=False
        ) as file:
            file.write(json.dumps({"after": after}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self._path)


def tail(
    client: Client,
    sink: Sink,
    place: Place,
    *,
    follow: bool,
    action: str | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Hand over what is new, and go on for ever with `follow`; how many were handed over. SinkFailed."""
    handed = 0
    while True:
        found = _page(client, place.read(), action)
        items: list[dict[str, Any]] = found["items"]
        if items:
            sink.take([json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n" for entry in items])
            place.write(int(items[-1]["seq"]))
            handed += len(items)
        elif not follow:
            return handed
        else:
            pause(_PAUSE_SECONDS)


def _page(client: Client, after: int, action: str | None) -> dict[str, Any]:
    """The next page that has entries; with a filter, pages may be empty and not the last."""
    query: dict[str, Any] = {"order": "oldest", "limit": PAGE, "after": after or None, "action": action}
    found = client.get("/v1/audit", **query)
    while not found["items"] and found.get("nextCursor"):
        found = client.get("/v1/audit", **query, cursor=found["nextCursor"])
    return dict(found)
