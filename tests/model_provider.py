"""A model provider to call: a real HTTP server on loopback that answers what a test wants."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_SECONDS = 30
"""How long a server that says nothing stays silent when nobody lets it go."""


@dataclass
class Answer:
    """One answer. `body` are its pieces; `silent` waits before the head, `stuck` after the pieces; `cut` ends early."""

    status: int = 200
    body: Sequence[bytes] = ()
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    stuck: bool = False
    cut: bool = False


@dataclass
class Asked:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class SimulatedProvider:
    """Gives `answers` in their order, the last of them for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[Asked] = []
        self.go_on = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def will(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @contextmanager
    def serving(self) -> Iterator["SimulatedProvider"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self.go_on.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _handler(provider: SimulatedProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            provider.asked.append(Asked(self.path, headers, json.loads(body)))
            _answer(self, provider.next(), provider.go_on)

        def log_message(self, *_: object) -> None:
            return

    return Handler


def _answer(handler: BaseHTTPRequestHandler, answer: Answer, go_on: threading.Event) -> None:
    handler.close_connection = True
    try:
        if answer.silent:
            go_on.wait(WAIT_SECONDS)
        handler.send_response(answer.status)
        for name, value in {"transfer-encoding": "chunked", "connection": "close", **answer.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for piece in answer.body:
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            handler.wfile.flush()
        if answer.stuck:
            go_on.wait(WAIT_SECONDS)
        if not answer.cut:
            handler.wfile.write(b"0\r\n\r\n")
    except OSError:
        return  # the client left: some tests are about that


def as_json(value: object, status: int = 200) -> Answer:
    return Answer(status, [json.dumps(value).encode()], {"content-type": "application/json"})


def sse(*events: object, names: Callable[[Any], str] | None = None, **how: Any) -> Answer:
    """A stream; a text is sent as it is, anything else as JSON, under `event:` when `names` says which."""
    pieces = []
    for event in events:
        name = f"event: {names(event)}\n" if names and not isinstance(event, str) else ""
        data = event if isinstance(event, str) else json.dumps(event)
        pieces.append(f"{name}data: {data}\n\n".encode())
    return Answer(200, pieces, {"content-type": "text/event-stream"}, **how)
