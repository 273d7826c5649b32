"""How many deliveries one worker makes in a second, beside a client that sends the same bytes and does nothing else.

What is measured is the sending: signing with two secrets, the guard, the deadline of each operation, and the reading of
the answer. What the worker writes to its tables around it (five writes an attempt) is DynamoDB's time and not ours.
"""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from bench.measure import Result, percentile
from governance.events.catalogue import CATALOGUE
from governance.events.envelope import PlatformEvent, body_of
from governance.webhooks import signing
from governance.webhooks.sending import Sender
from platform_kit.outbound import Outbound

_COUNT: Final = 500
_EVENT: Final = "evt_" + "0" * 32


def dispatch() -> list[Result]:
    """Messages a second, one after the other over loopback, each on a connection of its own."""
    kind = CATALOGUE["job.succeeded"]
    told = PlatformEvent(_EVENT, kind.name, "acme", "2026-11-22T10:15:30.000Z", kind.example())
    body, secrets = body_of(told), [signing.mint(), signing.mint()]
    with _endpoint() as port:
        origin = f"http://127.0.0.1:{port}"
        sender = Sender(Outbound(frozenset({origin})), lambda: datetime.now(UTC))
        ours, raw = _rates(
            lambda: sender.send(f"{origin}/hook", _EVENT, body, secrets),
            lambda: _post(port, body),
        )
    name = "webhooks: messages a second, signed and guarded, against a bare HTTP client"
    return [Result(name, "1/s", ours, raw, higher_is_better=True)]


def _rates(*sends: Callable[[], object]) -> list[float]:
    """Messages a second by the median, taken in turns, so that the machine's other work falls on all alike."""
    taken: list[list[float]] = [[] for _ in sends]
    for _ in range(_COUNT):
        for send, mine in zip(sends, taken, strict=True):
            begun = time.perf_counter()
            send()
            mine.append((time.perf_counter() - begun) * 1000)
    return [round(1000 / percentile(mine, 0.5), 1) for mine in taken]


def _post(port: int, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("POST", "/hook", body, {"content-type": "application/json"})
    connection.getresponse().read()
    connection.close()


@contextmanager
def _endpoint() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
