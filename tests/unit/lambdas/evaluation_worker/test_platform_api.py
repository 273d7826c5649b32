import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lambdas.evaluation_worker.platform_api import HttpApi
from platform_kit.errors import DependencyUnavailable


class Served(BaseHTTPRequestHandler):
    seen: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.seen.append({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body})
        moved = self.path.endswith("/cancel")
        self.send_response(302 if moved else 200)
        if moved:
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
        content = b'{"a": 1}' if self.command == "POST" else b"[]"
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    seen: list[dict[str, Any]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Served,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_call_carries_the_proof_the_key_and_the_version(served: Any) -> None:
    url, seen = served
    reply = HttpApi(url, lambda: "AmbitSTS x").invoke(
        "echo-agent", {"input": "é"}, key="k", version="ver_1", as_job=True
    )
    assert (reply.status, reply.body) == (200, {"a": 1})
    [call] = seen
    assert (call["path"], json.loads(call["body"])) == ("/v1/agents/echo-agent/invoke", {"input": "é"})
    sent = {name: call["headers"][name] for name in ("authorization", "idempotency-key", "x-ambit-version", "prefer")}
    assert sent == {
        "authorization": "AmbitSTS x",
        "idempotency-key": "k",
        "x-ambit-version": "ver_1",
        "prefer": "respond-async",
    }


def test_a_file_is_described_with_the_proof_and_uploaded_without(served: Any) -> None:
    url, seen = served
    api = HttpApi(url, lambda: "AmbitSTS x")
    assert api.describe_file({"name": "t.csv"}, key="k").status == 200
    assert api.upload(f"{url}bucket/t.csv", {"content-type": "text/csv"}, b"a\n1\n") == 200
    described, uploaded = seen
    assert (described["path"], described["headers"]["idempotency-key"]) == ("/v1/files", "k")
    assert (uploaded["path"], uploaded["body"], uploaded["headers"]["content-type"]) == (
        "/bucket/t.csv",
        b"a\n1\n",
        "text/csv",
    )
    assert "authorization" not in uploaded["headers"]


def test_a_judge_is_asked_without_a_version(served: Any) -> None:
    url, seen = served
    HttpApi(url, lambda: "x").invoke("chat-agent", {}, key="k", version=None, as_job=False)
    assert not {"x-ambit-version", "prefer"} & seen[0]["headers"].keys()


def test_no_redirect_is_followed_and_what_is_no_object_is_empty(served: Any) -> None:
    url, seen = served
    api = HttpApi(url, lambda: "x")
    assert (api.cancel("run_1").status, len(seen)) == (302, 1)
    assert api.get("/v1/jobs/job_1").body == {}


def test_nobody_there_is_a_dependency_that_is_down() -> None:
    with pytest.raises(DependencyUnavailable):
        HttpApi("http://127.0.0.1:1", lambda: "x").get("/v1/health")
