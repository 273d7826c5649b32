"""A stand-in for AgentCore Runtime on a real socket, so that boto3's client is used as it is.

`context.act` of an invocation says what the agent does; the default is to answer with the input.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

Script = Callable[["Exchange", dict[str, Any]], None]


class FakeRuntime:
    """What was asked of it, and the sessions it was told to stop."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.sessions: list[str] = []
        self.stopped: list[str] = []
        self.release = threading.Event()
        self.acts: dict[str, Script] = {}
        self.url = ""


class Exchange(BaseHTTPRequestHandler):
    """One request; helpers for scripts."""

    protocol_version = "HTTP/1.1"
    fake: FakeRuntime

    def do_POST(self) -> None:
        path = unquote(self.path)
        session = self.headers["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"]
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if path.endswith("/stopruntimesession"):
            self.fake.stopped.append(session)
            self.fake.release.set()
            return self.json({})
        payload = json.loads(body)
        self.fake.calls.append(payload)
        self.fake.sessions.append(session)
        act = (payload.get("context") or {}).get("act", "echo")
        return {**_ACTS, **self.fake.acts}[act](self, payload)

    def json(self, value: Any, status: int = 200, **headers: str) -> None:
        self.raw(json.dumps(value).encode(), "application/json", status, **headers)

    def raw(self, content: bytes, media: str, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def say(self, value: Any) -> None:
        self.bytes_out(f"data: {json.dumps(value)}\n\n".encode())

    def bytes_out(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def die(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: Any) -> None: ...


def _words(exchange: Exchange, payload: dict[str, Any]) -> None:
    exchange.begin()
    for word in payload["input"].split():
        exchange.say(word + " ")
        time.sleep((payload["context"].get("delayMs", 0)) / 1000)
    exchange.end()


def _script(exchange: Exchange, payload: dict[str, Any]) -> None:
    """Send `context.lines` one by one as data; `context.then` says how it ends: end, die or hang."""
    exchange.begin()
    for line in payload["context"]["lines"]:
        exchange.say(line)
    then = payload["context"].get("then", "end")
    if then == "hang":
        exchange.fake.release.wait(20)
    if then != "end":
        return exchange.die()
    return exchange.end()


def _hang(exchange: Exchange, _payload: dict[str, Any]) -> None:
    exchange.fake.release.wait(20)
    exchange.die()


def _malformed(exchange: Exchange, _payload: dict[str, Any]) -> None:
    exchange.begin()
    exchange.bytes_out(b"data: {not json\n\n")
    exchange.end()


def _oversize(exchange: Exchange, _payload: dict[str, Any]) -> None:
    exchange.begin()
    try:
        for _ in range(5000):
            exchange.say("x" * 4_000)
        exchange.end()
    except OSError:
        exchange.close_connection = True


_ACTS: dict[str, Script] = {
    "echo": lambda exchange, payload: exchange.json(payload["input"]),
    "accept": lambda exchange, _: exchange.json({"accepted": True}),
    "large": lambda exchange, payload: exchange.json({"text": "y" * int(payload["context"]["bytes"])}),
    "null": lambda exchange, _: exchange.json(None),
    "crash": lambda exchange, _: exchange.json(
        {"message": "The agent's process ended"}, 424, **{"x-amzn-ErrorType": "RuntimeClientError"}
    ),
    "busy": lambda exchange, _: exchange.json(
        {"message": "no room"}, 429, **{"x-amzn-ErrorType": "ThrottlingException"}
    ),
    "die": lambda exchange, _: exchange.die(),
    "html": lambda exchange, _: exchange.raw(b"<html>", "text/html"),
    "words": _words,
    "script": _script,
    "hang": _hang,
    "malformed": _malformed,
    "oversize": _oversize,
}


@contextmanager
def running_runtime() -> Iterator[FakeRuntime]:
    """The stand-in on a free port of the loopback interface."""
    fake = FakeRuntime()
    handler = type("BoundExchange", (Exchange,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.release.set()
        server.shutdown()
        server.server_close()
