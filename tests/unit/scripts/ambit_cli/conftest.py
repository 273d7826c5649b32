"""A real HTTP server on loopback that answers as it is told: the command line is tested over the wire."""

import functools
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer.testing


@pytest.fixture(scope="session", autouse=True)
def _one_tree() -> Iterator[None]:
    """Typer builds all two hundred commands anew for each invocation, which is most of a test's time: once will do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", functools.cache(typer.testing._get_command))
        yield


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Platform(ThreadingHTTPServer):
    """Answers are queued for each `METHOD path`; the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def will_answer(self, key: str, *answers: Answer) -> None:
        self.answers[key] = list(answers)

    def next_answer(self, key: str) -> Answer:
        queued = self.answers.get(key, [Answer(404, {"detail": f"nothing is queued for {key}"})])
        return queued.pop(0) if len(queued) > 1 else queued[0]


class _Handler(BaseHTTPRequestHandler):
    server: Platform

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers, self.rfile.read(length)))
        answer = self.server.next_answer(f"{self.command} {self.path.partition('?')[0]}")
        raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"content-type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class finds methods by these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the test's output clean."""


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Platform]:
    server = Platform()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("AMBIT_API_URL", server.url)
    monkeypatch.setenv("AMBIT_ISSUER", f"{server.url}/oidc")
    monkeypatch.setenv("AMBIT_TOKEN", "a-token")
    monkeypatch.delenv("AMBIT_API_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def sse(*events: dict[str, Any]) -> bytes:
    return "".join(f"id: {e['seq']}\nevent: {e['stream']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()


def event(seq: int, stream: str, kind: str, **payload: Any) -> dict[str, Any]:
    return {
        "runId": "run_1",
        "sessionId": "ses_1",
        "seq": seq,
        "stream": stream,
        "event": kind,
        "payload": {"type": kind, **payload},
        "timestamp": "2026-01-01T00:00:00.000Z",
    }


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def make_event() -> Any:
    return event


@pytest.fixture
def make_sse() -> Any:
    return sse
