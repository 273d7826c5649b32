"""Events on a developer's machine: read from the tenant's log with the developer's sign-in, signed, and sent on there.

So nobody's endpoint has to be reachable from the platform, and nothing is registered. Only addresses of this machine
are sent to: what a platform would send to a stranger's machine is for the platform's own guard to decide.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from governance.events import PlatformEvent
from governance.events.envelope import body_of
from governance.webhooks import signing
from governance.webhooks.filters import is_filter, wants
from scripts.ambit_cli.exits import fail

if TYPE_CHECKING:
    from scripts.ambit_cli.client import Client

_EVERY_SECONDS: Final = 2.0
_BACK: Final = timedelta(minutes=1)
_TIMEOUT_SECONDS: Final = 15.0
_PAGE: Final = 100
_NOBODY: Final = "whk_local"


class Forwarder:
    """Forwards what is new. `secret` signs; one is made when none is given."""

    def __init__(self, client: "Client", target: str, events: list[str], secret: str | None) -> None:
        if unknown := [text for text in events if not is_filter(text)]:
            fail(f"no such event: {', '.join(unknown)}. docs/events.md has them.")
        self.secret = secret or signing.mint()
        self._client = client
        self._target = _local(target)
        self._events = events
        self._seen: set[str] = set()

    def run(self, *, once: bool, tell: Callable[[str], object]) -> None:
        """Forward until it is interrupted, or what there is once."""
        since = datetime.now(UTC) - _BACK
        while True:
            for event in self.fresh(since):
                tell(f"{event.type}  {event.event_id}  {self.forward(event)}")
            if once:
                return
            time.sleep(_EVERY_SECONDS)

    def fresh(self, since: datetime) -> list[PlatformEvent]:
        """What happened since then and was not forwarded yet, oldest first, as far as it is asked for."""
        found = self._client.get("/v1/events", limit=_PAGE)["items"]
        new = [_event(told) for told in reversed(found) if told["id"] not in self._seen]
        self._seen |= {event.event_id for event in new}
        recent = [event for event in new if datetime.fromisoformat(event.time) >= since]
        return [event for event in recent if wants(_NOBODY, self._events, event)]

    def forward(self, event: PlatformEvent) -> str:
        """Send one; what came of it in a word."""
        import httpx

        body = body_of(event)
        signed = signing.headers(event.event_id, body, datetime.now(UTC), [self.secret])
        try:
            answer = httpx.post(
                self._target,
                content=body,
                headers={"content-type": "application/json", **signed},
                timeout=_TIMEOUT_SECONDS,
                follow_redirects=False,
            )
        except httpx.HTTPError as error:
            return type(error).__name__
        return str(answer.status_code)


def _event(told: dict[str, Any]) -> PlatformEvent:
    return PlatformEvent(told["id"], told["type"], told["tenantid"], told["time"], told["data"])


def _local(target: str) -> str:
    """The URL when it is one of this machine's; fails otherwise."""
    parts = urlsplit(target)
    host = parts.hostname or ""
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if parts.scheme != "http" or not loopback:
        fail("give an address of this machine, such as http://127.0.0.1:3000/hook.")
    return target
